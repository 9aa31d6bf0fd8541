import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

/** The configuration of a deployment. */
export const WRANGLER_TOML = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

/** Nothing is asked of anybody's servers. */
const OFFLINE = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };

/** A worker in the shape of `wrangler deploy`. */
export interface Bundle {
  readonly script: string;
  /** The output of wrangler. */
  readonly output: string;
}

let bundled: Promise<Bundle> | undefined;

/** Bundles the worker as `wrangler deploy` does, without sending it anywhere; once in a process. */
export function bundleWorker(): Promise<Bundle> {
  bundled ??= dryRun();
  return bundled;
}

async function dryRun(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "relay-worker-"));
  const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin", "wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--config", WRANGLER_TOML, "--outdir", folder];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...OFFLINE } });
  const script = await readFile(join(folder, "index.js"), "utf8");
  await rm(folder, { recursive: true });
  return { script, output: stdout + stderr };
}

/** Workers in a real workerd process, over one D1. The D1 outlives the process. */
export interface Workerd {
  /** Returns the address of a worker, by number. */
  url(worker?: number): string;
  /** Runs the cron trigger of one minute; `at`: this minute. */
  cron(worker?: number, at?: Date): Promise<void>;
  /** Wakes a worker through the worker's queue. */
  wakeUp(worker?: number): Promise<void>;
  /** Runs a statement on D1, as an operator may. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Lines of the workers' logs. */
  readonly lines: readonly string[];
  /** Messages without a further try of the queues. */
  readonly deadLetters: readonly unknown[];
  /** Ends the process and starts another over the same data. Messages in queues are lost. */
  restart(settings?: Settings): Promise<void>;
  close(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** Options of {@link startWorkerd}. */
export interface WorkerdOptions {
  /** Number of workers, each with an isolate and a queue, over one database. Default: 1. */
  readonly workers?: number;
  /** Gives the settings of a worker by number, besides the common settings. */
  readonly each?: (worker: number) => Settings;
  /** How often a queue gives again what was not taken, and after how many seconds. */
  readonly queue?: { readonly maxRetries?: number; readonly retryDelay?: number };
}

/** Starts the bundled worker with these settings, and everything else as `wrangler.toml` says. */
export async function startWorkerd(settings: Settings, options: WorkerdOptions = {}): Promise<Workerd> {
  const { workers = 1 } = options;
  const { script } = await bundleWorker();
  const folder = await mkdtemp(join(tmpdir(), "relay-workerd-"));
  const lines: string[] = [];
  const deadLetters: unknown[] = [];
  let runtime: Miniflare;
  let urls: readonly string[];

  function note(line: string): void {
    const [, letter] = /^dead letter (.*)$/.exec(line) ?? [];
    if (letter === undefined) lines.push(line);
    else deadLetters.push(JSON.parse(letter));
  }

  async function start(given: Settings): Promise<void> {
    const numbers = Array.from({ length: workers }, (_, n) => n);
    runtime = new Miniflare(
      convertV4MiniflareOptions({
        workers: [...numbers.map((n) => theWorker(script, n, given, options)), undertaker()],
        resourcePersistencePath: folder,
        handleStructuredLogs: ({ message }) => note(message),
        cf: false,
        telemetry: { enabled: false },
      }),
    );
    await runtime.ready;
    urls = await Promise.all(numbers.map(async (n) => (await runtime.unsafeGetDirectURL(nameOf(n))).origin));
  }

  await start(settings);
  return {
    url: (n = 0) => urls[n]!,
    async cron(n = 0, at = new Date()) {
      const { outcome } = await (await runtime.getWorker(nameOf(n))).scheduled({ scheduledTime: at });
      if (outcome !== "ok") throw new Error(`The cron trigger ended with ${outcome}:\n${lines.join("\n")}`);
    },
    async wakeUp(n = 0) {
      await (await runtime.getQueueProducer("WAKE_UPS", nameOf(n))).send({ at: Date.now() });
    },
    async sql(text) {
      return (await (await runtime.getD1Database("DB", nameOf(0))).prepare(text).all()).results;
    },
    lines,
    deadLetters,
    async restart(given = settings) {
      await runtime.dispose();
      await start(given);
    },
    async close() {
      await runtime.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

const nameOf = (n: number) => `worker-${n}`;

interface Consumer {
  readonly queue: string;
  readonly options: { readonly deadLetterQueue?: string };
}

/** Reads `wrangler.toml` into the runtime's options, with the one queue. */
function configured(): { readonly options: object; readonly consumer: Consumer } {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(WRANGLER_TOML);
  const { queueConsumers = {} } = workerOptions as { queueConsumers?: Record<string, Consumer["options"]> };
  const [[queue, options], ...others] = Object.entries(queueConsumers) as [[string, Consumer["options"]]];
  if (others.length > 0) throw new Error("wrangler.toml has more than one queue to consume");
  return { options: workerOptions, consumer: { queue, options } };
}

function theWorker(script: string, n: number, given: Settings, { each, queue }: WorkerdOptions): V4WorkerOptions {
  const { options, consumer } = configured();
  const name = n === 0 ? consumer.queue : `${consumer.queue}-${n}`;
  return {
    ...options,
    name: nameOf(n),
    modules: [{ type: "ESModule", path: "worker.js", contents: script }],
    // The bindings of the file are examples.
    bindings: { ...given, ...each?.(n) },
    queueProducers: { WAKE_UPS: { queueName: name } },
    queueConsumers: { [name]: { ...consumer.options, ...queue } },
    unsafeDirectSockets: [{ port: 0 }],
  };
}

/** Makes a worker for the dead messages of the queues. The worker prints each message to the log. */
function undertaker(): V4WorkerOptions {
  const script = `export default {
    fetch: () => new Response(null, { status: 404 }),
    queue({ messages }) { for (const { body } of messages) console.log("dead letter " + JSON.stringify(body)); },
  };`;
  const { deadLetterQueue } = configured().consumer.options;
  if (deadLetterQueue === undefined) throw new Error("wrangler.toml has no dead-letter queue");
  return {
    name: "undertaker",
    modules: [{ type: "ESModule", path: "undertaker.js", contents: script }],
    compatibilityDate: "2026-10-01",
    queueConsumers: { [deadLetterQueue]: { maxBatchTimeout: 0 } },
  };
}
