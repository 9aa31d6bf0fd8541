import { join } from "node:path";
import { createSecret } from "../../core/webhook.ts";
import { execute, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { type Child, startChild } from "./child.ts";
import { actRequest } from "./events.ts";
import { type Life, recordLife } from "./life.ts";
import type { LoadResult } from "./load-process.ts";
import { type BenchRow, figure, median } from "./row.ts";
import { seedPostgres } from "./seed-postgres.ts";
import type { Usage } from "./usage.ts";
import { type Load, startLoad } from "./webhooks.ts";

const GROUP = "scale";
const CONNECTIONS = 32;
/** Calls to 1C side by side, over all processes. */
const ONEC_CONCURRENCY = 16;
const NODES = [1, 2, 4];
const ROUNDS = 5;
const WARM_UP = 500;
const EVENTS = 4_000;
const ROUND_MS = 1_500;
const WHOLE_ACTS = 250;
const WAKES = 200;
/** Acts that are there already in the last part. Fewer for a quick look: `BENCH_ACTS=100000`. */
const ACTS = Number(process.env.BENCH_ACTS ?? 1_000_000);

/** Processes over one database, each with a share of the events. */
interface Contestant {
  readonly children: readonly Child[];
  readonly ports: readonly number[];
  readonly perSecond: number[];
}

/** Measures several processes over one Postgres, beside SQLite and beside the same rows through plain `pg`. */
export async function benchScale(folder: string): Promise<BenchRow[]> {
  const server = await startPostgres({ durable: true });
  try {
    const life = await recordLife(await server.create());
    const secret = createSecret();
    const load = await startLoad(secret);
    const world: World = { server, folder, life, secret, load };
    const rows = [...(await accepted(world)), ...(await whole(world)), await wakeUp(world), ...(await history(world))];
    await load.child.end();
    return rows;
  } finally {
    await server.close();
  }
}

interface World {
  readonly server: PostgresServer;
  readonly folder: string;
  readonly life: Life;
  readonly secret: string;
  readonly load: Load;
}

/** Starts a number of relays; `working`: with running loops. */
async function relays(file: string, secret: string, count: number, working: boolean): Promise<Contestant> {
  const settings = { file, secret, loop: working, stateless: ONEC_CONCURRENCY };
  return contestant(await started(count, () => startChild("relay-process.ts", settings)));
}

/** So many processes that write the same by hand. */
async function floors({ server, life, secret }: World, count: number, whole: boolean): Promise<Contestant> {
  // Made by a relay, so that it has the same tables.
  const url = await migrated(server);
  const children = await started(count, () => startChild("postgres-floor-process.ts", { url, secret, whole }));
  for (const child of children) await child.ask({ type: "life", life });
  return contestant(children);
}

async function migrated(server: PostgresServer): Promise<string> {
  const url = await server.create();
  const child = await startChild("relay-process.ts", { file: url, secret: createSecret(), stateless: 1 });
  await child.end();
  return url;
}

async function started(count: number, start: () => Promise<Child>): Promise<Child[]> {
  const children: Child[] = [];
  for (let n = 0; n < count; n += 1) children.push(await start());
  return children;
}

async function contestant(children: readonly Child[]): Promise<Contestant> {
  const usages = await Promise.all(children.map((child) => child.ask<Usage>({ type: "usage" })));
  return { children, ports: usages.map(({ port }) => port), perSecond: [] };
}

async function end(contestants: readonly Contestant[]): Promise<void> {
  await Promise.all(contestants.flatMap(({ children }) => children.map((child) => child.end())));
}

/** Sends events to all processes of a contestant in turn; gives how long it took. */
async function send(load: Load, { ports }: Contestant, count: number, forMs = 60_000): Promise<LoadResult> {
  await load.child.ask({ type: "prepare", from: load.sent, count });
  load.sent += count;
  const result = await load.child.ask<LoadResult>({ type: "run", ports, connections: CONNECTIONS, forMs });
  if (result.statuses["202"] !== result.count) {
    throw new Error(`Not all were accepted: ${JSON.stringify(result.statuses)}`);
  }
  return result;
}

async function accepted(world: World): Promise<BenchRow[]> {
  const { server, folder, secret, load } = world;
  const sqlite = await relays(join(folder, "scale.db"), secret, 1, false);
  const ours: Contestant[] = [];
  const byHand: Contestant[] = [];
  for (const count of NODES) {
    ours.push(await relays(await server.create(), secret, count, false));
    byHand.push(await floors(world, count, false));
  }
  const all = [sqlite, ...ours, ...byHand];
  for (const one of all) await send(load, one, WARM_UP);
  for (let n = 0; n < ROUNDS; n += 1) {
    for (const one of all) {
      const { count, ms } = await send(load, one, EVENTS, ROUND_MS);
      one.perSecond.push((count * 1000) / ms);
    }
  }
  await end(all);
  return table("accepted", "events/s", sqlite, ours, byHand);
}

async function whole(world: World): Promise<BenchRow[]> {
  const { server, folder, secret, load } = world;
  const sqlite = await relays(join(folder, "scale-acts.db"), secret, 1, true);
  const ours: Contestant[] = [];
  const byHand: Contestant[] = [];
  for (const count of NODES) {
    ours.push(await relays(await server.create(), secret, count, true));
    byHand.push(await floors(world, count, true));
  }
  const all = [sqlite, ...ours, ...byHand];
  for (const one of all) await throughAll(load, one, WHOLE_ACTS);
  for (let n = 0; n < ROUNDS; n += 1) {
    for (const one of all) one.perSecond.push((WHOLE_ACTS * 1000) / (await throughAll(load, one, WHOLE_ACTS)));
  }
  await end(all);
  return table("requested → told ready", "acts/s", sqlite, ours, byHand);
}

/** Sends events, waits for the platform's webhook of each, and returns the time, ms. */
async function throughAll(load: Load, one: Contestant, count: number): Promise<number> {
  const before = await told(one);
  const began = performance.now();
  await send(load, one, count);
  while ((await told(one)) < before + count) {
    if (performance.now() - began > 120_000) throw new Error("Not all acts became ready within two minutes");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - began;
}

async function told({ children }: Contestant): Promise<number> {
  const counts = await Promise.all(children.map((child) => child.ask<number>({ type: "told" })));
  return counts.reduce((sum, count) => sum + count, 0);
}

function table(
  what: string,
  unit: string,
  sqlite: Contestant,
  ours: readonly Contestant[],
  byHand: readonly Contestant[],
): BenchRow[] {
  return [
    { group: GROUP, name: `${what}, SQLite, ${unit}`, value: figure(median(sqlite.perSecond)) },
    ...NODES.map((count, n) => {
      const [one, floor] = [ours[n] as Contestant, byHand[n] as Contestant];
      return {
        group: GROUP,
        name: `${what}, Postgres, ${count} process${count === 1 ? "" : "es"}, ${unit}`,
        value: figure(median(one.perSecond)),
        ratio: ratio(one, floor).toFixed(2),
        floor: figure(median(floor.perSecond)),
        note: "floor: the same rows with plain pg, as many processes; target ≥ 0.6",
      };
    }),
  ];
}

function ratio(one: Contestant, floor: Contestant): number {
  return median(one.perSecond.map((value, n) => value / (floor.perSecond[n] as number)));
}

/** Measures from one process' answer to the other idle process' first call to 1C. */
async function wakeUp({ server, secret, load }: World): Promise<BenchRow> {
  const url = await server.create();
  const accepting = await relays(url, secret, 1, false);
  const idle = await relays(url, secret, 1, true);
  const answered = new Map<string, number>();
  for (let n = 0; n < WAKES; n += 1) {
    const { inn } = actRequest(load.sent, 0).contractor;
    await send(load, accepting, 1);
    answered.set(inn, performance.timeOrigin + performance.now());
    await new Promise((resolve) => setTimeout(resolve, 40 + (n % 7) * 10));
  }
  const [child] = idle.children as [Child];
  const began = new Map(await child.ask<readonly (readonly [string, number])[]>({ type: "began" }));
  await end([accepting, idle]);
  const waits = [...answered].map(([inn, at]) => Math.max(0, (began.get(inn) ?? Number.POSITIVE_INFINITY) - at));
  const sorted = [...waits].sort((a, b) => a - b);
  return {
    group: GROUP,
    name: "accepted by one process → another one calls 1C, median ms",
    value: figure(median(waits)),
    note: `target < 20; slowest of twenty ${figure(sorted[Math.floor(WAKES * 0.95)] as number)}, slowest ${figure(sorted.at(-1) as number)}`,
  };
}

/** The same with a long history, one process. */
async function history(world: World): Promise<BenchRow[]> {
  const { server, secret, load } = world;
  const full = await server.create();
  await recordLife(full);
  const began = Date.now();
  await seedPostgres(full, ACTS);
  const seconds = (Date.now() - began) / 1000;
  const [{ size } = { size: 0 }] = await execute(full, "select pg_database_size(current_database()) as size");
  const rows: BenchRow[] = [
    {
      group: GROUP,
      name: `${figure(ACTS)} acts written at once into Postgres, s`,
      value: figure(seconds),
      note: `${figure(Number(size) / 1e9)} GB without their forms`,
    },
  ];
  const pair = async (working: boolean) => [
    await relays(full, secret, 1, working),
    await relays(await server.create(), secret, 1, working),
  ];
  // Accepted events come last, since nobody does the jobs of these events.
  const working = await pair(true);
  for (const one of working) await throughAll(load, one, WHOLE_ACTS);
  for (let n = 0; n < ROUNDS; n += 1) {
    for (const one of working) one.perSecond.push((WHOLE_ACTS * 1000) / (await throughAll(load, one, WHOLE_ACTS)));
  }
  await end(working);
  const accepting = await pair(false);
  for (const one of accepting) await send(load, one, WARM_UP);
  for (let n = 0; n < ROUNDS; n += 1) {
    for (const one of accepting) {
      const { count, ms } = await send(load, one, EVENTS, ROUND_MS);
      one.perSecond.push((count * 1000) / ms);
    }
  }
  await end(accepting);
  return [
    ...rows,
    compared("requested → told ready with history, Postgres, acts/s", working),
    compared("accepted with history, Postgres, events/s", accepting),
  ];
}

function compared(name: string, [one, floor]: readonly Contestant[]): BenchRow {
  return {
    group: GROUP,
    name,
    value: figure(median(one!.perSecond)),
    ratio: ratio(one!, floor!).toFixed(2),
    floor: figure(median(floor!.perSecond)),
    note: "floor: an empty database; target ≥ 0.85",
  };
}
