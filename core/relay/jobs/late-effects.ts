import type { ActJobType, CallName } from "../../job.ts";
import type { RelayContext } from "../options.ts";

/**
 * When the act's unanswered calls of a step can take effect no more, for all that is known: twice a call's timeout after
 * the last of them (epoch ms; 0 when there was none). A call that 1C was to fetch by itself counts from when the relay
 * last waited for it.
 */
export async function getLastEffectTime(
  context: RelayContext,
  actId: string,
  type: ActJobType,
  callName: CallName,
): Promise<number> {
  const { items } = await context.store.listJobs({ actId, queue: "accounting", limit: 100 });
  const steps = items.filter((message) => message.type === type);
  const ends = await Promise.all(
    steps.map(async (message) => {
      const attempts = await context.store.listAttempts(message.id);
      const fetched = attempts.at(-1)?.outcome === "skipped" ? attempts.at(-2) : attempts.at(-1);
      const parked = fetched?.outcome === "parked" && fetched.detail === callName ? [attempts.at(-1)!] : [];
      const unanswered = attempts.filter((attempt) => attempt.outcome === "uncertain");
      return [...unanswered, ...parked].map((attempt) => attempt.finishedAt);
    }),
  );
  const last = Math.max(0, ...ends.flat());
  return last === 0 ? 0 : last + 2 * context.adapter.timeoutMs;
}
