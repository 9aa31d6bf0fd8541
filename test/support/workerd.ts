import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

/** The configuration that is deployed. */
export const WRANGLER_TOML = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

/** Nothing is asked of anybody's servers. */
const OFFLINE = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };

/** A worker as `wrangler deploy` would send it. */
export interface Bundle {
  readonly script: string;
  /** What wrangler said. */
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
  const script = await readFile(join(folder, "worker.js"), "utf8");
  await rm(folder, { recursive: true });
  return { script, output: stdout + stderr };
}

/** Workers in a real workerd process, over one D1 that outlives it. */
export interface Workerd {
  /** Address of a worker, by its number. */
  url(worker?: number): string;
  /** The runtime as it is now. */
  runtime(): Miniflare;
  /** What cron does every minute. */
  cron(worker?: number, at?: Date): Promise<void>;
  /** Runs a statement on D1, as an operator may. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Lines of the workers' logs. */
  readonly lines: string[];
  /** Ends the process, and with it all that waits in queues, and starts it anew on the same data. */
  restart(settings?: Settings): Promise<void>;
  close(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** {@link startWorkerd} */
export interface WorkerdOptions {
  /** Each has its isolate and its queue; they share the database. Default: one. */
  readonly workers?: number;
  /** For how long a queue waits before it gives what has come, in seconds, and how often it gives it again. */
  readonly queue?: { readonly maxBatchTimeout?: number; readonly maxRetries?: number };
}

/** Starts the bundled worker with these settings, and everything else as `wrangler.toml` says. */
export async function startWorkerd(settings: Settings, options: WorkerdOptions = {}): Promise<Workerd> {
  const { script } = await bundleWorker();
  const folder = await mkdtemp(join(tmpdir(), "relay-workerd-"));
  const { workerOptions } = unstable_getMiniflareWorkerOptions(WRANGLER_TOML);
  const lines: string[] = [];
  let urls: string[] = [];
  let runtime = await start(settings);

  function worker(n: number, given: Settings): V4WorkerOptions {
    const [[queue, consumer]] = Object.entries(workerOptions.queueConsumers as Record<string, object>) as [
      [string, { deadLetterQueue?: string }],
    ];
    const name = (base: string) => (n === 0 ? base : `${base}-${n}`);
    return {
      ...(workerOptions as object),
      name: `worker-${n}`,
      modules: [{ type: "ESModule", path: "worker.js", contents: script }],
      bindings: given,
      queueProducers: { WAKE_UPS: { queueName: name(queue) } },
      queueConsumers: { [name(queue)]: { ...consumer, ...options.queue } },
      unsafeDirectSockets: [{ port: 0 }],
    } as V4WorkerOptions;
  }

  async function start(given: Settings): Promise<Miniflare> {
    const count = options.workers ?? 1;
    const started = new Miniflare(
      convertV4MiniflareOptions({
        workers: Array.from({ length: count }, (_, n) => worker(n, given)),
        resourcePersistencePath: folder,
        handleStructuredLogs: ({ message }) => void lines.push(message),
        unsafeTriggerHandlers: true,
        cf: false,
      }),
    );
    await started.ready;
    urls = [];
    for (let n = 0; n < count; n += 1) urls.push((await started.unsafeGetDirectURL(`worker-${n}`)).origin);
    return started;
  }

  return {
    url: (n = 0) => urls[n]!,
    runtime: () => runtime,
    async cron(n = 0, at = new Date()) {
      const { outcome } = await (await runtime.getWorker(`worker-${n}`)).scheduled({ scheduledTime: at });
      if (outcome !== "ok") throw new Error(`The cron trigger ended with ${outcome}:\n${lines.join("\n")}`);
    },
    async sql(text) {
      return (await (await runtime.getD1Database("DB", "worker-0")).prepare(text).all()).results;
    },
    lines,
    async restart(given = settings) {
      await runtime.dispose();
      runtime = await start(given);
    },
    async close() {
      await runtime.dispose();
      await rm(folder, { recursive: true });
    },
  };
}
