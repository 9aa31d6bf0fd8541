import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import Sqlite from "better-sqlite3";
import { Hono } from "hono";
import { importSecrets } from "../../core/webhook.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { childSettings, serveParent } from "./child.ts";
import { usage } from "./usage.ts";

/*
 * The floor under accepting an event: the same HTTP server, signature, tables, rows and durability, and nothing else. No
 * validation, no decision, no hash of the body, no search for repeats; every statement written by hand.
 */

interface Request {
  readonly type: string;
  readonly data: { readonly payoutId: string; readonly contractor: { readonly inn: string; readonly kpp: string } };
}

const settings = childSettings<{ file: string; secret: string; port?: number }>();
const { file, secret } = settings;
const driver = openSqlite(file);
await migrate(driver);
await driver.close();
const [key] = (await importSecrets(secret)).hmac;
const database = new Sqlite(file);
database.pragma("journal_mode = wal");
database.pragma("synchronous = full");
database.pragma("wal_autocheckpoint = 4000");

const insertAct = database.prepare(
  "insert into act (id, payout_id, revision, status, inn, counterparty_key, awaits_payment, updated_at, data) values (?, ?, 1, 'requested', ?, ?, 0, ?, ?)",
);
const insertEvent = database.prepare(
  "insert into act_event (act, seq, type, at, actor, status, data) values (?, 1, 'act.requested', ?, 'platform', 'requested', '{\"revision\":1}')",
);
const insertMessage = database.prepare(
  "insert into message (id, lane, kind, act_id, act, queue_key, endpoint, payload, state, due_at, created_at, attempts, attempts_before, journal, lapsed) values (?, 'accounting', 'counterparty.upsert', ?, ?, ?, 'accounting', '{}', 'queued', ?, ?, 0, 0, '{}', 0)",
);
const insertInbox = database.prepare(
  "insert into inbox (id, source, webhook_id, claim_key, received_at, type, outcome, act_id, body_hash, body) values (?, 'platform', ?, ?, ?, ?, 'processed', ?, ?, ?)",
);
const HASH = "0".repeat(64);

let waiting: { write: () => void; done: () => void }[] = [];

function flush(): void {
  const group = waiting;
  waiting = [];
  database.exec("begin immediate");
  for (const { write } of group) write();
  database.exec("commit");
  for (const { done } of group) done();
}

function written(write: () => void): Promise<void> {
  return new Promise((done) => {
    waiting.push({ write, done });
    if (waiting.length === 1) setImmediate(flush);
  });
}

const app = new Hono().post("/webhooks/platform", async (c) => {
  const { headers } = c.req.raw;
  const body = Buffer.from(await c.req.arrayBuffer());
  const webhookId = headers.get("webhook-id") ?? "";
  const signature = Buffer.from((headers.get("webhook-signature") ?? "").slice(3), "base64");
  const signed = Buffer.concat([Buffer.from(`${webhookId}.${headers.get("webhook-timestamp")}.`), body]);
  if (!(await crypto.subtle.verify("HMAC", key!, signature, signed))) return c.body(null, 401);
  const text = body.toString();
  const { type, data } = JSON.parse(text) as Request;
  const actId = crypto.randomUUID();
  const now = Date.now();
  const { inn, kpp } = data.contractor;
  await written(() => {
    const { lastInsertRowid: act } = insertAct.run(actId, data.payoutId, inn, `7700000000:${inn}:${kpp}`, now, text);
    insertEvent.run(act, now);
    const messageId = `msg_${now.toString(16).padStart(12, "0")}${actId.replaceAll("-", "")}_1_0`;
    insertMessage.run(messageId, actId, act, `7700000000:${inn}`, now, now);
    insertInbox.run(crypto.randomUUID(), webhookId, `platform:${webhookId}`, now, type, actId, HASH, body);
  });
  return c.json({ actId, duplicate: false }, 202);
});

const server = createAdaptorServer({ fetch: app.fetch }) as Server;
await new Promise<void>((resolve) => server.listen(settings.port ?? 0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
serveParent(() => usage(port));
