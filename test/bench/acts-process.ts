import { copyFileSync, rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { createSecret, importSecrets, sign, verify, type WebhookHeaders } from "../../core/webhook.ts";
import { childSettings, serveParent } from "./child.ts";
import { requestBody } from "./events.ts";
import { type Parts, profiled, type Shares } from "./profile.ts";
import { relayOn } from "./relay-on.ts";
import { createRecorder, replay } from "./replay.ts";

/** One run of whole acts, from the signed request to the settled `act.ready`. */
export interface ActsResult {
  readonly ms: number;
  readonly cpuMs: number;
  /** The same writes on a copy of the same file, with nothing around them. */
  readonly floor?: { readonly ms: number; readonly cpuMs: number };
  readonly shares?: Shares;
  /** Transactions and statements of one act. */
  readonly commits?: number;
  readonly statements?: number;
}

interface Question {
  readonly from: number;
  readonly count: number;
  readonly mode: "run" | "floor" | "profile";
}

/** Asked for side by side: as many as a platform has workers. */
const SIDE_BY_SIDE = 32;

const PARTS: Parts = [
  ["idle", /^\(idle\)/],
  ["waiting for the disk", /^(commit|begin) .*server\/db\/sqlite/],
  ["running statements", /server\/db\/sqlite/],
  ["reading", /server\/db\/store-(acts|records|queue)/],
  ["making statements", /server\/db\//],
  ["printing", /core\/print\//],
  ["adapter", /adapters\/mock\//],
  ["verifying and parsing", /core\/(webhook|inbound|wire|contractor|issues|requisites|date)\.ts|valibot/],
  ["webhook out", /core\/relay\/outbox|server\/links/],
  ["deciding", /core\//],
  ["loop", /server\/loop/],
];

const { file } = childSettings<{ file: string }>();
const secret = createSecret();
const keys = await importSecrets(secret);
const recorder = createRecorder();
let left = 0;
let finished = () => {};
const { relay, startLoop, config } = await relayOn({ file, secret, watch: recorder.watch, fetch: delivered });
await relay.prepare();
await startLoop();

serveParent(async ({ from, count, mode }: Question): Promise<ActsResult> => {
  const events = await Promise.all(Array.from({ length: count }, (_, n) => signedEvent(from + n)));
  if (mode === "run") return through(events);
  if (mode === "profile") {
    let result: ActsResult = { ms: 0, cpuMs: 0 };
    const shares = await profiled(PARTS, async () => {
      result = await through(events);
    });
    return { ...result, shares };
  }
  const copy = copied();
  recorder.start();
  const result = await through(events);
  const groups = recorder.stop();
  const floor = replay(copy, groups);
  rmSync(copy);
  return { ...result, floor, commits: groups.length / count, statements: groups.flat().length / count };
});

interface Signed {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: WebhookHeaders;
}

async function signedEvent(n: number): Promise<Signed> {
  const body = requestBody(n, Date.now());
  return { body, headers: await sign({ id: `act_${n}`, timestamp: Math.floor(Date.now() / 1000), body, keys }) };
}

/** Sends the events in and waits until the platform has been told of each act. */
async function through(events: readonly Signed[]): Promise<ActsResult> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  left = events.length;
  const told = new Promise<void>((resolve) => {
    finished = resolve;
  });
  let next = 0;
  const work = Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) await take(event);
  });
  await Promise.all([...work, told]);
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

async function take({ body, headers }: Signed): Promise<void> {
  const verified = await verify({ headers: { ...headers }, body, keys: config.platform.inbound.keys, now: Date.now() });
  if (!verified.ok) throw new Error(`The event was refused: ${verified.code}`);
  await relay.receive({ source: "platform", webhookId: verified.id, body });
}

/** The platform: every webhook of these acts is an `act.ready`. */
async function delivered(): Promise<Response> {
  left -= 1;
  // The last one counts when it is settled, which takes a few turns more.
  if (left === 0) setTimeout(finished, 0);
  return new Response(null, { status: 204 });
}

/** The file as it is now, under another name. */
function copied(): string {
  const database = new Sqlite(file);
  database.pragma("wal_checkpoint(truncate)");
  database.close();
  copyFileSync(file, `${file}.copy`);
  return `${file}.copy`;
}
