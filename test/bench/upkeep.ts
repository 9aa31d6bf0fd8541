import { statSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { backUp } from "../../server/cli/backup.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { actChanges, anAct } from "../support/builders.ts";
import { type BenchRow, figure } from "./row.ts";
import { liveLives, seed } from "./seed.ts";

/** Paid acts in the database. */
const ACTS = Number(process.env.BENCH_ACTS ?? 100_000);
const LIVES = 200;
/** A time after all events: retention then deletes all permitted rows. */
const LATER = Date.UTC(2100, 0, 1);

/** Measures an operator's occasional work: a backup, and retention beside other writes. */
export async function benchUpkeep(folder: string): Promise<BenchRow[]> {
  const full = join(folder, "upkeep.db");
  await liveLives(full, 1);
  seed(full, ACTS);
  return [await kept(folder), await backup(folder, full), ...(await retention(full))];
}

/** Measures the bytes of a finished act after retention of the act's events and jobs. */
async function kept(folder: string): Promise<BenchRow> {
  const file = join(folder, "kept.db");
  await liveLives(file, 1);
  const first = await sizeAfterRetention(folder, file, "first");
  await liveLives(file, LIVES);
  const bytes = ((await sizeAfterRetention(folder, file, "last")) - first) / LIVES;
  const note = "whole life, after retention: act, history, order, form";
  return { group: "upkeep", name: "disk, bytes an act that stay", value: figure(bytes), note };
}

async function sizeAfterRetention(folder: string, file: string, name: string): Promise<number> {
  const copy = join(folder, `kept-${name}.db`);
  await backUp(file, copy);
  const store = createSqlStore(openSqlite(copy));
  await store.prune(LATER);
  await store.close();
  new Sqlite(copy).exec("vacuum").close();
  return statSync(copy).size;
}

async function backup(folder: string, full: string): Promise<BenchRow> {
  const began = performance.now();
  const { bytes } = await backUp(full, join(folder, "upkeep-copy.db"));
  const seconds = (performance.now() - began) / 1000;
  const note = `${figure(bytes / 1e6)} MB of ${figure(ACTS)} acts without their forms, checked`;
  return { group: "upkeep", name: "backup, MB/s", value: figure(bytes / 1e6 / seconds), note };
}

async function retention(full: string): Promise<BenchRow[]> {
  const store = createSqlStore(openSqlite(full));
  let longest = 0;
  let going = true;
  const began = performance.now();
  const pruned = store.prune(LATER);
  const others = (async () => {
    while (going) {
      const at = performance.now();
      await store.commit(actChanges(anAct()));
      longest = Math.max(longest, performance.now() - at);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const rows = await pruned;
  const seconds = (performance.now() - began) / 1000;
  going = false;
  await others;
  await store.close();
  const note = `${figure(rows)} events and messages in ${figure(seconds)} s`;
  return [
    { group: "upkeep", name: "retention, rows/s", value: figure(rows / seconds), note },
    { group: "upkeep", name: "longest wait of a commit meanwhile, ms", value: figure(longest) },
  ];
}
