import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SqlDriver } from "../../../server/db/driver.ts";
import { openPostgres } from "../../../server/db/postgres.ts";
import { createAdjustedClock, followDatabaseClock } from "../../../server/node/database-clock.ts";
import { NO_POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";

const HOUR = 3_600_000;

describe.skipIf(NO_POSTGRES !== null)(
  `clocks of processes over one Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`,
  () => {
    let server: PostgresServer;
    let driver: SqlDriver;
    beforeAll(async () => {
      server = await startPostgres();
      driver = openPostgres(await server.create());
    });
    afterAll(async () => {
      await driver.close();
      await server.close();
    });

    async function follow(ahead: number) {
      const logged: unknown[] = [];
      const own = () => Date.now() + ahead;
      const clock = createAdjustedClock(own);
      const unfollow = await followDatabaseClock(clock, { driver, own, log: (...line) => logged.push(line) });
      unfollow();
      return { clock, logged };
    }

    test.each([HOUR, -HOUR])("agree, though one machine is %d ms away, with a warning", async (ahead) => {
      const { clock, logged } = await follow(ahead);
      expect(Math.abs(clock.read() - Date.now())).toBeLessThan(30_000);
      expect(logged).toEqual([["warn", "clock_differs", { seconds: expect.any(Number) }]]);
    });

    test("keep the machine's own time for a small difference", async () => {
      const { clock, logged } = await follow(0);
      expect(clock.differenceMs).toBe(0);
      expect(logged).toEqual([]);
    });
  },
);
