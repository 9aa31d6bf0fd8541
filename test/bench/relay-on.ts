import { createGrowingIds } from "../../core/ids.ts";
import { createRelay, type Relay } from "../../core/relay/index.ts";
import type { Store } from "../../core/store.ts";
import { createSecret } from "../../core/webhook.ts";
import { type ConnectedAdapter, createAdapter } from "../../server/adapters.ts";
import { type Config, readConfig } from "../../server/config/index.ts";
import type { SqlDriver } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openPostgres } from "../../server/db/postgres.ts";
import { openReminders, type Reminders } from "../../server/db/postgres-reminders.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { createLinks, type DocumentLinks } from "../../server/http/links.ts";
import type { Log } from "../../server/log.ts";
import { computeNodeDigest } from "../../server/node/digest.ts";
import { type Loop, startLoop } from "../../server/node/loop.ts";
import { createRelayOptions } from "../../server/relay-options.ts";
import { createSecureRandom } from "../../server/secure-random.ts";

/** Options of {@link relayOn}. */
export interface BenchRelayOptions {
  /** A SQLite file, or the address of a Postgres database. */
  readonly file: string;
  /** The platform's secret. */
  readonly secret: string;
  readonly log?: Log;
  /** Default: the mock. */
  readonly connected?: ConnectedAdapter;
  /** Calls to 1C side by side; default: as the server has it. */
  readonly concurrency?: number;
  /** Looks at every statement on its way; default: nobody does. */
  readonly watch?: (driver: SqlDriver) => SqlDriver;
  /** Takes what is sent to the platform; default: answers 204. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** A relay with all parts of a server. The bench starts the loop by hand. */
export interface BenchRelay {
  readonly config: Config;
  readonly relay: Relay;
  readonly store: Store;
  readonly links: DocumentLinks;
  startLoop(): Promise<Loop>;
  close(): Promise<void>;
}

/** Makes a relay over a database and the mock or another 1C, as `serve` does with its default settings. */
export async function relayOn(options: BenchRelayOptions): Promise<BenchRelay> {
  const { file, log = () => {}, watch = (driver) => driver } = options;
  const config = await readConfig({
    DATABASE_URL: isPostgres(file) ? file : `file:${file}`,
    PLATFORM_URL: "http://127.0.0.1:65535/hooks",
    PLATFORM_INBOUND_SECRET: options.secret,
    PLATFORM_OUTBOUND_SECRET: createSecret(),
    DOCUMENT_SECRET: "bench-document-secret-bench-document-secret",
    API_TOKEN: "bench-token-bench-token-bench",
    ...(options.concurrency === undefined ? {} : { ONEC_MAX_CONCURRENCY: String(options.concurrency) }),
  });
  const clock = () => Date.now();
  const driver = watch(isPostgres(file) ? openPostgres(file) : openSqlite(file));
  await migrate(driver);
  const reminders: Reminders | null = isPostgres(file) ? await openReminders(file, clock, log) : null;
  const store = createSqlStore(driver, reminders?.beside);
  const connected = options.connected ?? createAdapter(config, { clock });
  const { secrets, ttlDays } = config.documents;
  const links = createLinks({ secrets, publicUrl: "http://127.0.0.1:65535", ttlDays, clock });
  let loop: Loop | null = null;
  const relay = createRelay({
    ...createRelayOptions(config, connected, config.platform.url, computeNodeDigest),
    store,
    documentLink: (actId, sha256) => links.sign(actId, sha256),
    fetch: options.fetch ?? (async () => new Response(null, { status: 204 })),
    clock,
    random: Math.random,
    newId: createGrowingIds(clock, createSecureRandom()),
    log,
    onWork: (lanes) => loop?.wake(lanes),
  });
  return {
    config,
    relay,
    store,
    links,
    async startLoop() {
      await reminders?.start({ look: (lanes) => loop?.wake(lanes), sweep: () => relay.sweep() });
      loop = startLoop({ relay, clock, log, ...(reminders === null ? {} : { sweeps: false }) });
      return loop;
    },
    async close() {
      await loop?.stop(1_000);
      await reminders?.stop();
      await store.close();
    },
  };
}

function isPostgres(file: string): boolean {
  return file.startsWith("postgres:");
}
