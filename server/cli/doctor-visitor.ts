import { existsSync } from "node:fs";
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

/** How often the store is looked at for an answer. */
const LOOK_EVERY_MS = 200;
/** A server that works answers at once. */
const SERVER_TIMEOUT_MS = 3_000;

/**
 * A 1C that fetches its commands, seen through the relay's database: the check is left there as a command, the server that runs
 * over the same database gives it out and puts the answer back. Makes no database where the relay has never been started.
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

async function ask(
  store: Store,
  command: Readonly<Record<string, unknown>>,
  waitSeconds: number,
  config: Config,
): Promise<ProbeAnswer> {
  const message = createConnectionCheck(`msg_check_${crypto.randomUUID()}`, Date.now(), command);
  await store.commit([{ type: "job", job: message }]);
  const until = Date.now() + waitSeconds * 1000;
  for (;;) {
    const now = readConnectionCheck(await store.getJob(message.id));
    if (typeof now === "object") return { answer: now };
    if (Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      continue;
    }
    await store.commit([withdrawConnectionCheck(message, Date.now())]);
    // It may have come in the last moment.
    const end = readConnectionCheck(await store.getJob(message.id));
    if (typeof end === "object") return { answer: end };
    const others = (await store.getStats()).messages["accounting:parked"] ?? 0;
    const fetched = now === "fetched";
    return { answer: null, waited: waitSeconds, fetched, others, noServer: await describeMissingServer(config) };
  }
}

/** Where a server of these settings was looked for in vain; null: it is there. */
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
