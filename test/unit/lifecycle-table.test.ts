import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ACT_STATUSES, type Act, type ActStatus } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import { transition } from "../../core/lifecycle.ts";
import { anAct, aPaymentOrder, aProblem, companyInn, NOON } from "../support/builders.ts";

/*
 * The table at the head of `transition` is a promise to readers. Each cell is compared with the function. A cell with a
 * note is compared in the situation of the note.
 */

const DOCUMENT = { ref: "a", number: "1", date: "2026-11-24" };
const PERIOD = { from: "2026-11-01", to: "2026-11-24" };
const FORM = { sha256: "a".repeat(64), bytes: 1 };
const LINK = { url: "https://relay.example/a.pdf", expiresAt: NOON };
const JOBS: Readonly<Record<string, string>> = { "payment_order.create": "order", "acceptance.print": "sheet" };
const SHORT: Readonly<Record<string, string>> = {
  payment_ordered: "ordered",
  act_changed: "changed",
  bank_unknown: "code",
  delivery_dead: "dead",
  payment_doubled: "doubled",
  payment_rejected: "rejected",
  payment_unexpected: "unexpected",
};

type Situation = (status: ActStatus) => { readonly event: ActEvent; readonly more?: Partial<Act> };

/** Puts an event without a need for a special act. */
const put =
  (event: ActEvent, more: Partial<Act> = {}): Situation =>
  () => ({ event, more });

/** Puts an event about an order. From acceptance on, the act has the order `o`. */
const putOnOrder =
  (event: ActEvent, order: Partial<NonNullable<Act["paymentOrder"]>> = {}, more: Partial<Act> = {}): Situation =>
  (status) => ({
    event,
    more: { ...more, ...(isBeforeAcceptance(status) ? {} : { paymentOrder: aPaymentOrder({ ref: "o", ...order }) }) },
  });

const FORMER = { ref: "f", attempt: 1, number: null, date: null };
const MADE = { type: "payment_order.created", number: "7", date: "2026-11-25", startedAt: NOON } as const;
const EXECUTED = { type: "onec.payment_executed", executedAt: "2026-11-25", executedOn: "2026-11-25" } as const;

const SITUATIONS: Readonly<Record<ActEvent["type"], Situation>> = {
  "act.requested": put({ type: "act.requested", revision: 1 }),
  "act.accepted": put({ type: "act.accepted", acceptedAt: NOON, acceptedBy: null }),
  "act.declined": put({ type: "act.declined", declinedAt: NOON, reason: "Не та сумма" }),
  "act.replaced": put({ type: "act.replaced", revision: 2 }, { problem: aProblem("period_closed") }),
  "counterparty.upserted": put({ type: "counterparty.upserted", ref: "c", created: false, changed: true }),
  "act.created": put({ type: "act.created", document: DOCUMENT, period: PERIOD }),
  "act.printed": put({
    type: "act.printed",
    form: { ...FORM, sha256: "b".repeat(64) },
    link: LINK,
    document: DOCUMENT,
  }),
  "acceptance.printed": put({ type: "acceptance.printed", form: { sha256: "c".repeat(64), bytes: 9 } }),
  "act.void_confirmed": put({ type: "act.void_confirmed", found: true, gap: null }, { covers: true }),
  "step.skipped": put(
    { type: "step.skipped", step: "act.print" },
    { problem: aProblem("print_failed", { step: "act.print" }) },
  ),
  "payment_order.started": put({ type: "payment_order.started", ref: "o", attempt: 1 }),
  "payment_order.created": (status) =>
    status === "accepted"
      ? putOnOrder({ ...MADE, ref: "o" }, { state: "creating" }, { acceptedForm: FORM })(status)
      : putOnOrder({ ...MADE, ref: "f" }, { former: [FORMER] })(status),
  "problem.raised": put({ type: "problem.raised", code: "bank_unknown", detail: null, field: null, step: null }),
  "problem.announced": put({ type: "problem.announced" }, { problem: aProblem("onec_timeout", { announced: false }) }),
  "delivery.died": put({ type: "delivery.died", messageId: "m" }),
  "delivery.recovered": put(
    { type: "delivery.recovered", messageId: "m" },
    { problem: aProblem("delivery_dead", { step: null }) },
  ),
  "operator.voided": put({ type: "operator.voided", reason: "Ошибка" }),
  "operator.retried": put(
    { type: "operator.retried", period: null, counterpartyRef: null, woken: false },
    { problem: aProblem("act_changed", { step: null }) },
  ),
  "operator.paid_again": putOnOrder({ type: "operator.paid_again" }, { state: "rejected", executed: [] }),
  "onec.act_voided": put({ type: "onec.act_voided", reason: null, gap: null }, { covers: true }),
  "onec.act_changed": put({ type: "onec.act_changed" }),
  "onec.payment_executed": (status) =>
    status === "paid"
      ? putOnOrder({ ...EXECUTED, ref: "f" }, { executed: ["o"], former: [FORMER] })(status)
      : putOnOrder(
          { ...EXECUTED, ref: "o" },
          { state: status === "accepted" ? "rejected" : "made", executed: [] },
        )(status),
  "onec.payment_rejected": putOnOrder({ type: "onec.payment_rejected", ref: "o", reason: "Счёт закрыт" }),
};

