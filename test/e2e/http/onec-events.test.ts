import { expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter } from "../../../adapters/mock/index.ts";
import { createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import { toBusinessDate } from "../../../core/date.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { createPull } from "../../onec-runtime/http/pull.ts";
import { createService } from "../../onec-runtime/http/service.ts";
import { createTeller, LOOK_EVERY } from "../../onec-runtime/http/teller.ts";
import { makeRequestData } from "../../support/builders.ts";
import { RELAY_URL, SECRETS } from "../../support/harness.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";
import { mockHands } from "../../support/mock-hands.ts";

/*
 * Changes by people in 1C reach the relay and the platform within two seconds of the shared clock. The test
 * extension-changes.test.ts shows that the extension looks so often.
 */

interface Running {
  readonly relay: HttpHarness;
  readonly onec: MockAdapter;
  /** Does all due work, in 1C too. */
  settle(): Promise<void>;
}

async function push(): Promise<Running> {
  const onec = createMockAdapter({ today: () => toBusinessDate(clock(), "Europe/Moscow") });
  const login = { user: "Обмен", password: "пароль" };
  const keys = await importSecrets(SECRETS.onecInbound);
  const clock = () => relay?.now() ?? Date.UTC(2026, 10, 24, 9);
  const service = createService({ open: () => onec, keys, ...login, clock });
  const adapter = createOnecHttpAdapter({
    organizationInn: MOCK_ORGANIZATION.inn,
    push: {
      url: "https://1c.example/buh",
      ...login,
      keys,
      clock,
      newId: () => crypto.randomUUID(),
      fetch: service.fetch,
    },
  });
  const relay: HttpHarness = await createHttpHarness({ relay: { adapter }, start: Date.UTC(2026, 10, 24, 9) });
  return { relay, onec, settle: relay.settle };
}

/** An act whose payment is ordered, and 1C's job of events. */
async function ordered({ relay, onec, settle }: Running) {
  const payoutId = String(makeRequestData().payoutId);
  const actId = await relay.request({ payoutId });
  await settle();
  await relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: new Date(relay.now()).toISOString() } });
  await settle();
  const keys = await importSecrets(SECRETS.onecInbound);
  let away = false;
  const send = async (request: Request) => (away ? new Response(null, { status: 503 }) : relay.app.request(request));
  const teller = createTeller({ onec, keys, send, url: RELAY_URL, clock: relay.now });
  return {
    actId,
    order: onec.mock.takeSnapshot().paymentOrders[0]!.ref,
    status: async () => (await relay.store.getAct(actId))?.status,
    awaken: (still: boolean) => {
      away = still;
    },
    /** The job's clock goes on to its next look. */
    async look() {
      relay.advance(LOOK_EVERY);
      const left = await teller.look();
      await relay.settle();
      return left;
    },
  };
}

const MODES = [
  ["push", push],
  ["pull", createPull],
] as const;

test.each(MODES)("reports an executed payment at 1C's next look: %s", async (_, open) => {
  const running = await open();
  const { relay, onec } = running;
  const { order, status, look } = await ordered(running);
  expect(await look()).toBe(0);
  expect(await status()).toBe("payment_ordered");
  const executedAt = relay.now();
  onec.mock.executePayment(order, "2026-11-24");
  expect(await look()).toBe(0);
  expect(relay.now() - executedAt).toBeLessThanOrEqual(2000);
  expect(await status()).toBe("paid");
  expect(relay.delivered.at(-1)).toMatchObject({
    type: "payment.executed",
    timestamp: new Date(relay.now()).toISOString(),
  });
  expect(await look()).toBe(0);
  expect(relay.delivered.filter(({ type }) => type === "payment.executed")).toHaveLength(1);
});

test.each(MODES)("reports an act that a person voided at 1C's next look: %s", async (_, open) => {
  const running = await open();
  const { onec, relay } = running;
  const { actId, look } = await ordered(running);
  await mockHands(() => onec).voidAct(actId);
  await look();
  const told = relay.delivered.filter(({ data }) => (data as { actId?: string }).actId === actId).at(-1);
  expect(told).toMatchObject({ type: "act.problem", data: { code: "act_changed" } });
  expect(told?.timestamp).toBe(new Date(relay.now()).toISOString());
});

test.each(MODES)(
  "keeps an event in 1C while the relay is away, and sends the event afterwards: %s",
  async (_, open) => {
    const running = await open();
    const { order, status, look, awaken } = await ordered(running);
    awaken(true);
    running.onec.mock.executePayment(order, "2026-11-24");
    expect(await look()).toBe(1);
    expect(await status()).toBe("payment_ordered");
    awaken(false);
    expect(await look()).toBe(0);
    expect(await status()).toBe("paid");
  },
);
