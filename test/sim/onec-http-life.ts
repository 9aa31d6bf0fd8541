import { Hono } from "hono";
import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter } from "../../adapters/mock/index.ts";
import { createCommandQueue, createOnecHttpAdapter } from "../../adapters/onec-http/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { toBusinessDate } from "../../core/date.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { importSecrets } from "../../core/webhook.ts";
import type { HttpContext } from "../../server/http/context.ts";
import { mountOperations } from "../../server/http/operation.ts";
import { createProblemResponse } from "../../server/http/problem.ts";
import { onecOperations } from "../../server/http/routes/onec.ts";
import { createExtension } from "../onec-runtime/http/extension.ts";
import { createPoller } from "../onec-runtime/http/poller.ts";
import { createService, type ServiceFault } from "../onec-runtime/http/service.ts";
import { makeContractorData, NOON } from "../support/builders.ts";
import { createHarness, type Delivered, type Harness } from "../support/harness.ts";
import { Crash, mortal, randomFrom } from "./mortal.ts";
import { brokenPromises } from "./promises.ts";

/** Result of a life over the extension. `broken`: the promises that the life broke. */
export interface OnecHttpLife {
  readonly seed: number;
  readonly pull: boolean;
  readonly acts: number;
  /** Deaths of the relay, and of 1C or of the way to it. */
  readonly crashes: number;
  readonly faults: number;
  readonly broken: readonly string[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEYS = await importSecrets(`whsec_${btoa("o".repeat(32))}`);
const LOGIN = { user: "Обмен", password: "пароль" };
const PERSON = "person:Анна";

/** Faults of an answer on the way. */
const FAULTS: readonly ServiceFault[] = [
  ...(["dropped_before", "dropped_after", "dropped_after", "half", "replayed", "bad_signature", "html"] as const),
  ...([{ status: 503 }, { status: 500 }, { status: 404 }] as const),
];

/** An event of 1C, kept in 1C's outbox word for word until the relay has answered. */
interface Event {
  readonly id: string;
  readonly timestamp: number;
  readonly type: string;
  readonly data: object;
}

/**
 * Runs one seeded life of a few acts. In every other life the relay calls 1C, in the rest 1C fetches commands. The
 * relay dies at random writes, 1C dies before and after the work, answers are lost on the way. In the end every act
 * must be paid: one document, one order, every event told.
 */
export async function liveOverOnecHttp(seed: number): Promise<OnecHttpLife> {
  const random = randomFrom(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const pull = seed % 2 === 0;
  const store = createMemoryStore();
  const delivered: Delivered[] = [];
  const answered = new Map<string, string>();
  const outbox: Event[] = [];
  let now = NOON;
  let world: Harness | null = null;
  let routes = new Hono();
  let [crashes, seen, faults, ids] = [0, 0, 0, 0];
  let failing = true;
  const time = () => world?.now() ?? now;
  const onec = createMockAdapter({ today: () => toBusinessDate(time(), "Europe/Moscow") });
  const service = createService({ open: () => onec, keys: KEYS, ...LOGIN, clock: time });
  const newId = () => {
    ids += 1;
    return `life-${seed}-${ids}`.padEnd(20, "_");
  };

  function adapterAt(clock: () => number): Adapter {
    const organizationInn = MOCK_ORGANIZATION.inn;
    if (pull) return createOnecHttpAdapter({ organizationInn });
    const lossy: typeof fetch = (input, init) => {
      if (failing && chance(0.12)) {
        faults += 1;
        service.next(pick(FAULTS)!);
      }
      return service.fetch(input, init);
    };
    const push = { url: "https://1c.example/buh", ...LOGIN, keys: KEYS, clock, newId, fetch: lossy };
    return createOnecHttpAdapter({ organizationInn, push });
  }

  async function born(): Promise<Harness> {
    const died = () => {
      crashes += 1;
    };
    const own = mortal(store, () => failing && chance(0.03), died);
    const settings = { sameDayAct: "single_day", paymentCheckMs: HOUR } as const;
    try {
      const next = await createHarness({
        store: own,
        adapter: adapterAt,
        delivered,
        start: now,
        relay: { random },
        settings,
      });
      next.answer(() => new Response(null, { status: failing && chance(0.1) ? 503 : 204 }));
      const commands = createCommandQueue({ relay: next.relay, store: own, clock: next.now });
      const inbound = { platform: KEYS, onec: KEYS };
      routes = new Hono();
      mountOperations(routes, onecOperations, { commands, inbound, clock: next.now } as HttpContext);
      routes.onError((error) => createProblemResponse(error));
      return next;
    } catch (error) {
      if (error instanceof Crash) return born();
      throw error;
    }
  }

  async function alive(work: (living: Harness) => Promise<unknown>): Promise<void> {
    const living = world as Harness;
    try {
      await work(living);
    } catch (error) {
      if (!(error instanceof Crash) && (error as { code?: string }).code === undefined) throw error;
    }
    await buried(living);
  }

  /** Replaces a dead process, and waits until the leases of the dead process run out. */
  async function buried(living: Harness): Promise<void> {
    now = living.now();
    if (crashes === seen) return;
    seen = crashes;
    world = await born();
  }

  const job = createPoller({
    extension: createExtension(() => onec),
    keys: KEYS,
    url: "https://relay.example",
    clock: time,
    newId,
    async send(request) {
      const response = await routes.request(request);
      if (failing && chance(0.08)) throw lost("the answer was lost");
      return response;
    },
    between() {
      if (failing && chance(0.06)) throw lost("1C was killed");
    },
  });

  function lost(what: string): Error {
    faults += 1;
    return new Error(what);
  }

  /** 1C's job runs until there is nothing more to fetch, or it dies. */
  async function fetchCommands(): Promise<void> {
    const living = world as Harness;
    try {
      while ((await job.turn({ limit: 1 + Math.floor(random() * 3) })) > 0) await living.settle();
    } catch {
      // 1C's job comes again by schedule.
    }
    await buried(living);
  }

  /** Sends the events of 1C until the relay has answered. An answer may be lost, and the event is then sent again. */
  async function tellEvents(): Promise<void> {
    for (const event of [...outbox]) {
      await alive(async (living) => {
        const { id, timestamp } = event;
        await living.send(event.type, event.data, { source: "onec", id, timestamp });
        if (!(failing && chance(0.2))) outbox.splice(outbox.indexOf(event), 1);
      });
    }
  }

  async function pass(ms: number): Promise<void> {
    await alive((living) => living.pass(ms));
    if (pull) await fetchCommands();
    await tellEvents();
  }

  async function ask(): Promise<void> {
    const payoutId = `p-${seed}-${answered.size}`;
    const contractor = makeContractorData(2 + Math.floor(random() * 2));
    const data = { payoutId, requestedAt: new Date(now).toISOString(), amount: "15000.50", contractor };
    for (let tries = 0; tries < 9 && !answered.has(payoutId); tries += 1) {
      await alive(async (living) => {
        const { actId } = await living.send("act.requested", data, { id: `wh-${payoutId}` });
        answered.set(payoutId, actId ?? "");
      });
    }
  }

  function accept(payoutId: string | undefined): Promise<void> {
    return alive((living) => living.send("act.accepted", { payoutId, acceptedAt: new Date(now).toISOString() }));
  }

  function pay(): void {
    const waits = onec.mock.takeSnapshot().paymentOrders.filter((order) => order.state.state === "waiting");
    const order = pick(waits);
    if (order === undefined) return;
    onec.mock.executePayment(order.ref);
    const data = { paymentOrderRef: order.ref, executedAt: toBusinessDate(now, "Europe/Moscow") };
    outbox.push({ id: newId(), timestamp: now, type: "payment.executed", data });
  }

  world = await born();
  for (let step = 0; step < 10; step += 1) {
    const choice = random();
    if (choice < 0.3 && answered.size < 3) await ask();
    else if (choice < 0.5) await accept(pick([...answered.keys()]));
    else if (choice < 0.6) pay();
    else await pass(Math.floor(random() * 10 * MINUTE));
  }
  failing = false;
  service.always(null);
  world = await born();
  if (answered.size === 0) await ask();
  for (let round = 0; round < 30; round += 1) {
    await pass(10 * MINUTE);
    for (const [payoutId, id] of answered) {
      const act = await store.getAct(id);
      if (act?.problem) await alive((living) => living.relay.retryAct(id, PERSON));
      else if (act?.status === "ready") await accept(payoutId);
    }
    pay();
    const acts = await Promise.all([...answered.values()].map((id) => store.getAct(id)));
    if (acts.every((act) => act?.status === "paid")) break;
  }
  await pass(2 * HOUR);
  const acts = await Promise.all([...answered.values()].map((id) => store.getAct(id)));
  const unpaid = acts.filter((act) => act?.status !== "paid").map((act) => `${act?.payoutId} is ${act?.status}`);
  const broken = await brokenPromises(store, booksOf(onec), delivered, answered);
  return {
    seed,
    pull,
    acts: answered.size,
    crashes,
    faults,
    broken: [...broken, ...unpaid, ...untold(delivered, answered), ...outbox.map(({ type }) => `${type} was lost`)],
  };
}

function booksOf(onec: MockAdapter) {
  const { acts, paymentOrders, counterparties } = onec.mock.takeSnapshot();
  const orders = paymentOrders.map((order) => ({ ...order, state: order.state.state }));
  return { acts, orders, cards: counterparties };
}

/** Every act was told ready, ordered and paid, each under one id. */
function untold(delivered: readonly Delivered[], answered: ReadonlyMap<string, string>): string[] {
  return [...answered.values()].flatMap((actId) =>
    ["act.ready", "payment_order.created", "payment.executed"].flatMap((type) => {
      const told = delivered.filter((event) => event.type === type && event.data.actId === actId);
      const count = new Set(told.map(({ id }) => id)).size;
      return count === 1 ? [] : [`${type} of ${actId} was told ${count} times`];
    }),
  );
}
