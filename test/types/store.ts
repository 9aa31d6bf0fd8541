import type { Act, CommitResult, Store, StoredForm, Write } from "../../core/index.ts";
import type { createMemoryStore } from "../../core/relay/index.ts";
import { storeContract } from "../contract/index.ts";
import { type Equals, requireTrue } from "./equals.ts";

requireTrue<Equals<ReturnType<typeof createMemoryStore>, Store>>();

declare const mine: Store;
const { commit: _, ...unwritable } = mine;
// @ts-expect-error: commit is missing
unwritable satisfies Store;

// The loser of a race is told by the answer, not by an error.
requireTrue<Equals<CommitResult, "ok" | "conflict">>();
// @ts-expect-error: a commit says how it went
({ ...mine, commit: async () => undefined }) satisfies Store;
// @ts-expect-error: null where there is no act
({ ...mine, getAct: async () => undefined }) satisfies Store;
({ ...mine, getAct: async () => null }) satisfies Store;

/** Every type of write has a table: without any case the function does not compile. */
export function findTable(change: Write): string {
  switch (change.type) {
    case "act":
      requireTrue<Equals<typeof change.act, Act>>();
      return "act";
    case "event":
      return "act_event";
    case "job":
    case "release":
    case "requeue":
      return "message";
    case "inbox":
      return "inbox";
    case "form":
      requireTrue<Equals<typeof change.form, StoredForm>>();
      return "form";
    case "counterparty":
      return "counterparty";
    case "destination":
      return "endpoint";
    case "last_seen":
      return "visit";
    case "set_back":
      return "message";
    case "once":
      return "taken_key";
  }
}

/** A store's test says how to set one up, and how to put it away again. */
export function runSuite(): void {
  storeContract("mine", async () => ({ store: mine, teardown: async () => {} }));
  // @ts-expect-error: nobody puts it away
  storeContract("mine", async () => ({ store: mine }));
}
