import { join } from "node:path";
import type { ActsResult } from "./acts-process.ts";
import { type Child, startChild } from "./child.ts";
import { type BenchRow, figure, median } from "./row.ts";

const WARM_UP = 200;
const PER_ROUND = 300;
const ROUNDS = 5;

/** Whole acts a second in one process, against the writes alone; and where the time goes. */
export async function benchActs(folder: string): Promise<BenchRow[]> {
  const child = await startChild("acts-process.ts", { file: join(folder, "acts.db") });
  await ask(child, 0, WARM_UP, "run");
  const results: ActsResult[] = [];
  for (let n = 0; n < ROUNDS; n += 1) results.push(await ask(child, WARM_UP + n * PER_ROUND, PER_ROUND, "floor"));
  const { shares = {} } = await ask(child, WARM_UP + ROUNDS * PER_ROUND, PER_ROUND, "profile");
  await child.end();
  const perSecond = (ms: number) => (PER_ROUND * 1000) / ms;
  const perAct = (ms: number) => (ms * 1000) / PER_ROUND;
  const of = (value: (result: ActsResult) => number) => median(results.map(value));
  return [
    {
      group: "acts",
      name: "requested → told ready, acts/s",
      value: figure(of(({ ms }) => perSecond(ms))),
      ratio: of(({ ms, floor }) => floor!.ms / ms).toFixed(2),
      floor: figure(of(({ floor }) => perSecond(floor!.ms))),
      note: "floor: the same writes, nothing around them",
    },
    {
      group: "acts",
      name: "requested → told ready, CPU µs/act",
      value: figure(of(({ cpuMs }) => perAct(cpuMs))),
      ratio: of(({ cpuMs, floor }) => floor!.cpuMs / cpuMs).toFixed(2),
      floor: figure(of(({ floor }) => perAct(floor!.cpuMs))),
      note: `${figure(of(({ commits }) => commits!))} transactions, ${figure(of(({ statements }) => statements!))} statements an act`,
    },
    ...Object.entries(shares)
      .sort(([, a], [, b]) => b - a)
      .map(([part, share]) => ({ group: "acts", name: `share: ${part}`, value: `${(share * 100).toFixed(0)} %` })),
  ];
}

/** One run. */
export function ask(child: Child, from: number, count: number, mode: "run" | "floor" | "profile"): Promise<ActsResult> {
  return child.ask<ActsResult>({ from, count, mode });
}
