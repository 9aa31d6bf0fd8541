import { statSync } from "node:fs";
import { join } from "node:path";
import { createSecret } from "../../core/webhook.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { ask } from "./acts.ts";
import type { ActsResult } from "./acts-process.ts";
import { startChild } from "./child.ts";
import type { Ids } from "./events.ts";
import { type BenchRow, figure, median } from "./row.ts";
import { liveLives, seed } from "./seed.ts";
import { compared, contestant, race, startLoad } from "./webhooks.ts";

/** Acts in the database before the bench. Fewer for a quick look: `BENCH_ACTS=100000`. */
const ACTS = Number(process.env.BENCH_ACTS ?? 1_000_000);
const LIVES = 200;
const ROUNDS = 5;
const WARM_UP = 100;
const PER_ROUND = 200;

/** Measures with a long history. New work must not depend on finished work. */
export async function benchMillion(folder: string): Promise<BenchRow[]> {
  const size = await bytesPerAct(folder);
  const full = join(folder, "full.db");
  await liveLives(full, 1);
  const began = Date.now();
  seed(full, ACTS);
  const seconds = (Date.now() - began) / 1000;
  const group = "million";
  const seeded = {
    group,
    name: `${figure(ACTS)} acts written at once, s`,
    value: figure(seconds),
    note: `${figure(statSync(full).size / 1e9)} GB without their forms`,
  };
  // Accepted events come last, since nobody does the jobs of these events.
  const before = [...(await acts(folder, full)), await scrape(folder, full)];
  const accepted = [...(await webhooks(folder, full, "growing")), ...(await webhooks(folder, full, "unordered"))];
  return [size, seeded, ...before, ...accepted];
}

/** A file of whole lives, less an empty one. */
async function bytesPerAct(folder: string): Promise<BenchRow> {
  const file = join(folder, "lives.db");
  await liveLives(file, 1);
  const first = statSync(file).size;
  await liveLives(file, LIVES);
  const bytes = (statSync(file).size - first) / LIVES;
  return { group: "million", name: "disk, bytes an act", value: figure(bytes), note: "whole life, 3 events in, form" };
}

async function webhooks(folder: string, full: string, ids: Ids): Promise<BenchRow[]> {
  const secret = createSecret();
  const load = await startLoad(secret, ids);
  const floor = await contestant("floor-process.ts", { file: join(folder, `floor-${ids}.db`), secret });
  const floorFull = await contestant("floor-process.ts", { file: full, secret });
  const empty = await contestant("relay-process.ts", { file: join(folder, `webhooks-${ids}.db`), secret });
  const filled = await contestant("relay-process.ts", { file: full, secret });
  await race(load, [floor, floorFull, empty, filled], ROUNDS);
  for (const { child } of [load, floor, floorFull, empty, filled]) await child.end();
  return [
    ...compared(
      "million",
      `accepted with history, ${ids} ids`,
      filled,
      empty,
      "floor: the same relay on an empty file; target ≥ 0.85",
    ),
    ...compared(
      "million",
      `written by hand with history, ${ids} ids`,
      floorFull,
      floor,
      "floor: by hand into an empty file",
    ),
  ];
}

async function acts(folder: string, full: string): Promise<BenchRow[]> {
  const empty = await startChild("acts-process.ts", { file: join(folder, "acts-empty.db") });
  const filled = await startChild("acts-process.ts", { file: full });
  const results: { readonly empty: ActsResult; readonly filled: ActsResult }[] = [];
  // Payouts apart from the payouts of the accepted events.
  const from = 50_000_000;
  await ask(empty, from, WARM_UP, "run");
  await ask(filled, from, WARM_UP, "run");
  for (let n = 0; n < ROUNDS; n += 1) {
    const at = from + WARM_UP + n * PER_ROUND;
    results.push({ empty: await ask(empty, at, PER_ROUND, "run"), filled: await ask(filled, at, PER_ROUND, "run") });
  }
  await empty.end();
  await filled.end();
  const perSecond = (result: ActsResult) => (PER_ROUND * 1000) / result.ms;
  const cpu = (result: ActsResult) => (result.cpuMs * 1000) / PER_ROUND;
  const of = (value: (pair: { empty: ActsResult; filled: ActsResult }) => number) => median(results.map(value));
  return [
    {
      group: "million",
      name: "whole acts with history, acts/s",
      value: figure(of((pair) => perSecond(pair.filled))),
      ratio: of((pair) => pair.empty.ms / pair.filled.ms).toFixed(2),
      floor: figure(of((pair) => perSecond(pair.empty))),
      note: "floor: an empty file; target ≥ 0.85",
    },
    {
      group: "million",
      name: "whole acts with history, CPU µs/act",
      value: figure(of((pair) => cpu(pair.filled))),
      ratio: of((pair) => pair.empty.cpuMs / pair.filled.cpuMs).toFixed(2),
      floor: figure(of((pair) => cpu(pair.empty))),
    },
  ];
}

/** The counts that a scrape of the metrics asks for, during which nothing else happens. */
async function scrape(folder: string, full: string): Promise<BenchRow> {
  const time = async (file: string): Promise<number> => {
    const driver = openSqlite(file);
    const store = createSqlStore(driver);
    const times: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const began = performance.now();
      await store.getStats();
      times.push(performance.now() - began);
    }
    await store.close();
    return median(times);
  };
  const [filled, empty] = [await time(full), await time(join(folder, "acts-empty.db"))];
  return { group: "million", name: "a scrape of the metrics, ms", value: figure(filled), floor: figure(empty) };
}
