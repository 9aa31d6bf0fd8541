import type { ClientBase, Connection, Submittable } from "pg";
import pg from "pg";
import type { SqlQuery, SqlRow } from "./driver.ts";

/** Most statements that a connection keeps prepared. Listings have a few shapes each, so the store never gets there. */
const MAX_PREPARED = 300;

/** Type of a 64-bit integer. All of ours are times and counts, which a number holds exactly. */
const INT8 = 20;
const TEXT = 25;

/** What the parts of `pg` pass to a query: https://www.postgresql.org/docs/current/protocol-message-formats.html */
interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}
type Parse = (text: string) => unknown;

/** Names of the statements that each connection has prepared. They outlive a transaction that was rolled back. */
const prepared = new WeakMap<Connection, Set<string>>();
/** Name of each statement's text, the same on all connections. */
const names = new Map<string, string>();
let generation = 1;

function getStatementName(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  // Without a name a statement is prepared for this once.
  if (names.size >= MAX_PREPARED) return "";
  const name = `s${generation}_${names.size + 1}`;
  names.set(sql, name);
  return name;
}

/** From now on every statement is prepared anew: a migration has changed what the prepared ones would answer. */
export function prepareAnew(): void {
  names.clear();
  generation += 1;
}

/**
 * Runs statements as one transaction in one round trip: they are sent together, with a single Sync behind them, and the
 * server commits at the Sync or takes all of them back at the first error. There is no BEGIN that could fail by itself
 * and leave the rest to be committed one by one.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 *
 * Resolves when the server has committed. Rejects with the server's error, or with the connection's: then nobody knows
 * whether it did.
 */
export function runBatch(
  client: ClientBase,
  queries: readonly SqlQuery[],
  timeoutMs: number,
): Promise<readonly (readonly SqlRow[])[]> {
  return new Promise((resolve, reject) => {
    client.query(new Batch(queries, timeoutMs, (error, rows) => (error === null ? resolve(rows) : reject(error))));
  });
}

/** A query as `pg` wants it. Its methods are called by the client, in the order of the server's messages. */
class Batch implements Submittable {
  /** Read by the client, which gives up on the connection after so many milliseconds; 0: never. */
  readonly query_timeout: number;
  /** Replaced by the client when it sets a timeout. */
  callback: (error: Error | null, rows: readonly (readonly SqlRow[])[]) => void;
  readonly #queries: readonly SqlQuery[];
  readonly #names: readonly string[];
  readonly #rows: SqlRow[][] = [];
  #current: SqlRow[] = [];
  #fields: readonly { readonly name: string; readonly parse: Parse }[] = [];
  #failed = false;

  constructor(queries: readonly SqlQuery[], timeoutMs: number, callback: Batch["callback"]) {
    this.#queries = queries;
    this.#names = queries.map(({ sql }) => getStatementName(sql));
    this.query_timeout = timeoutMs;
    this.callback = callback;
  }

  submit(connection: Connection): void {
    const known = prepared.get(connection) ?? new Set<string>();
    prepared.set(connection, known);
    const sent = new Set<string>();
    connection.stream.cork();
    try {
      for (const [at, { sql, parameters }] of this.#queries.entries()) {
        const name = this.#names[at] ?? "";
        if (!known.has(name) && !sent.has(name)) {
          // A batch that failed may have left it prepared.
          if (name !== "") connection.close({ type: "S", name }, true);
          connection.parse({ name, text: sql, types: [] }, true);
          if (name !== "") sent.add(name);
        }
        connection.bind({ portal: "", statement: name, values: parameters.map(toWire) as string[] }, true);
        connection.describe({ type: "P", name: "" }, true);
        connection.execute({ portal: "", rows: "" }, true);
      }
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const cells = this.#fields.map(({ name, parse }, at) => {
      const text = fields[at] ?? null;
      return [name, text === null ? null : parse(text)] as const;
    });
    this.#current.push(Object.fromEntries(cells));
  }

  handleCommandComplete(_: unknown, connection: Connection): void {
    const name = this.#names[this.#rows.length] ?? "";
    this.#rows.push(this.#current);
    this.#current = [];
    this.#fields = [];
    if (name !== "") prepared.get(connection)?.add(name);
  }

  /** Also of the commit itself, which comes after the last statement is complete. */
  handleError(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.callback(error, []);
  }

  handleReadyForQuery(): void {
    if (!this.#failed) this.callback(null, this.#rows);
  }

  handleEmptyQuery(): void {
    this.#rows.push([]);
  }

  // Neither a limit of rows nor COPY is ever asked for.
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

function parserOf(type: number): Parse {
  if (type === INT8) return Number;
  return type === TEXT ? fromText : (pg.types.getTypeParser(type, "text") as Parse);
}

function toWire(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return toText(String(value));
}

/** Postgres keeps every character but U+0000, which a platform's answer may well have: it is kept as U+FFFE and a 0. */
function toText(text: string): string {
  if (!text.includes("\0") && !text.includes("\ufffe")) return text;
  return text.replaceAll("\ufffe", "\ufffe1").replaceAll("\0", "\ufffe0");
}

function fromText(text: string): string {
  return text.includes("\ufffe") ? text.replaceAll("\ufffe0", "\0").replaceAll("\ufffe1", "\ufffe") : text;
}
