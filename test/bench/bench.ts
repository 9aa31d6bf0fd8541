import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchRow, table } from "./row.ts";

/*
 * `npm run bench` measures everything, `npm run bench -- NAME` one group. Every figure stands beside a floor of the
 * same run: only the ratio says anything on another machine.
 */

type Group = (folder: string) => Promise<readonly BenchRow[]>;

const GROUPS: Readonly<Record<string, () => Promise<Group>>> = {
  webhooks: async () => (await import("./webhooks.ts")).benchWebhooks,
  acts: async () => (await import("./acts.ts")).benchActs,
  odata: async () => (await import("./odata.ts")).benchOdata,
  pull: async () => (await import("./pull.ts")).benchPull,
  pdf: async () => (await import("./pdf.ts")).benchPdf,
  million: async () => (await import("./million.ts")).benchMillion,
  upkeep: async () => (await import("./upkeep.ts")).benchUpkeep,
  scale: async () => (await import("./scale.ts")).benchScale,
  edge: async () => (await import("./edge.ts")).benchEdge,
  start: async () => (await import("./start.ts")).benchStart,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in GROUPS));
if (unknown.length > 0) {
  console.error(`No such group: ${unknown.join(", ")}. There are: ${Object.keys(GROUPS).join(", ")}`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), "relay-bench-"));
const rows: BenchRow[] = [];
try {
  for (const [name, load] of Object.entries(GROUPS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const began = Date.now();
    try {
      rows.push(...(await (await load())(folder)));
    } catch (error) {
      // The others are worth their time all the same.
      console.error(error);
      process.exitCode = 1;
    }
    console.error(`${name}: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  }
  console.log(table(rows));
} finally {
  await rm(folder, { recursive: true });
}
