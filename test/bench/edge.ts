import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { createSecret } from "../../core/webhook.ts";
import { makeContractorData } from "../support/builders.ts";
import { listen } from "../support/process.ts";
import { sendSigned } from "../support/signed.ts";
import { bundleWorker, startWorkerd } from "../support/workerd.ts";
import { overPlayedD1, type PlayedD1, playD1 } from "./edge-d1.ts";
import { type BenchRow, figure, median } from "./row.ts";

const STARTS = 5;
const EVENTS = 100;
const ROUNDS = 5;
const PER_ROUND = 64;
const PUBLIC_URL = "https://relay.example";

/**
 * Measures the worker in a real workerd process. Linux counts the CPU time of the whole process over many requests.
 * Another process plays D1, since a real D1 runs elsewhere too. The floor is a worker with equal calls of D1 and nothing
 * else.
 */
export async function benchEdge(): Promise<BenchRow[]> {
  const { script } = await bundleWorker();
  const gzipped = gzipSync(script, { level: 9 }).length;
  return [
    {
      group: "edge",
      name: "the worker, KB gzipped; as it is",
      value: `${figure(gzipped / 1000)}; ${figure(Buffer.byteLength(script) / 1000)}`,
    },
    await startRow(script),
    await acceptedRow(),
    ...(await cpuRows(script)),
  ];
}

interface Secrets {
  readonly inbound: string;
  readonly settings: Readonly<Record<string, string>>;
}

function makeSecrets(platformUrl: string): Secrets {
  const inbound = createSecret();
  const settings = {
    PUBLIC_URL,
    PLATFORM_URL: platformUrl,
    PLATFORM_INBOUND_SECRET: inbound,
    PLATFORM_OUTBOUND_SECRET: createSecret(),
    DOCUMENT_SECRET: createSecret(),
    API_TOKEN: "token-of-the-bench-0123456789",
    ACCOUNTING: "mock",
    LOG_LEVEL: "error",
  };
  return { inbound, settings };
}

let sent = 0;

function request(url: string, { inbound }: Secrets): Promise<unknown> {
  sent += 1;
  const requestedAt = new Date().toISOString();
  const contractor = makeContractorData(1_000 + sent);
  return sendSigned(url, inbound, "act.requested", {
    payoutId: `p-${sent}`,
    requestedAt,
    amount: "15000.00",
    contractor,
  });
}

/** From the start of a process to its first answer; the runtime around both is the same. */
async function startRow(script: string): Promise<BenchRow> {
  const [own, floors, cpu]: [number[], number[], number[]] = [[], [], []];
  for (let n = 0; n < STARTS; n += 1) {
    const d1 = await playD1();
    const secrets = makeSecrets("http://127.0.0.1:65535");
    const ours = await firstAnswer(d1, script, secrets.settings, ({ url }) => request(url, secrets));
    const floor = await firstAnswer(d1, FLOOR, {}, async ({ url }) => drained(await fetch(`${url}/?calls=1`)));
    own.push(ours.ms);
    floors.push(floor.ms);
    cpu.push(ours.cpu - floor.cpu);
    await d1.close();
  }
  return {
    group: "edge",
    name: "process and worker started → first event accepted, its tables made, ms",
    value: figure(median(own)),
    ratio: median(own.map((ms, n) => floors[n]! / ms)).toFixed(2),
    floor: figure(median(floors)),
    note: `CPU beyond the floor's: ${figure(median(cpu))} ms`,
  };
}

async function firstAnswer(
  d1: PlayedD1,
  script: string,
  bindings: Readonly<Record<string, string>>,
  ask: (worker: Started) => Promise<unknown>,
): Promise<{ readonly ms: number; readonly cpu: number }> {
  let worker: Started | undefined;
  const ms = await timed(async () => {
    worker = await startOver(d1, script, bindings);
    await ask(worker);
  });
  const cpu = worker?.cpu() ?? 0;
  await worker?.close();
  return { ms, cpu };
}

