import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { createMemoryStore } from "../../core/relay/memory-store.ts";
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
  const open = async () => {
    const driver = openSqlite(join(folder, "data", "relay.db"));
    await migrate(driver);
    return createSqlStore(driver);
  };
  const store = await open();
  let last = store;
  return {
    store,
    async reopen() {
      await store.close();
      last = await open();
      return last;
    },
    async teardown() {
      await last.close();
      await rm(folder, { recursive: true });
    },
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
      const open = async () => {
        const driver = openPostgres(url);
        await migrate(driver);
        return createSqlStore(driver);
      };
      await empty(url);
      const store = await open();
      let last = store;
      return {
        store,
        async reopen() {
          await store.close();
          last = await open();
          return last;
        },
        teardown: () => last.close(),
      };
    },
    { modelRuns: 30 },
  );
});
