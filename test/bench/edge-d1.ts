import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Sqlite from "better-sqlite3";

/** A played D1, out of the process whose CPU is measured. */
export interface PlayedD1 {
  readonly url: string;
  /** Returns the number of calls until now. */
  calls(): number;
  close(): Promise<void>;
}

interface Asked {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/**
 * Answers batches in D1's own shapes: parameters and values as JSON, bytes as lists of numbers. An empty batch is
 * answered with an empty list.
 */
export async function playD1(): Promise<PlayedD1> {
  const database = new Sqlite(":memory:");
  database.pragma("foreign_keys = on");
  const prepared = new Map<string, Sqlite.Statement<unknown[]>>();
  let calls = 0;

  const run = database.transaction((batch: readonly Asked[]) =>
    batch.map(({ sql, params }) => {
      const statement = prepared.get(sql) ?? database.prepare<unknown[]>(sql);
      prepared.set(sql, statement);
      const given = params.map((value) => (Array.isArray(value) ? Buffer.from(value) : value));
      if (statement.reader) return statement.all(...given);
      statement.run(...given);
      return [];
    }),
  );

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      calls += 1;
      response.end(JSON.stringify(answer(run, Buffer.concat(chunks).toString()), asLists));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
    },
  };
}

function answer(run: (batch: readonly Asked[]) => unknown[][], body: string): object {
  try {
    return { results: run(JSON.parse(body) as Asked[]) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A Buffer has become `{ type, data }` by the time it gets here. */
function asLists(_: string, value: unknown): unknown {
  const bytes = value as { readonly type?: string; readonly data?: unknown } | null;
  return typeof value === "object" && bytes?.type === "Buffer" ? bytes.data : value;
}

/**
 * Writes a module around the worker, with the played database and a queue without effect. A call of `/wake-up` does the
 * wake-up.
 */
export function overPlayedD1(url: string): string {
  return `
import worker from "./worker.js";
async function ask(batch) {
  const response = await fetch("${url}", { method: "POST", body: JSON.stringify(batch) });
  const { results, error } = await response.json();
  if (error !== undefined) throw new Error("D1_ERROR: " + error);
  return results.map((rows) => ({ results: rows }));
}
const plain = (value) => (value instanceof Uint8Array ? Array.from(value) : value);
const DB = {
  ask,
  prepare: (sql) => ({
    bind(...params) {
      const asked = { sql, params: params.map(plain) };
      return { asked, all: async () => (await ask([asked]))[0] };
    },
  }),
  batch: (statements) => ask(statements.map(({ asked }) => asked)),
};
const WAKE_UPS = { send: async () => {} };
let own;
const over = (env) => (own ??= { ...env, DB, WAKE_UPS });
export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/wake-up") return worker.fetch(request, over(env), context);
    await worker.queue({ messages: [], retryAll() { throw new Error("The wake-up failed"); } }, over(env));
    return new Response(null, { status: 204 });
  },
};`;
}
