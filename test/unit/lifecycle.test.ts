import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACT_STATUSES, type Act, type ActStatus } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import type { DocumentLink } from "../../core/events.ts";
import { requestAct, transition } from "../../core/lifecycle.ts";
import type { LifecycleContext } from "../../core/transition.ts";
import { aContractor, anAct, NOON } from "../support/builders.ts";

const CONTEXT: LifecycleContext = {
  at: NOON,
  actor: "relay",
  organizationInn: "7700000016",
  destinations: ["platform", "ops"],
};
const LINK: DocumentLink = { url: "https://relay.example/documents/a.pdf", expiresAt: NOON };
const DOCUMENT = { ref: "a", number: "0000-000001", date: "2026-11-24" };
const PERIOD = { from: "2026-11-01", to: "2026-11-24" };
const FORM = { sha256: "a".repeat(64), bytes: 40_000 };
const ORDER = {
  ref: "o",
  attempt: 1,
  state: "made",
  number: "1",
  date: "2026-11-24",
  former: [],
  executed: [],
} as const;

/** An act as it naturally stands in a status. */
function actIn(status: ActStatus, more: Partial<Act> = {}): Act {
  const reached = ACT_STATUSES.indexOf(status);
  const aside = status === "declined" || status === "voided";
  const posted = reached >= 1 && !aside;
  return anAct({
    status,
    counterparty: posted ? { ref: "c", created: true } : null,
    document: posted ? DOCUMENT : null,
    period: posted ? PERIOD : null,
    covers: posted,
    form: reached >= 2 && !aside ? FORM : null,
    paymentOrder: reached >= 4 && !aside ? { ...ORDER, executed: status === "paid" ? ["o"] : [] } : null,
    reason: aside ? "ошибка" : null,
    ...more,
  });
}

const troubled = {
  code: "counterparty_ambiguous",
  message: "…",
  field: null,
  resolver: "accountant",
  since: NOON,
  step: "counterparty.upsert",
  announced: true,
} as const;

const EVENTS = {
  "platform accepts": { type: "act.accepted", acceptedAt: NOON, acceptedBy: "Иванов" },
  "platform declines": { type: "act.declined", declinedAt: NOON, reason: "Не та сумма" },
  "higher revision": { type: "act.replaced", revision: 2 },
  "operator voids": { type: "operator.voided", reason: "Ошибка" },
  "1C: act voided": { type: "onec.act_voided", reason: null, gap: null },
  "1C: act changed": { type: "onec.act_changed" },
  "1C: payment executed": {
    type: "onec.payment_executed",
    ref: "o",
    executedAt: "2026-11-25",
    executedOn: "2026-11-25",
  },
  "1C: payment rejected": { type: "onec.payment_rejected", ref: "o", reason: "Счёт закрыт" },
} as const satisfies Record<string, ActEvent>;

/** `status` · `same` · `refused` · `!code` problem beside an unchanged status · `~` history only · `print` printed anew. */
const TABLE: Record<keyof typeof EVENTS, Record<ActStatus, string>> = {
  "platform accepts": row("refused", "refused", "accepted", "same", "same", "same", "refused", "refused"),
  "platform declines": row("declined", "declined", "declined", "refused", "refused", "refused", "same", "same"),
  "higher revision": row("refused", "refused", "refused", "refused", "refused", "refused", "~", "~"),
  "operator voids": row("voided", "voided", "voided", "voided", "refused", "refused", "same", "same"),
  "1C: act voided": row("voided", "voided", "voided", "!act_changed", "!act_changed", "!act_changed", "same", "same"),
  "1C: act changed": row("refused", "print", "print", "!act_changed", "!act_changed", "~", "refused", "refused"),
  "1C: payment executed": row("refused", "refused", "refused", "refused", "paid", "same", "refused", "refused"),
  "1C: payment rejected": row(
    "refused",
    "refused",
    "refused",
    "refused",
    "!payment_rejected",
    "!payment_rejected",
    "refused",
    "refused",
  ),
};

