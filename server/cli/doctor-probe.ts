import { existsSync } from "node:fs";
import type { CommandBody } from "../../core/job.ts";
import {
  createConnectionCheck,
  readConnectionCheck,
  withdrawConnectionCheck,
} from "../../core/relay/jobs/check-connection.ts";
import type { Store } from "../../core/store.ts";
import type { ConnectionProbe, ProbeAnswer } from "../adapters.ts";
import type { Config } from "../config/index.ts";
import { openDatabase } from "../db/open.ts";
import { createSqlStore } from "../db/store.ts";

/** Interval between two looks into the store for an answer. */
const LOOK_EVERY_MS = 200;
/** A working server answers at once. */
const SERVER_TIMEOUT_MS = 3_000;

/**
 * Makes a probe of a 1C that fetches its commands. The probe writes the check into the relay's database as a command.
 * The server over the same database gives the command to 1C and stores the answer. The probe creates no database.
 */
export function createConnectionProbe(config: Config, waitSeconds: number): ConnectionProbe {
  async function withStore<T>(use: (store: Store) => Promise<T>, none: () => Promise<T>): Promise<T> {
    if (config.database.kind === "sqlite" && !existsSync(config.database.path)) return none();
    const store = createSqlStore(await openDatabase(config.database));
    try {
      await store.checkReady();
      return await use(store);
    } finally {
      await store.close();
    }
  }
  return {
    findLastSeen: () =>
      withStore(
        (store) => store.getLastSeen("accounting"),
        async () => null,
      ),
    ask: (command) =>
      withStore(
        (store) => ask(store, command, waitSeconds, config),
        async () => ({ answer: null, waited: 0, fetched: false, others: 0, noServer: "базы данных шлюза ещё нет" }),
      ),
  };
}

async function ask(store: Store, command: CommandBody, waitSeconds: number, config: Config): Promise<ProbeAnswer> {
  const job = createConnectionCheck(`msg_check_${crypto.randomUUID()}`, Date.now(), command);
  await store.commit([{ type: "job", job }]);
  const until = Date.now() + waitSeconds * 1000;
  for (;;) {
    const now = readConnectionCheck(await store.getJob(job.id));
    if (typeof now === "object") return { answer: now };
    if (Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      continue;
    }
    await store.commit([withdrawConnectionCheck(job, Date.now())]);
    // The answer may have come in the last moment.
    const end = readConnectionCheck(await store.getJob(job.id));
    if (typeof end === "object") return { answer: end };
    const others = (await store.getStats()).messages["accounting:parked"] ?? 0;
    const fetched = now === "fetched";
    return { answer: null, waited: waitSeconds, fetched, others, noServer: await describeMissingServer(config) };
  }
}

/** Names the addresses without an answer from the relay's server; null when a server answers. */
async function describeMissingServer({ publicUrl, host, port }: Config): Promise<string | null> {
  const own = `http://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`;
  const addresses = [own, ...(publicUrl === null ? [] : [publicUrl])];
  for (const address of addresses) if (await isAlive(address)) return null;
  return `по ${addresses.length > 1 ? "адресам" : "адресу"} ${addresses.join(" и ")} он не отвечает`;
}

async function isAlive(address: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${address}/health/live`, { signal: AbortSignal.timeout(SERVER_TIMEOUT_MS) });
    return ok;
  } catch {
    return false;
  }
}
