import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./process.ts";

/** A real Postgres server of this test file's own. */
export interface PostgresServer {
  readonly port: number;
  /** Makes an empty database, or a copy of another database. Returns the address. */
  create(template?: string): Promise<string>;
  /** Ends the server: `fast` breaks off connections, `immediate` is as good as a power cut. */
  stop(how: "fast" | "immediate"): Promise<void>;
  /** Starts the server again on the same data and port. */
  start(): Promise<void>;
  /** Ends the server and deletes the data. */
  close(): Promise<void>;
}

/** Options of {@link startPostgres}. */
export interface ServerOptions {
  /** Waits for the disk as a real one does. Default: it does not, since no test cuts the machine's power. */
  readonly durable?: boolean;
}

/** The user of the server's process. The server refuses to run as root. */
interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const BIN = findBinaries();
const IDENTITY = process.getuid?.() === 0 ? identityOf("postgres") : undefined;

/** Tells why tests have no Postgres; null when tests have one. With REQUIRE_POSTGRES=1 the absence is a failure. */
export const NO_POSTGRES: string | null =
  process.env.REQUIRE_POSTGRES === "1"
    ? null
    : BIN === null
      ? "no Postgres server is installed"
      : IDENTITY === null
        ? "there is no user postgres to run the server as"
        : null;

/**
 * Starts a server: one per test file, at the file's first need. A start takes two seconds. A run of other tests starts
 * no server, and a file may restart the file's server. A watcher waits for the end of the test process, then ends the
 * server and deletes the server's folder.
 */
export async function startPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  if (BIN === null || IDENTITY === null) throw new Error("Postgres is required: install postgresql");
  const folder = mkdtempSync(join(tmpdir(), "relay-postgres-"));
  if (IDENTITY !== undefined) chownSync(folder, IDENTITY.uid, IDENTITY.gid);
  const data = join(folder, "data");
  const as = { ...IDENTITY, cwd: folder };
  const made = spawnSync(
    join(BIN, "initdb"),
    ["-D", data, "-U", "relay", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    { ...as, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    `fsync=${options.durable === true ? "on" : "off"}`,
  ].flatMap((setting) => ["-c", setting]);
  const watcher = [
    `"${join(BIN, "postgres")}" "$@" & server=$!`,
    "trap : TERM INT HUP",
    'read -r how; kill "-$how" $server 2>/dev/null || kill -QUIT $server',
    "wait $server",
    `[ -n "$how" ] || rm -rf "${folder}"`,
  ].join("\n");
  const urlOf = (name: string) => `postgres://relay@127.0.0.1:${port}/${name}`;
  let running: ChildProcess | null = null;
  let databases = 0;

  async function start(): Promise<void> {
    running = spawn("sh", ["-c", watcher, "sh", "-D", data, ...settings], {
      ...as,
      stdio: ["pipe", "ignore", "ignore"],
    });
    for (const until = Date.now() + 30_000; ; ) {
      if (await answers(urlOf("postgres"))) return;
      if (Date.now() > until) throw new Error("Postgres did not come up");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A word for the watcher: a signal's name, or none, which also deletes the folder. */
  async function end(signal: string): Promise<void> {
    const child = running;
    running = null;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.stdin?.end(signal === "" ? "" : `${signal}\n`);
    await gone;
  }

  await start();
  return {
    port,
    async create(template = "template1") {
      databases += 1;
      const name = `relay_${databases}`;
      await execute(urlOf("postgres"), `create database ${name} template ${template.split("/").at(-1)}`);
      return urlOf(name);
    },
    stop: (how) => end(how === "fast" ? "INT" : "QUIT"),
    start,
    async close() {
      if (running === null) await start();
      await end("");
    },
  };
}

/** Runs SQL on a separate connection. */
export async function execute(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return execute(url, "select 1").then(
    () => true,
    () => false,
  );
}

/** Finds the server's programs: in the PATH, or in Debian's folder of the newest version. */
function findBinaries(): string | null {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env.PATH ?? "").split(":"), ...versions.map((version) => join(root, version, "bin"))];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) ?? null;
}

function identityOf(user: string): Identity | null {
  const id = (flag: string) => Number(spawnSync("id", [flag, user], { encoding: "utf8" }).stdout.trim() || "NaN");
  const [uid, gid] = [id("-u"), id("-g")];
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : null;
}

/** Deletes every row of the relay's tables, which takes a tenth of making a database anew. */
export async function empty(url: string): Promise<void> {
  const tables = await execute(url, "select tablename from pg_tables where schemaname = 'public'");
  const names = tables.map(({ tablename }) => String(tablename)).filter((name) => name !== "migration");
  // Tables with references go first.
  const first = ["attempt", "form"];
  const sorted = [...first.filter((name) => names.includes(name)), ...names.filter((name) => !first.includes(name))];
  if (sorted.length > 0) await execute(url, sorted.map((name) => `delete from ${name}`).join("; "));
}
