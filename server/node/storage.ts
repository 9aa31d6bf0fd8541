import type { Store } from "../../core/store.ts";
import type { Config } from "../config/index.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import type { Reminders } from "../db/postgres-reminders.ts";
import { createSqlStore } from "../db/store.ts";
import type { Log } from "../log.ts";
import { type AdjustedClock, followDatabaseClock } from "./database-clock.ts";

export interface Storage {
  readonly store: Store;
  /** Wake-ups between several processes; null for SQLite, which only one process uses. */
  readonly reminders: Reminders | null;
  close(): Promise<void>;
}

/** Opens the database, applies the missing migrations, sets the clock by a shared database. @throws {RelayError} `storage_unavailable` */
export async function openStorage(config: Config, clock: AdjustedClock, log: Log): Promise<Storage> {
  const { database, databasePool: connections } = config;
  const driver = await openDatabase(database, { connections, log });
  try {
    for (const migration of await migrate(driver)) log("info", "migrated", { migration });
    const isShared = database.kind === "postgres";
    const unfollow = isShared ? await followDatabaseClock(clock, { driver, own: Date.now, log }) : null;
    const reminders = isShared ? await loadReminders(database.url, clock.read, log) : null;
    const store = createSqlStore(driver, reminders?.beside);
    const close = async () => {
      unfollow?.();
      await reminders?.stop();
      await store.close();
    };
    return { store, reminders, close };
  } catch (error) {
    await driver.close();
    throw error;
  }
}

async function loadReminders(url: string, clock: () => number, log: Log): Promise<Reminders> {
  const { openReminders: openWakes } = await import("../db/postgres-reminders.ts");
  return openWakes(url, clock, log);
}
