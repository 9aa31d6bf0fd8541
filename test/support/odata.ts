import type { OdataOptions } from "../../adapters/onec-odata/index.ts";
import { createOdataAdapter } from "../../adapters/onec-odata/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import type { OneC, OneCOptions } from "../onec-runtime/odata/index.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { anOrganization } from "./builders.ts";

/** A stand-in of 1C without a network, and the adapter over it. */
export interface OdataWorld {
  readonly onec: OneC;
  readonly adapter: Adapter;
  /** Another adapter over the same 1C, as a second relay has it. */
  another(more?: Partial<OdataOptions>): Adapter;
  /** Time of the adapter's caches, epoch ms; may be moved. */
  now: number;
}

/** A world; `wire` stands between the adapter and 1C and may change what either sends. */
export function odataWorld(
  given: {
    readonly onec?: OneCOptions;
    /** A stand-in that is there already. */
    readonly over?: OneC;
    readonly adapter?: Partial<OdataOptions>;
    readonly wire?: (send: typeof fetch) => typeof fetch;
  } = {},
): OdataWorld {
  const onec = given.over ?? createOneC(given.onec);
  const wire = given.wire ?? ((send) => send);
  const world = { onec, now: Date.UTC(2026, 9, 31, 9), another };
  function another(more: Partial<OdataOptions> = {}): Adapter {
    return createOdataAdapter({
      url: onec.url,
      fetch: wire(onec.fetch),
      user: onec.user,
      password: onec.password,
      organizationInn: anOrganization().inn,
      timeoutMs: 5_000,
      clock: () => world.now,
      ...given.adapter,
      ...more,
    });
  }
  return Object.assign(world, { adapter: another() });
}

/** Waits for a call to fail and returns the error. */
export async function errorOf(answer: Promise<unknown>): Promise<AdapterError> {
  const error = await answer.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof AdapterError) return error;
  throw error;
}
