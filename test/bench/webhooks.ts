import { join } from "node:path";
import { createSecret } from "../../core/webhook.ts";
import { type Child, startChild } from "./child.ts";
import type { Ids } from "./events.ts";
import type { LoadResult } from "./load-process.ts";
import { type BenchRow, figure, median } from "./row.ts";
import type { Usage } from "./usage.ts";

const CONNECTIONS = 32;
const WARM_UP = 3_000;
const MOST_PER_ROUND = 8_000;
const ROUND_MS = 1_500;
const ROUNDS = 7;

/** One way to accept events, and how fast it was in each round. */
export interface Contestant {
  readonly child: Child;
  readonly perSecond: number[];
  /** Processor time of an event, µs. */
  readonly cpu: number[];
}

/** The client, and how many events were sent so far: none is ever sent twice. */
export interface Load {
  readonly child: Child;
  sent: number;
}

/** Accepted signed webhooks a second, against the floor. */
export async function benchWebhooks(folder: string): Promise<BenchRow[]> {
  const secret = createSecret();
  const load = await startLoad(secret);
  const floor = await contestant("floor-process.ts", { file: join(folder, "floor.db"), secret });
  const paused = await contestant("relay-process.ts", { file: join(folder, "paused.db"), secret });
  const looping = await contestant("relay-process.ts", { file: join(folder, "looping.db"), secret, loop: true });
  await race(load, [floor, paused, looping]);
  const acts = await looping.child.ask<Record<string, number>>({ type: "stats" });
  const through = Object.entries(acts).map(([status, n]) => `${figure(n)} ${status}`);
  for (const { child } of [load, floor, paused, looping]) await child.end();
  return [
    ...compared("webhooks", "accepted, loop paused", paused, floor, "target ≥ 0.7"),
    ...compared("webhooks", "accepted, loop at work on the mock", looping, floor, `acts then: ${through.join(", ")}`),
  ];
}

/** Starts a client with a secret for signatures. */
export async function startLoad(secret: string, ids: Ids = "unordered"): Promise<Load> {
  return { child: await startChild("load-process.ts", { secret, ids }), sent: 0 };
}

/** Starts a server for events. */
export async function contestant(module: string, settings: object): Promise<Contestant> {
  return { child: await startChild(module, settings), perSecond: [], cpu: [] };
}

/** Rounds in turn, so that what disturbs the machine disturbs all alike. */
export async function race(load: Load, contestants: readonly Contestant[], rounds = ROUNDS): Promise<void> {
  for (const one of contestants) await round(load, one, WARM_UP);
  for (let n = 0; n < rounds; n += 1) {
    for (const one of contestants) {
      const { perSecond, cpu } = await round(load, one, MOST_PER_ROUND);
      one.perSecond.push(perSecond);
      one.cpu.push(cpu);
    }
  }
}

/** Rows that compare: by the clock, and by processor time, which the neighbours of a shared machine disturb less. */
export function compared(group: string, name: string, one: Contestant, floor: Contestant, note: string): BenchRow[] {
  const ratio = (own: readonly number[], other: readonly number[]) =>
    median(own.map((value, n) => value / other[n]!)).toFixed(2);
  return [
    {
      group,
      name: `${name}, events/s`,
      value: figure(median(one.perSecond)),
      ratio: ratio(one.perSecond, floor.perSecond),
      floor: figure(median(floor.perSecond)),
      note,
    },
    {
      group,
      name: `${name}, CPU µs/event`,
      value: figure(median(one.cpu)),
      ratio: ratio(floor.cpu, one.cpu),
      floor: figure(median(floor.cpu)),
    },
  ];
}

async function round(load: Load, { child }: Contestant, most: number): Promise<{ perSecond: number; cpu: number }> {
  await load.child.ask({ type: "prepare", from: load.sent, count: most });
  load.sent += most;
  const before = await child.ask<Usage>({ type: "usage" });
  const run = { type: "run", ports: [before.port], connections: CONNECTIONS, forMs: ROUND_MS };
  const { ms, count, statuses } = await load.child.ask<LoadResult>(run);
  const after = await child.ask<Usage>({ type: "usage" });
  if (statuses["202"] !== count) throw new Error(`Not all were accepted: ${JSON.stringify(statuses)}`);
  return { perSecond: (count * 1000) / ms, cpu: ((after.cpuMs - before.cpuMs) * 1000) / count };
}
