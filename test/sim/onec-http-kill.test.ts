import { expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../adapters/mock/index.ts";
import { createSecret, importSecrets } from "../../core/webhook.ts";
import { createExtension } from "../onec-runtime/http/extension.ts";
import { createPoller } from "../onec-runtime/http/poller.ts";
import { publish } from "../onec-runtime/http/publish.ts";
import { type RealRelay, startRelay } from "../onec-runtime/http/server.ts";
import { createService } from "../onec-runtime/http/service.ts";
import { makeContractorData } from "../support/builders.ts";
import { randomFrom } from "./mortal.ts";

const KILLS = Number(process.env.KILLS ?? 50);
const SEED = Number(process.env.KILL_SEED ?? 20_261_124);
/** Asked for in each round, so that each kill falls on work. */
const ACTS = Math.min(KILLS, 25);

/** Pause of 1C before the work and before the answer: the longer, the more kills fall into a call. */
const PAUSE_MS = 20;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One way between the relay and a played 1C. */
interface Way {
  readonly settings: Record<string, string>;
  /** Begins when the relay is there. */
  begin(relay: RealRelay): Promise<void>;
  /** The relay is about to be killed. */
  killing(): void;
  /** How many kills broke off something between the two. */
  felt(): number;
  end(): Promise<void>;
}

/** Creates the way of pull: 1C's job fetches commands, and comes again after any failure. */
function pulled(onec: MockAdapter): Way {
  let going = true;
  let lost = 0;
  let job: Promise<void> = Promise.resolve();
  return {
    settings: { ONEC_TRANSPORT: "pull" },
    async begin(relay) {
      const keys = await importSecrets(relay.inboundOfOnec);
      const url = relay.url();
      const newId = () => crypto.randomUUID();
      const poller = createPoller({
        extension: createExtension(() => onec),
        keys,
        send: fetch,
        url,
        clock: Date.now,
        newId,
      });
      job = (async () => {
        while (going)
          await poller.turn({ waitSeconds: 2, limit: 3 }).catch(async () => {
            lost += 1;
            await sleep(20);
          });
      })();
    },
    killing: () => undefined,
    felt: () => lost,
    async end() {
      going = false;
      await job;
    },
  };
}

/** Creates the way of push: the relay calls 1C, which pauses before the work and before the answer. */
async function pushed(onec: MockAdapter): Promise<Way> {
  const secret = createSecret();
  const login = { user: "Обмен", password: "пароль" };
  const keys = await importSecrets(secret);
  const service = createService({ open: () => onec, keys, ...login, clock: Date.now });
  let working = 0;
  let lost = 0;
  const published = await publish({
    async handle(request) {
      working += 1;
      await sleep(PAUSE_MS);
      const answer = await service.handle(request);
      await sleep(PAUSE_MS);
      working -= 1;
      return answer;
    },
  });
  return {
    settings: {
      ONEC_URL: published.url,
      ONEC_USER: login.user,
      ONEC_PASSWORD: login.password,
      ONEC_OUTBOUND_SECRET: secret,
    },
    begin: async () => undefined,
    killing() {
      if (working > 0) lost += 1;
    },
    felt: () => lost,
    end: () => published.close(),
  };
}

test.each([
  ["fetches its commands", pulled],
  ["is called", pushed],
] as const)(
  `kill -9 at ${KILLS} seeded moments while 1C %s: one act, one order, no lost event`,
  {
    timeout: 600_000,
  },
  async (_, open) => {
    const random = randomFrom(SEED);
    const onec = createMockAdapter();
    const way = await open(onec);
    // The shortest timeout gives the shortest lease, so that jobs of a killed process are taken over soon. The limit of
    // 16 leaves room. A call of a killed process may still run in 1C and keeps a slot.
    const relay = await startRelay({ ...way.settings, ONEC_TIMEOUT_MS: "1000", ONEC_MAX_CONCURRENCY: "16" });
    await way.begin(relay);
    const ids: string[] = [];
    const instant = () => new Date().toISOString();
    let accepted = 0;
    const accept = async () => {
      const data = { payoutId: `p-${accepted}`, acceptedAt: instant() };
      expect((await relay.send("act.accepted", data, { id: `wh-accept-${accepted}` })).actId).toBe(ids[accepted]);
      accepted += 1;
    };
    for (let round = 0; round < KILLS; round += 1) {
      if (ids.length < ACTS) {
        const n = ids.length;
        const data = {
          payoutId: `p-${n}`,
          requestedAt: instant(),
          amount: "15000.00",
          contractor: makeContractorData(n + 2),
        };
        ids.push((await relay.send("act.requested", data, { id: `wh-request-${n}` })).actId);
      }
      const next = ids[accepted];
      if (next !== undefined && (await relay.act(next)).status === "ready") await accept();
      await sleep(random() * 80);
      way.killing();
      await relay.restart();
    }
    while (accepted < ids.length) {
      await relay.until(ids[accepted]!, "ready");
      await accept();
    }
    for (const id of ids) await relay.until(id, "payment_ordered");
    const { acts, paymentOrders } = onec.mock.takeSnapshot();
    for (const order of paymentOrders) {
      onec.mock.executePayment(order.ref, "2026-11-25");
      const data = { paymentOrderRef: order.ref, executedAt: "2026-11-25" };
      await relay.send("payment.executed", data, { source: "onec", id: `1c-${order.number}` });
    }
    for (const id of ids) await relay.until(id, "paid");
    expect(acts.map(({ ref }) => ref).sort()).toEqual([...ids].sort());
    expect(paymentOrders.map(({ actRef }) => actRef).sort()).toEqual([...ids].sort());
    for (const type of ["act.ready", "payment_order.created", "payment.executed"]) {
      const told = () => relay.told.filter((event) => event.type === type);
      const everyone = () => new Set(told().map(({ data }) => data.actId));
      for (const deadline = Date.now() + 60_000; everyone().size < ids.length && Date.now() < deadline; )
        await sleep(50);
      expect(everyone()).toEqual(new Set(ids));
      // Sent again after a kill, perhaps; but under one id, so that the platform takes it once.
      expect(new Set(told().map(({ id }) => id)).size).toBe(ids.length);
    }
    // A kill without an effect proves nothing.
    expect(way.felt()).toBeGreaterThan(KILLS / 5);
    await relay.close();
    await way.end();
  },
);
