import type { Migration } from "./migration.ts";

/**
 * The call that a parked job waits for becomes a column. Databases of `0001-initial` kept the call's id inside the
 * job's JSON. An older process would park jobs without the column, so it cannot work beside this migration.
 */
export const awaiting: Migration = {
  name: "0002-awaiting",
  needs: "0002-awaiting",
  statements: ({ parkedCall }) => [
    "alter table message add column awaiting text",
    `update message set awaiting = ${parkedCall} where state = 'parked'`,
  ],
};
