import pg from "pg";

/** How many seeded acts there are of one contractor. */
const ACTS_PER_CONTRACTOR = 10;

/** Columns with a new value in each copy, as SQL over the row of `copy` and the original row `x`. */
const KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  act: {
    id: "copy.act_id",
    payout_id: "'payout-' || copy.spread || '-' || copy.no",
    inn: `'99' || lpad((copy.no / ${ACTS_PER_CONTRACTOR})::text, 8, '0')`,
    counterparty_key: `'7700000000:99' || lpad((copy.no / ${ACTS_PER_CONTRACTOR})::text, 8, '0') || ':770101001'`,
    counterparty_ref: `lpad(to_hex(copy.no / ${ACTS_PER_CONTRACTOR} * 1013), 8, '0') || '-0000-5000-8000-000000000000'`,
  },
  act_event: { act: "copy.act" },
  message: {
    id: "'msg_' || copy.hex || x.position",
    act_id: "case when x.act_id is not null then copy.act_id end",
    act: "case when x.act_id is not null then copy.act end",
  },
  attempt: {
    message_id: "'msg_' || copy.hex || (select m.position from life_message m where m.id = x.message_id)",
  },
  inbox: {
    id: "'00000000' || copy.act_id || right(x.id, 12)",
    webhook_id: "'evt_payout-' || copy.act_id",
    claim_key: "x.source || ':evt_payout-' || copy.act_id",
    act_id: "copy.act_id",
  },
  form: { act_id: "copy.act_id", tail: "'\\x00'::bytea" },
};

/**
 * Fills a Postgres database with copies of the single act, with new keys and texts of real length. Indexes are built
 * afterwards, as full as Postgres builds indexes. The bench's events ask for other payouts.
 */
export async function seedPostgres(url: string, acts: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const run = (sql: string) => client.query(sql);
  await run("set synchronous_commit = off; set maintenance_work_mem = '1GB'; set work_mem = '256MB'");
  const { rows: indexes } = await run(`select i.indexname as name, i.indexdef as sql from pg_indexes i
    where i.schemaname = 'public' and not exists (select 1 from pg_constraint c where c.conname = i.indexname)`);
  for (const { name } of indexes) await run(`drop index ${name}`);
  for (const table of Object.keys(KEYS)) await run(`create temp table life_${table} as select * from ${table}`);
  await run(`create temp table copy as
    select no, spread, act_id, replace(act_id, '-', '') as hex, (select max(position) from act) + no as act from (
      select no, spread, spread || '-0000-5000-8000-' || lpad(to_hex(no), 12, '0') as act_id from (
        select no, lpad(to_hex((no * 2246822519) % 4294967296), 8, '0') as spread
        from generate_series(1, ${acts}::bigint) no) a) b`);
  for (const [table, keys] of Object.entries(KEYS)) await copyRows(client, table, keys);
  for (const { sql } of indexes) await run(sql);
  await run("select setval(pg_get_serial_sequence('act', 'position'), (select max(position) from act))");
  await run("vacuum analyze");
  await run("checkpoint");
  await client.end();
}

async function copyRows(client: pg.Client, table: string, keys: Readonly<Record<string, string>>): Promise<void> {
  const { rows } = await client.query(
    "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1",
    [table],
  );
  const columns = rows.map(({ name }) => String(name)).filter((name) => table === "act" || name !== "position");
  const own: Readonly<Record<string, string>> = table === "act" ? { ...keys, position: "copy.act" } : keys;
  const values = columns.map((name) => own[name] ?? `x.${name}`);
  await client.query(`insert into ${table} (${columns.join(", ")}) overriding system value
    select ${values.join(", ")} from copy cross join life_${table} x order by copy.no`);
}
