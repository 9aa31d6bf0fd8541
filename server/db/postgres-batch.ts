import type { ClientBase, Connection, Submittable } from "pg";
import pg from "pg";
import type { SqlQuery, SqlRow } from "./driver.ts";

/** Maximum number of statements that a connection keeps prepared. The store has far fewer statements. */
const MAX_PREPARED = 300;

/** Type of a 64-bit integer. Our columns hold times and counts, which fit a JavaScript number exactly. */
const INT8 = 20;
const TEXT = 25;

/** A column that `pg` passes to a query: https://www.postgresql.org/docs/current/protocol-message-formats.html */
interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}
type Parse = (text: string) => unknown;

/** Names of the prepared statements by connection. A prepared statement survives a rollback. */
const prepared = new WeakMap<Connection, Set<string>>();
/** Statement names by SQL text, the same on all connections. */
const names = new Map<string, string>();
let generation = 1;

function getStatementName(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  // A statement without a name is prepared for one run.
  if (names.size >= MAX_PREPARED) return "";
  const name = `s${generation}_${names.size + 1}`;
  names.set(sql, name);
  return name;
}

/** Makes every statement prepare again: a migration has changed the columns of prepared statements. */
export function prepareAnew(): void {
  names.clear();
  generation += 1;
}

/**
 * Runs statements as one transaction in one round trip. The client sends all statements and one Sync. The server
 * commits at the Sync, or rolls all statements back at the first error. A separate BEGIN could fail alone, and the
 * server would then commit the other statements one by one.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 * Resolves after the commit. Rejects with the server's error, or with the connection's error: then the commit is uncertain.
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

/** A query in the shape of `pg`. The client calls the methods in the order of the server's protocol messages. */
class Batch implements Submittable {
  /** Time limit in ms; 0: no limit. The client drops the connection after this time. */
  readonly query_timeout: number;
  /** The client replaces the callback when the client sets a timeout. */
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
          // A failed batch may have left the statement prepared.
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

  /** Handles an error of a statement, or of the commit after the last complete statement. */
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

  // The batch never asks for a row limit or COPY.
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

/** Postgres refuses U+0000, which a platform's answer may contain: U+FFFE and a 0 replace the character. */
function toText(text: string): string {
  if (!text.includes("\0") && !text.includes("\ufffe")) return text;
  return text.replaceAll("\ufffe", "\ufffe1").replaceAll("\0", "\ufffe0");
}

function fromText(text: string): string {
  return text.includes("\ufffe") ? text.replaceAll("\ufffe0", "\0").replaceAll("\ufffe1", "\ufffe") : text;
}