function row(...cells: string[]): Record<ActStatus, string> {
  return Object.fromEntries(ACT_STATUSES.map((status, n) => [status, cells[n]])) as Record<ActStatus, string>;
}

describe("status × event, every cell", () => {
  for (const [name, cells] of Object.entries(TABLE)) {
    for (const status of ACT_STATUSES) {
      test(`${name} in ${status}: ${cells[status]}`, () => {
        const act = actIn(status);
        const decided = transition(act, EVENTS[name as keyof typeof EVENTS], CONTEXT);
        expect(described(act, decided)).toBe(cells[status]);
      });
    }
  }
});

function described(before: Act, decided: ReturnType<typeof transition>): string {
  if (decided.kind !== "moved") return decided.kind;
  const { act, event, jobs } = decided;
  expect(act.seq).toBe(before.seq + 1);
  expect(event).toMatchObject({ actId: before.id, seq: act.seq, status: act.status });
  if (act.status !== before.status) return act.status;
  if (act.problem !== null && act.problem !== before.problem) return `!${act.problem.code}`;
  if (jobs.some((job) => job.type === "act.print")) return "print";
  return "~";
}

describe("an event", () => {
  const kinds = (decided: ReturnType<typeof transition>) =>
    decided.kind === "moved"
      ? decided.jobs.map((job) => (job.type === "webhook" ? String(job.input.type) : job.type))
      : [];

  test("starts a request with the counterparty", () => {
    const request = {
      payoutId: "p",
      revision: 1,
      requestedAt: NOON,
      amount: 100,
      vat: "none",
      contractor: aContractor(),
      services: [],
    } as const;
    const facts = { asOf: NOON, date: "2026-11-24" };
    const moved = requestAct("00000000-0000-5000-8000-000000000001", request, facts, CONTEXT);
    expect(moved.act).toMatchObject({ status: "requested", seq: 1, problem: null, covers: false });
    expect(kinds(moved)).toEqual(["counterparty.upsert"]);
    expect(moved.jobs[0]).toMatchObject({ queue: "accounting", orderKey: `7700000016:${aContractor().inn}` });
    expect(moved.jobs[0]?.id).toBe(`msg_${NOON.toString(16).padStart(12, "0")}00000000000050008000000000000001_1_0`);
  });

  test("leads from counterparty to act, form and ready", () => {
    const upserted = { type: "counterparty.upserted", ref: "c", created: false, changed: true } as const;
    expect(kinds(transition(actIn("requested"), upserted, CONTEXT))).toEqual(["act.create"]);
    const created = { type: "act.created", document: DOCUMENT, period: PERIOD } as const;
    const posted = transition(actIn("requested", { counterparty: { ref: "c", created: true } }), created, CONTEXT);
    expect(kinds(posted)).toEqual(["act.print"]);
    expect(posted).toMatchObject({ act: { status: "posted", covers: true, period: PERIOD } });
    const printed = { type: "act.printed", form: FORM, link: LINK, document: DOCUMENT } as const;
    const ready = transition(actIn("posted"), printed, CONTEXT);
    expect(ready).toMatchObject({ act: { status: "ready" } });
    expect(kinds(ready)).toEqual(["act.ready"]);
    expect(ready.kind === "moved" && ready.jobs[0]?.input).toMatchObject({
      seq: 2,
      data: { period: PERIOD, number: "0000-000001", amount: "15000.00", vatAmount: "0.00", pdf: { url: LINK.url } },
    });
  });

  test("tells nobody about a new print with equal bytes, and sends act.ready for other bytes", () => {
    const printed = (sha: string) =>
      ({ type: "act.printed", form: { sha256: sha, bytes: 1 }, link: LINK, document: DOCUMENT }) as const;
    expect(kinds(transition(actIn("ready"), printed(FORM.sha256), CONTEXT))).toEqual([]);
    expect(kinds(transition(actIn("ready"), printed("b".repeat(64)), CONTEXT))).toEqual(["act.ready"]);
    const late = transition(actIn("accepted"), printed("b".repeat(64)), CONTEXT);
    expect(late).toMatchObject({ act: { problem: { code: "act_changed" }, form: FORM } });
    expect(transition(actIn("accepted"), printed(FORM.sha256), CONTEXT).kind).toBe("same");
    expect(transition(actIn("voided"), printed(FORM.sha256), CONTEXT).kind).toBe("same");
  });

  test("keeps the first accepted form, and answers a repeated acceptance by the hash of the shown form", () => {
    const accepted = actIn("accepted");
    const made = { type: "acceptance.printed", form: { sha256: "c".repeat(64), bytes: 9 } } as const;
    expect(transition(accepted, made, CONTEXT)).toMatchObject({ kind: "moved", act: { acceptedForm: made.form } });
    expect(transition({ ...accepted, acceptedForm: FORM }, made, CONTEXT).kind).toBe("same");
    const repeat = { type: "act.accepted", acceptedAt: NOON, acceptedBy: null } as const;
    expect(transition(accepted, { ...repeat, pdfSha256: FORM.sha256 }, CONTEXT).kind).toBe("same");
    expect(transition(accepted, { ...repeat, pdfSha256: "d".repeat(64) }, CONTEXT).kind).toBe("form_changed");
  });

  test("makes the accepted form and then orders the payment on acceptance, and only one order", () => {
    const accepted = transition(actIn("ready"), EVENTS["platform accepts"], CONTEXT);
    expect(kinds(accepted)).toEqual(["acceptance.print", "payment_order.create", "act.accepted"]);
    const [sheet, order] = accepted.kind === "moved" ? accepted.jobs : [];
    // The order waits for the accepted form: its webhook carries the form's address.
    expect(sheet?.orderKey).toBe(`payment_order.create:${sheet?.actId}`);
    expect(order?.orderKey).toBe(sheet?.orderKey);
    const started = { type: "payment_order.started", ref: "o", attempt: 1 } as const;
    const creating = transition(actIn("accepted"), started, CONTEXT);
    expect(creating).toMatchObject({ act: { paymentOrder: { ref: "o", state: "creating", number: null } } });
    if (creating.kind !== "moved") return;
    expect(transition(creating.act, started, CONTEXT).kind).toBe("same");
    expect(transition(creating.act, EVENTS["operator voids"], CONTEXT).kind).toBe("refused");
    expect(transition(actIn("declined"), started, CONTEXT).kind).toBe("refused");
    const made = { type: "payment_order.created", ref: "o", number: "7", date: "2026-11-25", startedAt: NOON } as const;
    const ordered = transition(creating.act, made, CONTEXT);
    expect(ordered).toMatchObject({ act: { status: "payment_ordered", paymentOrder: { state: "made", number: "7" } } });
    // A problem of the order may have displaced the problem of the accepted form.
    expect(kinds(ordered)).toEqual(["acceptance.print", "payment_order.created"]);
    expect(transition(actIn("payment_ordered"), made, CONTEXT).kind).toBe("same");
  });

  test("leaves the act voidable and the attempt unused when 1C refused the order", () => {
    const creating = actIn("accepted", { paymentOrder: { ...ORDER, state: "creating", number: null, date: null } });
    const refusal = { type: "problem.raised", detail: null, field: null, step: "payment_order.create" } as const;
    const waiting = transition(creating, { ...refusal, code: "onec_timeout" }, CONTEXT);
    expect(waiting).toMatchObject({ act: { paymentOrder: { state: "creating" } } });
    const unknown = transition(creating, { ...refusal, code: "onec_forbidden" }, CONTEXT);
    expect(unknown).toMatchObject({ act: { paymentOrder: { state: "creating" } } });
    expect(unknown.kind === "moved" && transition(unknown.act, EVENTS["operator voids"], CONTEXT).kind).toBe("refused");
    const refused = transition(creating, { ...refusal, code: "requisites_changed", orderRefused: true }, CONTEXT);
    expect(refused).toMatchObject({ act: { paymentOrder: { state: "refused", attempt: 1 } } });
    expect(refused.kind === "moved" && transition(refused.act, EVENTS["operator voids"], CONTEXT).kind).toBe("moved");
  });

  test("makes 1C void any document on a decline, also an unknown one", () => {
    expect(kinds(transition(actIn("requested"), EVENTS["platform declines"], CONTEXT))).toEqual(["act.void"]);
    const begun = actIn("requested", { counterparty: { ref: "c", created: true } });
    expect(kinds(transition(begun, EVENTS["platform declines"], CONTEXT))).toEqual(["act.void"]);
    expect(kinds(transition(actIn("ready"), EVENTS["platform declines"], CONTEXT))).toEqual(["act.void"]);
    expect(kinds(transition(actIn("ready"), EVENTS["operator voids"], CONTEXT))).toEqual(["act.void", "act.voided"]);
    expect(kinds(transition(actIn("ready"), EVENTS["1C: act voided"], CONTEXT))).toEqual(["act.voided"]);
  });

  test("frees the period only when 1C has confirmed the void", () => {
    const declined = transition(actIn("ready"), EVENTS["platform declines"], CONTEXT);
    expect(declined).toMatchObject({ act: { covers: true } });
    if (declined.kind !== "moved") return;
    const confirmed = transition(declined.act, { type: "act.void_confirmed", found: true, gap: PERIOD }, CONTEXT);
    expect(confirmed).toMatchObject({ act: { covers: false, status: "declined" }, event: { gap: PERIOD } });
    expect(transition(actIn("ready"), EVENTS["1C: act voided"], CONTEXT)).toMatchObject({ act: { covers: false } });
    expect(transition(declined.act, EVENTS["1C: act voided"], CONTEXT)).toMatchObject({ act: { covers: false } });
  });

  test("keeps the document of an act declined during creation, for the void afterwards", () => {
    const created = { type: "act.created", document: DOCUMENT, period: PERIOD } as const;
    const late = transition(actIn("declined"), created, CONTEXT);
    expect(late).toMatchObject({ act: { status: "declined", document: DOCUMENT, covers: true } });
    expect(kinds(late)).toEqual(["act.void"]);
    const upserted = { type: "counterparty.upserted", ref: "c", created: true, changed: true } as const;
    expect(transition(actIn("declined"), upserted, CONTEXT)).toMatchObject({
      act: { status: "declined" },
      jobs: [],
    });
    expect(transition(actIn("ready"), created, CONTEXT).kind).toBe("same");
  });

  test("replaces a stalled request by a higher revision, and replaces nothing else", () => {
    const replaced = transition(actIn("requested", { problem: troubled }), EVENTS["higher revision"], CONTEXT);
    expect(replaced).toMatchObject({ act: { status: "voided", problem: null } });
    expect(kinds(replaced)).toEqual(["act.void", "act.problem_resolved", "act.problem_resolved"]);
    expect(transition(actIn("ready", { problem: troubled }), EVENTS["higher revision"], CONTEXT).kind).toBe("refused");
    const inOnec = actIn("requested", { problem: troubled, document: DOCUMENT });
    expect(transition(inOnec, EVENTS["higher revision"], CONTEXT).kind).toBe("refused");
  });
});