function isBeforeAcceptance(status: ActStatus): boolean {
  return ACT_STATUSES.indexOf(status) < ACT_STATUSES.indexOf("accepted");
}

/** Writes a decision in the words of the table. */
function writeCell(status: ActStatus, situation: Situation): string {
  const { event, more } = situation(status);
  const made = status === "requested" ? {} : { counterparty: { ref: "c", created: true }, document: DOCUMENT };
  const before = anAct({ status, ...made, ...(status === "requested" ? {} : { period: PERIOD, form: FORM }), ...more });
  const decided = transition(before, event, {
    at: NOON,
    actor: "relay",
    organizationInn: companyInn(1),
    destinations: ["platform", "ops"],
  });
  if (decided.kind !== "moved") return decided.kind;
  const { act, jobs } = decided;
  const isRaised = act.problem !== null && act.problem.code !== before.problem?.code;
  const moved = act.status === status ? "stays" : `> ${SHORT[act.status] ?? act.status}`;
  const raised = isRaised ? `!${SHORT[act.problem.code] ?? act.problem.code}` : null;
  const steps = jobs
    .filter(({ queue }) => queue === "accounting")
    .map(({ type }) => `+ ${JOBS[type] ?? type.split(".")[1]}`);
  return [moved === "stays" && raised !== null ? raised : moved, ...steps].join(" ");
}

/** Reads the cells of the table by event and status, without the numbers of notes. */
function readTable(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const source = readFileSync(new URL("../../core/lifecycle.ts", import.meta.url), "utf8");
  const block = /```text\n([\s\S]*?)```\n[\s\S]*?export function transition\(/.exec(source)?.[1] ?? "";
  const [head = "", rule = "", ...lines] = block.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const starts = [...rule.matchAll(/-+/g)].map(({ index }) => index);
  const split = (line: string) => starts.map((from, n) => line.slice(from, starts[n + 1]).trim());
  const statuses = split(head).slice(1);
  const rows = new Map<string, Map<string, string>>();
  let event = "";
  for (const line of lines.filter((text) => text.trim() !== "")) {
    const [name = "", ...cells] = split(line);
    // A line without an event goes on with the event above.
    if (name !== "") event = name;
    const row = rows.get(event) ?? new Map<string, string>();
    rows.set(event, row);
    for (const [n, cell] of cells.entries()) {
      for (const status of statuses[n]?.split(", ") ?? []) {
        row.set(status, `${row.get(status) ?? ""} ${cell.replace(/ \d+$/, "")}`.trim());
      }
    }
  }
  return rows;
}

const TABLE = readTable();

test("the table has a row for each event and a column for each status", () => {
  expect([...TABLE.keys()].sort()).toEqual(Object.keys(SITUATIONS).sort());
  for (const [event, row] of TABLE) expect([...row.keys()], event).toEqual([...ACT_STATUSES]);
});

test.each(Object.entries(SITUATIONS))("the row of %s says the decisions of transition", (event, situation) => {
  const decided = new Map(ACT_STATUSES.map((status) => [status, writeCell(status, situation)]));
  expect(decided).toEqual(TABLE.get(event));
});
