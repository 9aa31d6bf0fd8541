import type { SqlDriver, SqlQuery } from "../../server/db/driver.ts";

/** Wraps a driver and notes every statement in the list. */
export function recording(driver: SqlDriver, queries: SqlQuery[]): SqlDriver {
  return {
    ...driver,
    read: (one) => {
      queries.push(one);
      return driver.read(one);
    },
    write: (batch) => {
      queries.push(...batch);
      return driver.write(batch);
    },
  };
}