describe("problems", () => {
  const raised = (code: "bank_unknown" | "onec_unavailable", detail: string | null = null) =>
    ({ type: "problem.raised", code, detail, field: null, step: "counterparty.upsert" }) as const;
  const moved = (act: Act, event: ActEvent) => {
    const decided = transition(act, event, CONTEXT);
    if (decided.kind !== "moved") throw new Error(decided.kind);
    return decided;
  };
  const told = (decided: ReturnType<typeof moved>) =>
    decided.jobs.map((job) => `${job.destination}:${job.type === "webhook" ? job.input.type : "undefined"}`);

  test("are told to the platform and the operator at once, and once, when they need a person", () => {
    const first = moved(actIn("requested"), raised("bank_unknown", "БИК 044525999."));
    expect(told(first)).toEqual(["platform:act.problem", "ops:act.problem"]);
    expect(first.jobs[0]?.input).toMatchObject({
      data: { code: "bank_unknown", resolver: "accountant", retrying: false },
    });
    expect(first.act.problem?.message).toContain("БИК 044525999.");
    const retried = moved(first.act, {
      type: "operator.retried",
      period: null,
      counterpartyRef: null,
      woken: false,
    });
    expect(retried.jobs.map((job) => job.type)).toEqual(["counterparty.upsert"]);
    expect(retried.act.problem?.code).toBe("bank_unknown");
    const again = moved(retried.act, raised("bank_unknown"));
    expect(told(again)).toEqual([]);
    expect(again.act.problem?.since).toBe(first.act.problem?.since);
    const solved = moved(again.act, { type: "counterparty.upserted", ref: "c", created: true, changed: true });
    expect(solved.act.problem).toBe(null);
    expect(solved.jobs.map((job) => (job.type === "webhook" ? job.input.type : job.type))).toEqual([
      "act.create",
      "act.problem_resolved",
      "act.problem_resolved",
    ]);
  });

  test("are told only at the announcement while the relay retries", () => {
    const first = moved(actIn("requested"), raised("onec_unavailable"));
    expect(told(first)).toEqual([]);
    const announced = moved(first.act, { type: "problem.announced" });
    expect(told(announced)).toEqual(["platform:act.problem", "ops:act.problem"]);
    expect(transition(announced.act, { type: "problem.announced" }, CONTEXT).kind).toBe("same");
    const quiet = moved(first.act, { type: "counterparty.upserted", ref: "c", created: true, changed: true });
    expect(told(quiet).filter((line) => line.startsWith("platform:act"))).toEqual([]);
  });

  test("are resolved for the platform when another problem takes the place", () => {
    const first = moved(actIn("requested"), raised("bank_unknown"));
    expect(transition(first.act, raised("onec_unavailable"), CONTEXT).kind).toBe("same");
    const second = moved(first.act, { ...raised("bank_unknown"), code: "counterparty_ambiguous" });
    expect(told(second)).toEqual([
      "platform:act.problem_resolved",
      "ops:act.problem_resolved",
      "platform:act.problem",
      "ops:act.problem",
    ]);
    const outage = moved(actIn("requested"), raised("onec_unavailable"));
    expect(transition(outage.act, { ...raised("onec_unavailable"), code: "onec_timeout" }, CONTEXT).kind).toBe("same");
  });

  test("outlive the success of another step", () => {
    const act = actIn("requested", { problem: { ...troubled, step: "act.create" } });
    const upserted = moved(act, { type: "counterparty.upserted", ref: "c", created: true, changed: true });
    expect(upserted.act.problem?.code).toBe("counterparty_ambiguous");
  });

  test("stand for a dead delivery only without another problem, and go with the replay", () => {
    const died = moved(actIn("ready"), { type: "delivery.died", messageId: "m" });
    expect(died.act.problem).toMatchObject({ code: "delivery_dead", resolver: "operator", announced: true });
    expect(told(died)).toEqual(["ops:act.problem"]);
    expect(moved(died.act, { type: "delivery.recovered", messageId: "m" }).act.problem).toBe(null);
    const standing = { ...troubled, code: "act_changed", step: null } as const;
    const troubledAct = actIn("ready", { problem: standing });
    expect(moved(troubledAct, { type: "delivery.died", messageId: "m" }).act.problem).toBe(standing);
    expect(transition(troubledAct, { type: "delivery.recovered", messageId: "m" }, CONTEXT).kind).toBe("same");
  });

  test("allow to pay again only after a rejected payment, with the next attempt", () => {
    expect(transition(actIn("payment_ordered"), { type: "operator.paid_again" }, CONTEXT).kind).toBe("refused");
    const rejected = moved(actIn("payment_ordered"), EVENTS["1C: payment rejected"]);
    expect(told(rejected)).toEqual([
      "platform:payment.rejected",
      "platform:act.problem",
      "ops:payment.rejected",
      "ops:act.problem",
    ]);
    expect(transition(rejected.act, EVENTS["1C: payment rejected"], CONTEXT).kind).toBe("same");
    const retry = { type: "operator.retried", period: null, counterpartyRef: null, woken: false } as const;
    expect(transition(rejected.act, retry, CONTEXT).kind).toBe("refused");
    const again = moved(rejected.act, { type: "operator.paid_again" });
    expect(again.act).toMatchObject({ status: "accepted", problem: null, paymentOrder: { state: "rejected" } });
    const second = moved(again.act, { type: "payment_order.started", ref: "o2", attempt: 2 });
    expect(second.act.paymentOrder).toMatchObject({
      ref: "o2",
      state: "creating",
      former: [{ ref: "o", number: "1" }],
    });
    const paid = moved(rejected.act, EVENTS["1C: payment executed"]);
    expect(paid.act).toMatchObject({ status: "paid", problem: null, paidOn: "2026-11-25" });
  });

  test("are only cleared by a retry without a step; a retry without a problem is refused", () => {
    const retry = { type: "operator.retried", period: PERIOD, counterpartyRef: null, woken: false } as const;
    expect(transition(actIn("ready"), retry, CONTEXT).kind).toBe("refused");
    const noted = actIn("paid", { problem: { ...troubled, code: "act_changed", step: null } });
    expect(moved(noted, retry)).toMatchObject({ act: { problem: null, decidedPeriod: PERIOD } });
    const waiting = actIn("requested", { problem: troubled });
    expect(moved(waiting, { ...retry, woken: true }).jobs).toEqual([]);
  });
});

