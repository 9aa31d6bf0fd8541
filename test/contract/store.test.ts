import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import type { SqlDriver } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openPostgres } from "../../server/db/postgres.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { empty, NO_POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import type { StoreHarness } from "./store.ts";
import { storeContract } from "./store.ts";

storeContract("memory", async () => {
  const store = createMemoryStore();
  return { store, teardown: () => store.close() };
});

storeContract("SQLite in memory", async () => {
  const driver = openSqlite(":memory:");
  await migrate(driver);
  const store = createSqlStore(driver);
  return { store, teardown: () => store.close() };
});

storeContract("SQLite on a file", onFile, { modelRuns: 20 });

async function onFile(): Promise<StoreHarness> {
  const folder = await mkdtemp(join(tmpdir(), "relay-store-"));
  const path = join(folder, "data", "relay.db");
  const { teardown, ...harness } = await reopened(() => openSqlite(path));
  return {
    ...harness,
    async teardown() {
      await teardown();
      await rm(folder, { recursive: true });
    },
  };
}

/** Opens a store over a database that outlives the store. */
async function reopened(open: () => SqlDriver) {
  const begin = async () => {
    const driver = open();
    await migrate(driver);
    return createSqlStore(driver);
  };
  const store = await begin();
  let last = store;
  return {
    store,
    async reopen() {
      await store.close();
      last = await begin();
      return last;
    },
    teardown: () => last.close(),
  };
}

describe.skipIf(NO_POSTGRES !== null)(`Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`, () => {
  let server: PostgresServer;
  let url: string;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.create();
  });
  afterAll(() => server.close());

  storeContract(
    "a store",
    async () => {
      await empty(url);
      return reopened(() => openPostgres(url));
    },
    { modelRuns: 30 },
  );
});
