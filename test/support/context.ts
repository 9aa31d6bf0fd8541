import { createMockAdapter } from "../../adapters/mock/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import type { Job } from "../../core/job.ts";
import { openSession, type Session } from "../../core/relay/adapter-call.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { completeOptions, type RelayContext, type RelayOptions } from "../../core/relay/options.ts";
import { companyInn, NOON } from "./builders.ts";

/** A relay's context at {@link NOON} over an empty store, an empty 1C and no addresses. */
export function aContext(more: Partial<RelayOptions> = {}): RelayContext {
  return completeOptions({
    store: createMemoryStore(),
    adapter: createMockAdapter(),
    printer: {
      toServiceLines: () => [],
      print: () => {
        throw new Error("Nothing is printed here");
      },
    },
    settings: { platformId: "platform", organizationInn: companyInn(1) },
    clock: () => NOON,
    random: () => 0.5,
    newId: () => "id-1",
    ...more,
  });
}

/** A session of the job, under a lease that outlasts every call. */
export function aSession<J extends Job>(job: J, progress: J["progress"] = {}): Session<J> {
  return openSession({ ...job, progress, lease: { owner: "worker", until: NOON + 3_600_000 } });
}

/** An adapter with these answers, else of an empty 1C. Notes each call with the first argument. */
export function aRecorder(answers: Partial<Adapter>): { adapter: Adapter; calls: [string, unknown][] } {
  const calls: [string, unknown][] = [];
  const whole: Adapter = { ...createMockAdapter(), ...answers };
  const watched = Object.entries(whole).map(([name, value]) => {
    if (typeof value !== "function") return [name, value];
    const answer: (...args: unknown[]) => unknown = value;
    const watch = (...args: unknown[]) => {
      calls.push([name, args[0]]);
      return answer(...args);
    };
    return [name, watch];
  });
  return { adapter: { ...whole, ...Object.fromEntries(watched) }, calls };
}
