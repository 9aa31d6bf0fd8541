import * as v from "valibot";
import { READ } from "../access.ts";
import { defineOperation } from "../operation.ts";
import { presentEntry } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { cursor, limit } from "../requests.ts";

/** Signed events, with the outcome of each. */
export const inboxOperations = [
  defineOperation({
    method: "get",
    path: "/api/inbox",
    id: "listInbox",
    tag: "Inbox",
    summary: "Signed events received and their outcome, newest first",
    access: READ,
    query: v.strictObject({ cursor, limit }),
    answers: { 200: { description: "One page", schema: "InboxPage" } },
    problems: ["storage_unavailable"],
    handle: async ({ query }, { store }) => {
      const { items, next } = await awaitStore(store.listInbox(query));
      return { items: items.map(presentEntry), next };
    },
  }),
];
