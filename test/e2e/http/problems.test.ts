import { describe, expect, test } from "vitest";
import { PROBLEMS, type ProblemCode } from "../../../core/errors.ts";
import { companyInn, makeContractorData, makeRequestData } from "../../support/builders.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

interface Shown {
  readonly status: string;
  readonly paymentOrder: { readonly ref: string } | null;
  readonly problem: { readonly code: string; readonly resolver: string; readonly message: string } | null;
}

const shown = async (relay: HttpHarness, id: string) => (await (await relay.call(`/api/acts/${id}`)).json()) as Shown;
const fromOnec = (relay: HttpHarness, type: string, data: object) => relay.post({ type, data }, { source: "onec" });

/** An act whose payment order was made. */
async function ordered(relay: HttpHarness): Promise<{ id: string; ref: string }> {
  const asked = makeRequestData();
  const response = await relay.post({ type: "act.requested", data: asked });
  const { actId: id } = (await response.json()) as { actId: string };
  await relay.settle();
  const acceptedAt = "2026-11-24T12:00:00+03:00";
  await relay.post({ type: "act.accepted", data: { payoutId: asked.payoutId, acceptedAt } });
  await relay.settle();
  return { id, ref: (await shown(relay, id)).paymentOrder?.ref ?? "" };
}

/** Brings a rejected order, a new order, and the execution of the named orders. */
async function paidAgain(relay: HttpHarness, executed: readonly ("first" | "second")[]): Promise<string> {
  const { id, ref: first } = await ordered(relay);
  relay.onec.mock.rejectPayment(first, "Счёт закрыт");
  await fromOnec(relay, "payment.rejected", { paymentOrderRef: first, reason: "Счёт закрыт" });
  await relay.call(`/api/acts/${id}/pay-again`, { method: "POST", json: {} });
  await relay.settle();
  const refs = { first, second: (await shown(relay, id)).paymentOrder?.ref ?? "" };
  for (const which of executed) {
    await fromOnec(relay, "payment.executed", { paymentOrderRef: refs[which], executedAt: "2026-11-25" });
  }
  return id;
}

const refusing = (code: ProblemCode, call: "upsertCounterparty" | "createAct") => async (relay: HttpHarness) => {
  const outcome = PROBLEMS[code].resolver === "nobody" ? "unavailable" : "rejected";
  relay.onec.mock.failNext(call, { outcome, code, times: 1000 });
  const id = await relay.request();
  await relay.settle();
  return id;
};

