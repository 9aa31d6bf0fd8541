import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import Sqlite from "better-sqlite3";
import { createSecret } from "../../core/webhook.ts";
import { actRequest } from "./events.ts";
import { type BenchRelay, relayOn } from "./relay-on.ts";

/** How many seeded acts there are of one contractor. */
const ACTS_PER_CONTRACTOR = 10;

/** Numbers in no order. */
const SHUFFLED = "i * 2654435761 % 4294967296";

/** Columns with a new value in each copy, as SQL over the table `copy` and the original row `x`. */
type Keys = Readonly<Record<string, string>>;

/** Lets acts live their whole lives in a file, from the request to the executed payment. */
export async function liveLives(file: string, count: number): Promise<void> {
  const bench = await relayOn({ file, secret: createSecret() });
  for (let n = 0; n < count; n += 1) await life(bench, n);
  await bench.store.close();
}

async function life({ relay, store }: BenchRelay, n: number): Promise<void> {
  const at = new Date().toISOString();
  const { payoutId, ...request } = actRequest(n, Date.now());
  const { actId } = await send(relay, "platform", "act.requested", { payoutId, ...request });
  await relay.drain();
  const ready = await store.getAct(actId ?? "");
  const accepted = { payoutId, acceptedAt: at, acceptedBy: "Иванова А. А.", pdfSha256: ready?.form?.sha256 };
  await send(relay, "platform", "act.accepted", accepted);
  await relay.drain();
  const ordered = await store.getAct(actId ?? "");
  const executed = { paymentOrderRef: ordered?.paymentOrder?.ref, executedAt: at, bankReference: "4815162342" };
  await send(relay, "onec", "payment.executed", executed);
  await relay.drain();
  if ((await store.getAct(actId ?? ""))?.status !== "paid")
    throw new Error("The life of an act did not come to its end");
}

function send(relay: BenchRelay["relay"], source: "platform" | "onec", type: string, data: object) {
  const body = new TextEncoder().encode(JSON.stringify({ type, timestamp: new Date().toISOString(), data }));
  return relay.receive({ source, webhookId: `evt_${randomUUID()}`, body });
}

/**
 * Fills a file with copies of the single act's life, with new keys and texts of real length. First every second act, in
 * the order of keys: a fast way to full pages of every tree. Then the acts between, without order. The pages end as full
 * as after a life of unordered keys.
 */
export function seed(file: string, acts: number): void {
  const database = new Sqlite(file);
  for (const pragma of ["journal_mode = delete", "synchronous = off", "foreign_keys = off", "cache_size = -1000000"]) {
    database.pragma(pragma);
  }
  const indexes = database
    .prepare<[], { name: string; sql: string }>(
      "select name, sql from sqlite_master where type = 'index' and sql <> ''",
    )
    .all();
  for (const { name } of indexes) database.exec(`drop index ${name}`);
  database.exec(
    "create temp table copy (no integer primary key, spread text, act_id text, message_id text, act integer)",
  );
  for (const table of Object.keys(KEYS)) {
    database.exec(`create temp table ${table}_life as select * from main.${table}`);
  }
  copyLives(database, acts, "i % 2 = 0");
  for (const { sql } of indexes) database.exec(sql);
  copyLives(database, acts, `i % 2 = 1 order by ${SHUFFLED}`);
  database.pragma("journal_mode = wal");
  database.close();
  // Gigabytes on the way to the disk would slow down the next measure.
  execFileSync("sync");
}

/** Copies for the numbers `i` from 1 to `acts` that are wanted: the end of a query. */
function copyLives(database: Sqlite.Database, acts: number, wanted: string): void {
  const spread = `printf('%08x', i * ${Math.floor(0xffffffff / (acts + 1))})`;
  database.exec("begin; delete from copy");
  database.exec(`insert into copy
    with recursive up (i) as (select 1 union all select i + 1 from up limit ${acts})
    select i, ${spread}, ${spread} || printf('-0000-5000-8000-%012x', i), printf('%012x', i) || ${spread} || printf('00005000%016x_', i), null
    from up where ${wanted}`);
  for (const [table, keys] of Object.entries(KEYS)) {
    copyRows(database, table, keys);
    if (table === "act")
      database.exec("update copy set act = (select position from main.act a where a.id = copy.act_id)");
  }
  database.exec("commit");
}

const CONTRACTOR = `(copy.no / ${ACTS_PER_CONTRACTOR})`;

const KEYS: Readonly<Record<string, Keys>> = {
  act: {
    id: "copy.act_id",
    payout_id: "'payout-' || copy.spread || '-' || copy.no",
    inn: `printf('99%08d', ${CONTRACTOR})`,
    counterparty_key: `printf('7700000000:99%08d:770101001', ${CONTRACTOR})`,
    counterparty_ref: `printf('%08x-0000-5000-8000-000000000000', ${CONTRACTOR} * 1013)`,
    covered_to: "'2026-10-31'",
  },
  payment_order: { ref: "'9' || substr(copy.act_id, 2)", act_id: "copy.act_id" },
  act_event: { act: "copy.act" },
  attempt: {
    message_id: "'msg_' || copy.message_id || (select position from temp.message_life m where m.id = x.message_id)",
  },
  message: {
    id: "'msg_' || copy.message_id || x.position",
    act_id: "case when x.act_id is not null then copy.act_id end",
    act: "case when x.act_id is not null then copy.act end",
  },
  inbox: {
    id: "'00000000' || copy.act_id || substr(x.id, -12)",
    webhook_id: "'evt_payout-' || copy.act_id || substr(x.id, -12)",
    claim_key: "x.source || ':evt_payout-' || copy.act_id || substr(x.id, -12)",
    act_id: "copy.act_id",
  },
  // Forms are read one by one, and the longest thing there is: their bytes would only fill the disk.
  form: { act_id: "copy.act_id", tail: "zeroblob(64)" },
};

function copyRows(database: Sqlite.Database, table: string, keys: Keys): void {
  const columns = (database.pragma(`table_info(${table})`) as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name !== "position");
  const values = columns.map((name) => keys[name] ?? `x.${name}`);
  const rows = `select ${values.join(", ")} from copy cross join temp.${table}_life as x`;
  database.exec(`insert into main.${table} (${columns.join(", ")}) ${rows}`);
}
