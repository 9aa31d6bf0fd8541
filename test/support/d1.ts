import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { encodeBase64 } from "../../core/base64.ts";
import type { SqlDriver, SqlQuery } from "../../server/db/driver.ts";

/** A request to the worker. Bytes are `{ base64 }`. */
export interface D1Request {
  readonly method: "read" | "write";
  readonly queries: readonly SqlQuery[];
}

/** The worker's answer. */
export type D1Answer = { readonly result: unknown } | { readonly error: string };

/** D1 in a real workerd process, and the driver in there, too. */
export interface D1Server {
  /** Passes everything on to the driver in workerd. */
  driver(): SqlDriver;
  /** Ends the process and starts it anew on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts workerd with an empty D1 in a temporary folder. */
export async function startD1(): Promise<D1Server> {
  const folder = await mkdtemp(join(tmpdir(), "relay-d1-"));
  const options = convertV4MiniflareOptions({
    modules: true,
    script: await bundled(),
    compatibilityDate: "2026-10-01",
    d1Databases: { DB: "relay" },
    resourcePersistencePath: folder,
    cf: false,
    telemetry: { enabled: false },
  });
  let runtime = new Miniflare(options);
  let url = await runtime.ready;

  async function ask(method: D1Request["method"], queries: readonly SqlQuery[]): Promise<unknown> {
    const body = JSON.stringify({ method, queries: queries.map(toJson) } satisfies D1Request);
    const response = await fetch(url, { method: "POST", body });
    const answer = (await response.json()) as D1Answer;
    if ("error" in answer) throw new Error(answer.error);
    return answer.result;
  }

  return {
    driver: () => ({
      dialect: "sqlite",
      read: (query) => ask("read", [query]) as ReturnType<SqlDriver["read"]>,
      write: (queries) => ask("write", queries) as ReturnType<SqlDriver["write"]>,
      close: async () => {},
    }),
    async restart() {
      await runtime.dispose();
      runtime = new Miniflare(options);
      url = await runtime.ready;
    },
    async close() {
      await runtime.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

/** Names of the tables that the migrations have made. */
export async function tablesOf(driver: SqlDriver): Promise<readonly string[]> {
  const rows = await driver.read(plain("select name from sqlite_master where type = 'table'"));
  // SQLite's and D1's own ones are neither to be read nor written.
  return rows.map(({ name }) => String(name)).filter((name) => !/^(sqlite|_cf)_/.test(name));
}

/** Runs a statement for each of some tables, in any order of their foreign keys. */
export async function eachTable(driver: SqlDriver, tables: readonly string[], words: string): Promise<void> {
  const result = await driver.write([
    plain("pragma defer_foreign_keys = on"),
    ...tables.map((name) => plain(`${words} ${name}`)),
  ]);
  if (!result.ok) throw new Error(`${words}: a constraint was broken`);
}

function plain(sql: string): SqlQuery {
  return { sql, parameters: [] };
}

function toJson({ sql, parameters }: SqlQuery): SqlQuery {
  const bytes = (value: unknown) => (value instanceof Uint8Array ? { base64: encodeBase64(value) } : value);
  return { sql, parameters: parameters.map(bytes) };
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("d1-worker.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
  });
  return outputFiles[0]!.text;
}