/** Measures requests in sequence, each after the end of the former. */
async function acceptedRow(): Promise<BenchRow> {
  const told: string[] = [];
  const platform = await listen((_, body, response) => {
    told.push(body.toString());
    response.writeHead(204).end();
  });
  const secrets = makeSecrets(platform.url);
  const workerd = await startWorkerd(secrets.settings);
  const [accepted, done]: [number[], number[]] = [[], []];
  for (let n = 1; n <= EVENTS; n += 1) {
    const began = performance.now();
    await request(workerd.url(), secrets);
    accepted.push(performance.now() - began);
    while (told.length < n) await new Promise((resolve) => setTimeout(resolve, 1));
    done.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await workerd.close();
  await platform.close();
  return {
    group: "edge",
    name: "signed event → accepted; → act made, printed, told; medians, ms",
    value: `${figure(median(accepted))}; ${figure(median(done))}`,
    note: "D1 and the queue run in the same process",
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** A worker with a number of calls of D1. */
const FLOOR = `
async function ask(env, times) { for (let n = 0; n < times; n += 1) await env.DB.ask([]); }
export default {
  async fetch(request, env) {
    await request.arrayBuffer();
    await ask(env, Number(new URL(request.url).searchParams.get("calls")));
    return new Response(null, { status: 202 });
  },
};`;

interface Measured {
  /** Milliseconds a request. */
  readonly cpu: number;
  /** Questions to D1 a request. */
  readonly calls: number;
}

async function cpuRows(script: string): Promise<BenchRow[]> {
  const told: string[] = [];
  const platform = await listen((_, body, response) => {
    told.push(body.toString());
    response.writeHead(204).end();
  });
  const d1 = await playD1();
  const secrets = makeSecrets(platform.url);
  const own = await startOver(d1, script, secrets.settings);
  const floor = await startOver(d1, FLOOR, {});
  const rows: BenchRow[] = [];

  async function row(name: string, each: () => Promise<unknown>): Promise<void> {
    const { cpu, calls } = await measured(own, d1, each);
    const beside = await measured(floor, d1, async () =>
      drained(await fetch(`${floor.url}/?calls=${Math.round(calls)}`)),
    );
    const note = `of it ours: ${figure(Math.max(0, cpu - beside.cpu))}; D1 asked ${figure(calls)} times`;
    rows.push({ group: "edge", name, value: figure(cpu), floor: figure(beside.cpu), note });
  }

  // Before any others wait: a call takes the oldest first.
  await row("CPU of an act, its event included: made, printed, told; ms", async () => {
    await request(own.url, secrets);
    await drained(await fetch(`${own.url}/wake-up`));
  });
  await row("CPU of an accepted event, ms", () => request(own.url, secrets));
  const { url } = (JSON.parse(told[0]!) as { data: { pdf: { url: string } } }).data.pdf;
  const link = url.replace(PUBLIC_URL, own.url);
  await row("CPU of a printed form at its link, ms", async () => drained(await fetch(link)));
  await own.close();
  await floor.close();
  await d1.close();
  await platform.close();
  return rows;
}

/** Reads a whole answer. Throws unless the answer is a success. */
async function drained(response: Response): Promise<void> {
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${body}`);
}

interface Started {
  readonly url: string;
  /** Returns the CPU time of this workerd until now, ms. */
  cpu(): number;
  close(): Promise<void>;
}

/** Starts a worker whose database is the played one. */
async function startOver(d1: PlayedD1, script: string, bindings: Readonly<Record<string, string>>): Promise<Started> {
  const before = new Set(workerds());
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      name: "bench",
      modules: [
        { type: "ESModule", path: "over.js", contents: overPlayedD1(d1.url) },
        { type: "ESModule", path: "worker.js", contents: script },
      ],
      compatibilityDate: "2026-10-01",
      bindings,
      unsafeDirectSockets: [{ port: 0 }],
      cf: false,
      telemetry: { enabled: false },
    }),
  );
  const url = (await runtime.unsafeGetDirectURL("bench")).origin;
  const pid = workerds().find((each) => !before.has(each));
  if (pid === undefined) throw new Error("No workerd has been started");
  return { url, cpu: () => cpuMs(pid), close: () => runtime.dispose() };
}

/** Warm, then rounds of many requests, since Linux counts in hundredths of a second; the median of the rounds. */
async function measured(worker: Started, d1: PlayedD1, each: () => Promise<unknown>): Promise<Measured> {
  const rounds: number[] = [];
  let calls = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [cpu, asked] = [worker.cpu(), d1.calls()];
    for (let n = 0; n < PER_ROUND; n += 1) await each();
    if (round > 0) rounds.push((worker.cpu() - cpu) / PER_ROUND);
    calls = (d1.calls() - asked) / PER_ROUND;
  }
  return { cpu: median(rounds), calls };
}

/** Lists the processes of workerd under this process. */
function workerds(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const [, name, fields = ""] = /\((.*)\) (.*)/.exec(stat(pid)) ?? [];
    return name === "workerd" && fields.split(" ")[1] === String(process.pid);
  });
}

function stat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // The process has ended meanwhile.
    return "";
  }
}

/** User and system time of a process, of all its threads, ms. */
function cpuMs(pid: string): number {
  const [, fields = ""] = /\) (.*)/.exec(stat(pid)) ?? [];
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * 10;
}
