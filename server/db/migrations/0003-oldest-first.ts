import type { Migration } from "./migration.ts";

/** Orders waiting jobs by the age of their act: the first agents are served first, also after an outage. */
export const oldestFirst: Migration = {
  name: "0003-oldest-first",
  statements: () => [
    "drop index message_queue",
    "create index message_queue on message (lane, coalesce(act, 0), position, due_at) where state = 'queued'",
  ],
};
