import { describe, expect, test } from "vitest";
import { ACT_STATUSES, type ActStatus } from "../../../core/act.ts";
import { makeRequestData } from "../../support/builders.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

/** An act, brought to a status over HTTP by the usual events. */
interface Scene {
  readonly relay: HttpHarness;
  readonly actId: string;
  readonly payoutId: string;
  /** Data of the request, for a repeat with a higher revision. */
  readonly asked: ReturnType<typeof makeRequestData>;
}

const LATER = "2026-11-24T12:00:00+03:00";

async function scene(status: ActStatus, troubled = false): Promise<Scene> {
  const relay = await createHttpHarness();
  const asked = makeRequestData();
  const { payoutId } = asked;
  if (troubled) relay.onec.mock.failNext("upsertCounterparty", { outcome: "rejected", code: "bank_unknown" });
  if (status === "posted") relay.onec.mock.failNext("getOrganization", { outcome: "unavailable", times: 100 });
  const response = await relay.post({ type: "act.requested", data: asked });
  const { actId } = (await response.json()) as { actId: string };
  const stage: Scene = { relay, actId, payoutId, asked };
  if (troubled) await relay.settle();
  if (status === "requested") return stage;
  await relay.settle();
  if (["accepted", "payment_ordered", "paid"].includes(status)) {
    if (status === "accepted") relay.onec.mock.failNext("findAct", { outcome: "unavailable", times: 100 });
    await relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: LATER } });
    if (status !== "accepted") await relay.settle();
  }
  if (status === "declined") await decline(stage);
  if (status === "voided") await relay.call(`/api/acts/${actId}/void`, { method: "POST", json: { reason: "Ошибка" } });
  // Before 1C has confirmed the void, a void event of 1C is still new.
  if (status === "declined" || status === "voided") await relay.settle();
  if (status === "paid") await executed(stage);
  await expectStatus(stage, status);
  return stage;
}

const decline = ({ relay, payoutId }: Scene) =>
  relay.post({ type: "act.declined", data: { payoutId, declinedAt: LATER, reason: "Не та сумма" } });

async function actOf({ relay, actId }: Scene): Promise<Record<string, unknown>> {
  return (await (await relay.call(`/api/acts/${actId}`)).json()) as Record<string, unknown>;
}

async function orderRef(stage: Scene): Promise<string> {
  const { paymentOrder } = (await actOf(stage)) as { paymentOrder?: { ref?: string } };
  return paymentOrder?.ref ?? "00000000-0000-5000-8000-000000000000";
}

const executed = async (stage: Scene) =>
  stage.relay.post(
    { type: "payment.executed", data: { paymentOrderRef: await orderRef(stage), executedAt: "2026-11-25" } },
    { source: "onec" },
  );

async function expectStatus(stage: Scene, status: ActStatus): Promise<void> {
  expect(await actOf(stage)).toMatchObject({ status });
}

const EVENTS: Record<string, (stage: Scene) => Promise<Response>> = {
  "platform accepts": ({ relay, payoutId }) =>
    relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: LATER } }),
  "platform declines": decline,
  "higher revision": ({ relay, asked }) =>
    relay.post({ type: "act.requested", data: { ...asked, revision: 2, amount: "16000.00" } }),
  "operator voids": ({ relay, actId }) =>
    relay.call(`/api/acts/${actId}/void`, { method: "POST", json: { reason: "Ошибка" } }),
  "1C: act voided": ({ relay, actId }) =>
    relay.post({ type: "act.voided", data: { actRef: actId } }, { source: "onec" }),
  "1C: act changed": ({ relay, actId }) =>
    relay.post({ type: "act.changed", data: { actRef: actId } }, { source: "onec" }),
  "1C: payment executed": executed,
  "1C: payment rejected": async (stage) =>
    stage.relay.post(
      { type: "payment.rejected", data: { paymentOrderRef: await orderRef(stage), reason: "Счёт закрыт" } },
      { source: "onec" },
    ),
};