test("property: no walk loses the numbering, covers a void, or leaves the table's statuses", () => {
  const events: ActEvent[] = [
    ...Object.values(EVENTS),
    { type: "counterparty.upserted", ref: "c", created: true, changed: true },
    { type: "act.created", document: DOCUMENT, period: PERIOD },
    { type: "act.printed", form: FORM, link: LINK, document: DOCUMENT },
    { type: "act.void_confirmed", found: true, gap: null },
    { type: "payment_order.started", ref: "o", attempt: 1 },
    { type: "payment_order.created", ref: "o", number: "1", date: "2026-11-24", startedAt: NOON },
    { type: "problem.raised", code: "period_closed", detail: null, field: null, step: "act.create" },
    { type: "problem.announced" },
    { type: "operator.retried", period: null, counterpartyRef: null, woken: false },
    { type: "operator.paid_again" },
    { type: "delivery.died", messageId: "m" },
    { type: "delivery.recovered", messageId: "m" },
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (walk) => {
      let act = actIn("requested");
      const ids = new Set<string>();
      for (const event of walk) {
        const before = structuredClone(act);
        const decided = transition(act, event, CONTEXT);
        expect(act).toEqual(before);
        if (decided.kind !== "moved") continue;
        expect(decided.act.seq).toBe(act.seq + 1);
        for (const job of decided.jobs) {
          expect(ids.has(job.id)).toBe(false);
          ids.add(job.id);
        }
        const wasAccepted = ["accepted", "payment_ordered", "paid"].includes(act.status);
        if (wasAccepted) expect(["requested", "posted", "ready", "declined"]).not.toContain(decided.act.status);
        if (act.form !== null && wasAccepted) expect(decided.act.form).toEqual(act.form);
        act = decided.act;
      }
    }),
  );
});
