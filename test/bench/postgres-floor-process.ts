import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import pg from "pg";
import { importSecrets } from "../../core/webhook.ts";
import { childSettings, serveParent } from "./child.ts";
import { compileLife, type Life, type Names, type Transaction } from "./life.ts";
import { usage } from "./usage.ts";

/*
 * The floor under a relay on Postgres: the same HTTP server, signature, rows and transactions, with plain `pg` only.
 * The floor has no validation, no decision and no search for work. All rows after an event are written at once.
 */

const { url, secret, whole } = childSettings<{ url: string; secret: string; whole: boolean }>();
const [key] = (await importSecrets(secret)).hmac;
const pool = new pg.Pool({ connectionString: url, max: 10 });
const names = new Map<string, string>();
let life: readonly Transaction[] = [];
let told = 0;

async function write(transaction: Transaction, act: Names, body: Uint8Array): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    for (const { sql, parameters } of transaction) {
      await client.query({ name: nameOf(sql), text: sql, values: parameters(act, body).map(toWire) });
    }
    await client.query("commit");
  } finally {
    client.release();
  }
}

function nameOf(sql: string): string {
  const name = names.get(sql) ?? `s${names.size}`;
  names.set(sql, name);
  return name;
}

function toWire(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

interface Event {
  readonly data: { readonly payoutId: string; readonly contractor: { readonly inn: string } };
}

const app = new Hono().post("/webhooks/platform", async (c) => {
  const { headers } = c.req.raw;
  const body = Buffer.from(await c.req.arrayBuffer());
  const webhookId = headers.get("webhook-id") ?? "";
  const signature = Buffer.from((headers.get("webhook-signature") ?? "").slice(3), "base64");
  const signed = Buffer.concat([Buffer.from(`${webhookId}.${headers.get("webhook-timestamp")}.`), body]);
  if (!(await crypto.subtle.verify("HMAC", key!, signature, signed))) return c.body(null, 401);
  const { data } = JSON.parse(body.toString()) as Event;
  const act = {
    actId: randomUUID(),
    payoutId: data.payoutId,
    inn: data.contractor.inn,
    webhookId,
    inboxId: randomUUID(),
  };
  const [accept, ...rest] = life as [Transaction, ...Transaction[]];
  await write(accept, act, body);
  if (whole) void finish(rest, act, body);
  return c.json({ actId: act.actId, duplicate: false }, 202);
});

async function finish(rest: readonly Transaction[], act: Names, body: Uint8Array): Promise<void> {
  for (const transaction of rest) await write(transaction, act, body);
  told += 1;
}

const server = createAdaptorServer({ fetch: app.fetch }) as Server;
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
serveParent((question: { type: "usage" } | { type: "told" } | { type: "life"; life: Life }) => {
  switch (question.type) {
    case "usage":
      return usage(port);
    case "told":
      return told;
    case "life":
      life = compileLife(question.life);
      return null;
  }
});
