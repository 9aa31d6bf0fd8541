import type { Migration } from "./migration.ts";

/**
 * Moves the id of a parked job's call from the job's JSON to a column. An older process would park jobs without the
 * column, so older processes cannot work with this migration.
 */
export const awaiting: Migration = {
  name: "0002-awaiting",
  needs: "0002-awaiting",
  statements: ({ parkedCall }) => [
    "alter table message add column awaiting text",
    `update message set awaiting = ${parkedCall} where state = 'parked'`,
  ],
};
