import type { Adapter } from "../../../core/adapter.ts";
import type { Outcome } from "../../../core/errors.ts";
import type { AdapterHarness, WriteCall } from "../../contract/adapter-harness.ts";
import type { Fault, RequestInfo } from "./faults.ts";
import type { OneC } from "./index.ts";

/** Requests by which one can tell that a call has begun to write, and that it has done all. */
const MARKS: Readonly<Record<WriteCall, { first: (r: RequestInfo) => boolean; last: (r: RequestInfo) => boolean }>> = {
  upsertCounterparty: {
    first: ({ kind, entity }) => kind === "create" && entity === "Catalog_Контрагенты",
    last: ({ kind, entity }) => kind === "create" && entity === "Catalog_Контрагенты",
  },
  createAct: {
    first: ({ kind, entity }) => kind === "create" && entity?.startsWith("Document_") === true,
    last: ({ kind }) => kind === "post",
  },
  voidAct: {
    first: ({ isWrite }) => isWrite,
    last: ({ kind, entity }) => kind === "update" && entity?.startsWith("Document_") === true,
  },
  createPaymentOrder: {
    first: ({ kind, entity }) => kind === "create" && entity === "Document_ПлатежноеПоручение",
    last: ({ kind, entity }) => kind === "create" && entity === "Document_ПлатежноеПоручение",
  },
};

/**
 * A harness of the adapter contract over a stand-in. A fault strikes within the next call of its name: 1C is off from
 * the start (`unavailable`), or the connection breaks before the first write or after the last one and 1C stays off
 * until the call has ended, so that the adapter cannot find out by itself.
 */
export function onecHarness(onec: OneC, adapter: Adapter): AdapterHarness {
  const waiting: { call: WriteCall; fault: { outcome: Outcome; when: "before" | "after" } }[] = [];

  function arm(call: string): boolean {
    const at = waiting.findIndex((each) => each.call === call);
    const found = at < 0 ? undefined : waiting.splice(at, 1)[0];
    if (found === undefined) return false;
    const { outcome, when } = found.fault;
    if (outcome === "unavailable") onec.faults.down(true);
    else onec.faults.next(MARKS[found.call][when === "before" ? "first" : "last"], drop(when), true);
    return true;
  }

  const calls = Object.entries(adapter).map(([name, value]) => {
    if (typeof value !== "function") return [name, value];
    const call = async (...args: unknown[]) => {
      const armed = arm(name);
      try {
        return await (value as (...args: unknown[]) => Promise<unknown>).apply(adapter, args);
      } finally {
        if (armed) onec.faults.clear();
      }
    };
    return [name, call];
  });
  return {
    adapter: Object.fromEntries(calls) as Adapter,
    hands: onec.hands,
    fault: (call, fault) => void waiting.push({ call, fault }),
    teardown: () => onec.close(),
  };
}

function drop(when: "before" | "after"): Fault {
  return { kind: "drop", when };
}