/** Causes each problem by actions of people and of 1C. Some problems come from 1C's own words alone. */
const SCENES: Record<ProblemCode, (relay: HttpHarness) => Promise<string>> = {
  counterparty_ambiguous: async (relay) => {
    for (const name of ["Ёлочка", "Ёлочка (дубль)"]) relay.onec.mock.addCounterparty({ name, inn: companyInn(7) });
    return relay.prepareAct({ n: 7 });
  },
  counterparty_deleted: async (relay) => {
    await relay.prepareAct({ n: 7 });
    relay.onec.mock.markCard(relay.onec.mock.takeSnapshot().counterparties[0]!.ref);
    return relay.prepareAct({ n: 7 });
  },
  counterparty_confirm: refusing("counterparty_confirm", "upsertCounterparty"),
  counterparty_taken: async (relay) => {
    await relay.prepareAct({ n: 7 });
    const { contractor, ...data } = makeRequestData({ n: 7 });
    return relay.prepareAct({ ...data, contractor: { ...contractor, id: "a-stranger" } });
  },
  bank_unknown: async (relay) => {
    relay.onec.mock.forgetBank("044525225");
    return relay.prepareAct();
  },
  accepted_form_failed: async (relay) => {
    const id = await relay.prepareAct();
    const payoutId = (await relay.store.getAct(id))?.payoutId;
    // The stored form is damaged, so no sheet can follow it.
    const tail = new TextEncoder().encode("%PDF-1.4");
    const { sha256 } = (await relay.store.getForm(id))!;
    await relay.store.commit([{ type: "form", form: { actId: id, sha256, bytes: tail.length, prefix: null, tail } }]);
    await relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: new Date(relay.now()).toISOString() } });
    await relay.settle();
    return id;
  },
  requisites_changed: async (relay) => {
    const asked = makeRequestData();
    const { actId } = (await (await relay.post({ type: "act.requested", data: asked })).json()) as { actId: string };
    await relay.settle();
    const [card] = relay.onec.mock.takeSnapshot().counterparties;
    relay.onec.mock.removeAccount(card!.ref, card!.accounts[0]!.number);
    const data = { payoutId: asked.payoutId, acceptedAt: "2026-11-24T12:00:00+03:00" };
    await relay.post({ type: "act.accepted", data });
    await relay.settle();
    return actId;
  },
  period_empty: async (relay) => {
    await relay.prepareAct({ n: 7 });
    return relay.prepareAct({ n: 7 });
  },
  period_closed: async (relay) => {
    relay.onec.mock.closePeriodUpTo("2026-12-31");
    return relay.prepareAct();
  },
  vat_rate_date: async (relay) => {
    const contractor = makeContractorData(7, { registeredAt: "2025-11-01" });
    await relay.prepareAct({ contractor, requestedAt: "2026-01-20T12:00:00+03:00" });
    return relay.prepareAct({ contractor, vat: "20" });
  },
  act_not_posted: async (relay) => {
    relay.onec.mock.blockPosting("Не заполнен счёт затрат");
    return relay.prepareAct();
  },
  act_changed: async (relay) => {
    const id = await relay.prepareAct();
    relay.onec.mock.editAct(id, { amount: 1 });
    await fromOnec(relay, "act.changed", { actRef: id });
    await relay.settle();
    return id;
  },
  payment_rejected: async (relay) => {
    const { id, ref } = await ordered(relay);
    await fromOnec(relay, "payment.rejected", { paymentOrderRef: ref, reason: "Счёт закрыт" });
    return id;
  },
  payment_unexpected: (relay) => paidAgain(relay, ["first"]),
  payment_doubled: (relay) => paidAgain(relay, ["first", "second"]),
  onec_rejected: refusing("onec_rejected", "createAct"),
  ref_key_ignored: async (relay) => {
    relay.onec.mock.ignoreRefs(true);
    return relay.prepareAct();
  },
  onec_forbidden: refusing("onec_forbidden", "createAct"),
  onec_not_published: refusing("onec_not_published", "createAct"),
  print_failed: async (relay) => {
    relay.onec.mock.failNext("getOrganization", { outcome: "rejected", code: "print_failed" });
    return relay.prepareAct();
  },
  delivery_dead: async (relay) => {
    relay.answer(() => new Response(null, { status: 500 }));
    const id = await relay.prepareAct();
    for (let attempt = 0; attempt < 12; attempt += 1) {
      relay.advance(30 * 3_600_000);
      await relay.settle();
    }
    return id;
  },
  onec_unavailable: refusing("onec_unavailable", "createAct"),
  onec_timeout: refusing("onec_timeout", "createAct"),
  onec_no_license: refusing("onec_no_license", "createAct"),
  onec_session_blocked: refusing("onec_session_blocked", "createAct"),
  onec_lock_conflict: refusing("onec_lock_conflict", "createAct"),
  onec_version_conflict: refusing("onec_version_conflict", "createAct"),
};

describe("every problem, over HTTP", () => {
  test.each(Object.keys(SCENES) as ProblemCode[])("%s", async (code) => {
    const relay = await createHttpHarness();
    const id = await SCENES[code](relay);
    const { problem } = await shown(relay, id);
    const { message, resolver } = PROBLEMS[code];
    expect(problem).toMatchObject({ code, resolver, message: expect.stringContaining(message) });
    const listed = (await (await relay.call("/api/acts?problem=true")).json()) as { items: { actId: string }[] };
    expect(listed.items.map((act) => act.actId)).toContain(id);
  });
});
