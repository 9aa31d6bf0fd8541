import { join } from "node:path";
import { createOdataAdapter } from "../../adapters/onec-odata/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { deriveActRef, deriveCounterpartyRef } from "../../core/ids.ts";
import { createSecret, importSecrets, sign, verify } from "../../core/webhook.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { actParams } from "../support/accounting.ts";
import { aContractor, anOrganization } from "../support/builders.ts";
import { actRequest, requestBody } from "./events.ts";
import { relayOn } from "./relay-on.ts";
import { type BenchRow, figure } from "./row.ts";

/** The part of a webhook that the bench reads; `pdf` stands in `act.ready`. */
interface Told {
  readonly payoutId: string;
  readonly pdf: { readonly sha256: string };
}

/** How long 1C takes over each request. */
const REQUEST_MS = 50;
/** The default of `ONEC_MAX_CONCURRENCY`. */
const SIDE_BY_SIDE = 2;
/** Requests of an act with a known and unchanged counterparty, for the ideal. */
const KNOWN_REQUESTS = 5;
const ACTS = 80;
const WARM_UP = 4;

/** Requests that an act takes in 1C over OData, and acts a second where each request takes 50 ms. */
export async function benchOdata(folder: string): Promise<BenchRow[]> {
  const world = await odataWorld(join(folder, "odata.db"));
  // Reads of constant data happen once in ten minutes and are no part of an act.
  await world.acts(0, WARM_UP);
  const fresh = await world.acts(WARM_UP, ACTS);
  const orders = await world.orders(WARM_UP, ACTS);
  const from = WARM_UP + ACTS;
  await world.makeCards(from, 2 * ACTS);
  world.slow(REQUEST_MS);
  const known = await world.acts(from, ACTS);
  const alone = await world.actsAlone(from + ACTS, ACTS);
  await world.end();
  const ideal = (SIDE_BY_SIDE * 1000) / (KNOWN_REQUESTS * REQUEST_MS);
  const speed = (name: string, ms: number): BenchRow => ({
    group: "odata",
    name: `${name} at ${REQUEST_MS} ms a request, acts/s`,
    value: figure((ACTS * 1000) / ms),
    ratio: ((ACTS * 1000) / ms / ideal).toFixed(2),
    floor: figure(ideal),
    note: `floor: ${SIDE_BY_SIDE} side by side, ${KNOWN_REQUESTS} requests an act, nothing else`,
  });
  return [
    {
      group: "odata",
      name: "requests/act, new counterparty",
      value: figure(fresh.requests / ACTS),
      note: "at most 10",
    },
    {
      group: "odata",
      name: "requests/act, known counterparty",
      value: figure(known.requests / ACTS),
      note: "at most 5, beside the constant data",
    },
    { group: "odata", name: "requests/act, its payment order", value: figure(orders.requests / ACTS) },
    speed("the adapter alone,", alone.ms),
    speed("requested → told ready,", known.ms),
  ];
}

/** A relay over a stand-in of 1C, and acts that go through both. */
async function odataWorld(file: string) {
  const onec = createOneC({ keepLog: false });
  let delayMs = 0;
  const adapter = createOdataAdapter({
    url: onec.url,
    user: onec.user,
    password: onec.password,
    organizationInn: anOrganization().inn,
    maxConcurrency: SIDE_BY_SIDE,
    async fetch(input, init) {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      return onec.fetch(input, init);
    },
  });
  const secret = createSecret();
  const keys = await importSecrets(secret);
  let told = (): void => {};
  const shown = new Map<string, string>();
  const connected = { adapter, mock: null, organizationInn: anOrganization().inn };
  const { relay, startLoop, config } = await relayOn({ file, secret, connected, fetch: heard });
  await relay.prepare();
  const loop = await startLoop();

  async function heard(url: string, init: RequestInit): Promise<Response> {
    const { type, data } = (await new Request(url, init).json()) as { type: string; data: Told };
    if (type === "act.ready") shown.set(data.payoutId, data.pdf.sha256);
    if (type !== "act.ready" && type !== "payment_order.created")
      throw new Error(`The platform was told ${type}: ${JSON.stringify(data)}`);
    told();
    return new Response(null, { status: 204 });
  }

  const ask = (n: number) => send(`act_${n}`, requestBody(n, Date.now()));

  function accept(n: number): Promise<void> {
    const acceptedAt = new Date().toISOString();
    const { payoutId } = actRequest(n, Date.now());
    const event = {
      type: "act.accepted",
      timestamp: acceptedAt,
      data: { payoutId, acceptedAt, pdfSha256: shown.get(payoutId) },
    };
    return send(`accepted_${n}`, new TextEncoder().encode(JSON.stringify(event)));
  }

  async function send(id: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const headers = await sign({ id, timestamp: Math.floor(Date.now() / 1000), body, keys });
    const verified = await verify({
      headers: { ...headers },
      body,
      keys: config.platform.inbound.keys,
      now: Date.now(),
    });
    if (!verified.ok) throw new Error(`The event was refused: ${verified.code}`);
    await relay.receive({ source: "platform", webhookId: verified.id, body });
  }

  async function heardOf(from: number, count: number, one: (n: number) => Promise<void>) {
    onec.counters.reset();
    let left = count;
    const done = new Promise<void>((resolve) => {
      told = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
    const began = performance.now();
    await Promise.all(Array.from({ length: count }, (_, n) => one(from + n)));
    await done;
    return { ms: performance.now() - began, requests: onec.counters.total() };
  }

  return {
    slow(ms: number) {
      delayMs = ms;
    },
    /** Makes cards in the state after an act of each agent. */
    async makeCards(from: number, count: number) {
      for (let n = from; n < from + count; n += 1) {
        const contractor = aContractor(2 + n);
        const ref = await deriveCounterpartyRef(contractor.inn, contractor.kpp);
        await adapter.upsertCounterparty({ ref, contractor }, { id: `card_${n}` });
      }
    },
    /** Asks for one act of each of these agents and waits until the platform has heard of all. */
    acts: (from: number, count: number) => heardOf(from, count, ask),
    /** Accepts these acts and waits until the platform has heard of all their orders. */
    orders: (from: number, count: number) => heardOf(from, count, accept),
    /** The same calls in the same order, without a relay around them. */
    async actsAlone(from: number, count: number): Promise<{ ms: number }> {
      const began = performance.now();
      let next = from;
      const work = Array.from({ length: SIDE_BY_SIDE }, async () => {
        while (next < from + count) await actAlone(adapter, next++);
      });
      await Promise.all(work);
      return { ms: performance.now() - began };
    },
    async end() {
      await loop.stop(10_000);
      await onec.close();
    },
  };
}

async function actAlone(adapter: Adapter, n: number): Promise<void> {
  const contractor = aContractor(2 + n);
  const [ref, act] = await Promise.all([
    deriveCounterpartyRef(contractor.inn, contractor.kpp),
    deriveActRef("bench", `alone-${n}`, 1),
  ]);
  const context = { id: `alone_${n}` };
  await adapter.upsertCounterparty({ ref, contractor }, context);
  await adapter.findLastAct({ counterpartyRef: ref, exceptRef: act }, context);
  await adapter.createAct(actParams(ref, n, { ref: act, contractor }), context);
}
