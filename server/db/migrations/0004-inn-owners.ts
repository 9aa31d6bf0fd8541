import type { Migration } from "./migration.ts";

/** Keeps the agents that may use an INN. Null: the agent of the stored data, the only one so far. */
export const innOwners: Migration = {
  name: "0004-inn-owners",
  statements: () => ["alter table counterparty add column owners text"],
};
