import { createSecret } from "../../core/webhook.ts";
import type { SqlQuery, SqlRow } from "../../server/db/driver.ts";
import { WAKES_SCHEMA } from "../../server/db/postgres.ts";
import { actRequest } from "./events.ts";
import { relayOn } from "./relay-on.ts";
import { connectStateless } from "./stateless-onec.ts";

/** Values unique to an act. */
export interface Names {
  readonly actId: string;
  readonly payoutId: string;
  readonly inn: string;
  readonly webhookId: string;
  readonly inboxId: string;
}

/** The relay's transactions in order, from the request of an act to the platform's webhook. */
export interface Life {
  readonly names: Names;
  /** The body of the request, which is among the parameters of the first transaction. */
  readonly body: Uint8Array;
  readonly transactions: readonly (readonly SqlQuery[])[];
}

/** Lets one act live over an empty Postgres database, and notes what is written. */
export async function recordLife(url: string): Promise<Life> {
  const transactions: (readonly SqlQuery[])[] = [];
  let recording = false;
  const bench = await relayOn({
    file: url,
    secret: createSecret(),
    connected: connectStateless(),
    watch: (driver) => ({
      ...driver,
      async write(queries) {
        const result = await driver.write(queries);
        if (recording && result.ok) transactions.push(...noted(queries.filter(isOwn), result.rows));
        return result;
      },
    }),
  });
  const { payoutId, ...rest } = actRequest(0, Date.now());
  const event = { type: "act.requested", timestamp: new Date().toISOString(), data: { payoutId, ...rest } };
  const body = new TextEncoder().encode(JSON.stringify(event));
  const webhookId = "evt_of-the-recorded-life";
  recording = true;
  const { actId } = await bench.relay.receive({ source: "platform", webhookId, body });
  await bench.relay.drain();
  const [entry] = (await bench.store.listInbox({ limit: 1 })).items;
  const act = await bench.store.getAct(actId ?? "");
  await bench.close();
  if (act?.status !== "ready" || entry === undefined) throw new Error("The act to be recorded is not ready");
  const names = { actId: act.id, payoutId, inn: rest.contractor.inn, webhookId, inboxId: entry.id };
  return { names, body, transactions };
}

/** Whether a statement is part of an act. A reminder for other processes comes once a second, not with each act. */
function isOwn({ sql }: SqlQuery): boolean {
  return !sql.includes(WAKES_SCHEMA);
}

/**
 * Replaces each claim by a plain write of the claimed row, since another process may already hold the row. A claim
 * without a row becomes no write.
 */
function noted(queries: readonly SqlQuery[], rows: readonly (readonly SqlRow[])[]): readonly (readonly SqlQuery[])[] {
  const at = queries.findIndex(({ sql }) => /^update "message"/.test(sql) && / limit /.test(sql));
  if (at < 0) return [queries];
  return (rows[at] ?? []).map(({ id, lease_owner, lease_until }) => [
    {
      sql: "update message set lease_owner = $1, lease_until = $2 where id = $3 returning *",
      parameters: [lease_owner, lease_until, id],
    },
  ]);
}

/** One transaction, to be given the names of an act. */
export type Transaction = readonly {
  readonly sql: string;
  readonly parameters: (names: Names, body: Uint8Array) => unknown[];
}[];

/** Prepares the transactions of a life for other acts. */
export function compileLife({ names, transactions }: Life): readonly Transaction[] {
  return transactions.map((queries) =>
    queries.map(({ sql, parameters }) => {
      const makers = parameters.map((value) => maker(value, names));
      return { sql, parameters: (other, body) => makers.map((make) => make(other, body)) };
    }),
  );
}

type Maker = (names: Names, body: Uint8Array) => unknown;

function maker(value: unknown, names: Names): Maker {
  if (value instanceof Uint8Array) return value.length > 3_000 ? () => value : (_, body) => body;
  if (typeof value !== "string") return () => value;
  const known: readonly (readonly [string, Maker])[] = [
    [names.actId, (other) => other.actId],
    // Ids of messages carry the act's.
    [names.actId.replaceAll("-", ""), (other) => other.actId.replaceAll("-", "")],
    [names.payoutId, (other) => other.payoutId],
    [names.inn, (other) => other.inn],
    [names.webhookId, (other) => other.webhookId],
    [names.inboxId, (other) => other.inboxId],
  ];
  const parts = value.split(new RegExp(`(${known.map(([text]) => text).join("|")})`));
  if (parts.length === 1) return () => value;
  const makers = parts.map((part): Maker => known.find(([text]) => text === part)?.[1] ?? (() => part));
  return (other, body) => makers.map((make) => make(other, body)).join("");
}
