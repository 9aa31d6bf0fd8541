import type { SqlDriver, SqlQuery } from "../../server/db/driver.ts";

/** The driver, with every statement that goes through it noted in the list. */
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