/**
 * `HTTP status → act's status`, with `!code` where a problem stands after it. No order exists before `payment_ordered`,
 * so 1C's news of one is 404 there.
 */
const TABLE: Record<string, readonly string[]> = {
  //                     requested         posted            ready             accepted                payment_ordered                 paid                        declined         voided
  "platform accepts": [
    "409 requested",
    "409 posted",
    "202 accepted",
    "200 accepted",
    "200 payment_ordered",
    "200 paid",
    "409 declined",
    "409 voided",
  ],
  "platform declines": [
    "202 declined",
    "202 declined",
    "202 declined",
    "409 accepted",
    "409 payment_ordered",
    "409 paid",
    "200 declined",
    "200 voided",
  ],
  "higher revision": [
    "409 requested",
    "409 posted",
    "409 ready",
    "409 accepted",
    "409 payment_ordered",
    "409 paid",
    "202 declined",
    "202 voided",
  ],
  "operator voids": [
    "200 voided",
    "200 voided",
    "200 voided",
    "200 voided",
    "409 payment_ordered",
    "409 paid",
    "200 declined",
    "200 voided",
  ],
  "1C: act voided": [
    "202 voided",
    "202 voided",
    "202 voided",
    "202 accepted !act_changed",
    "202 payment_ordered !act_changed",
    "202 paid !act_changed",
    "200 declined",
    "200 voided",
  ],
  "1C: act changed": [
    "409 requested",
    "202 posted",
    "202 ready",
    "202 accepted !act_changed",
    "202 payment_ordered !act_changed",
    "202 paid",
    "409 declined",
    "409 voided",
  ],
  "1C: payment executed": [
    "404 requested",
    "404 posted",
    "404 ready",
    "404 accepted",
    "202 paid",
    "200 paid",
    "404 declined",
    "404 voided",
  ],
  "1C: payment rejected": [
    "404 requested",
    "404 posted",
    "404 ready",
    "404 accepted",
    "202 payment_ordered !payment_rejected",
    "202 paid !payment_rejected",
    "404 declined",
    "404 voided",
  ],
};

describe("status × event over HTTP, every cell", () => {
  for (const [name, cells] of Object.entries(TABLE)) {
    for (const [n, status] of ACT_STATUSES.entries()) {
      test(`${name} in ${status}: ${cells[n]}`, async () => {
        const stage = await scene(status);
        const response = await EVENTS[name]!(stage);
        if (response.status === 409) {
          expect(await response.json()).toMatchObject({ code: expect.stringMatching(/_conflict$/), status: 409 });
        }
        const after = await actOf(stage);
        const problem = after.problem as { code: string } | null;
        const stands = problem === null || problem.code === "onec_unavailable" ? "" : ` !${problem.code}`;
        expect(`${response.status} ${String(after.status)}${stands}`).toBe(cells[n]);
      });
    }
  }

  test("replaces a stalled request by a higher revision while 1C has nothing", async () => {
    const stage = await scene("requested", true);
    const response = await EVENTS["higher revision"]!(stage);
    expect(response.status).toBe(202);
    const { actId } = (await response.json()) as { actId: string };
    expect(actId).not.toBe(stage.actId);
    await stage.relay.settle();
    await expectStatus(stage, "voided");
    expect(await actOf({ ...stage, actId })).toMatchObject({ status: "ready", revision: 2, amount: "16000.00" });
    const acts = (await (await stage.relay.call(`/api/acts?payoutId=${stage.payoutId}`)).json()) as {
      items: unknown[];
    };
    expect(acts.items).toHaveLength(2);
  });

  test("refuses the void of an accepted act with an order on the way", async () => {
    const stage = await scene("ready");
    stage.relay.onec.mock.failNext("createPaymentOrder", { outcome: "uncertain", when: "before" });
    await EVENTS["platform accepts"]!(stage);
    await stage.relay.settle();
    const response = await EVENTS["operator voids"]!(stage);
    expect(response.status).toBe(409);
    await expectStatus(stage, "accepted");
  });
});
