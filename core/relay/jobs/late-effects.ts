import type { ActJobType } from "../../act.ts";
import type { CallName } from "../../job.ts";
import type { RelayContext } from "../options.ts";

/**
 * Time (epoch ms) after which the act's unanswered calls of this name presumably take no effect; 0 without such calls.
 * The time is twice the timeout after the last call. In pull mode the relay's last wait for the call counts.
 */
export async function getLastEffectTime(
  context: RelayContext,
  actId: string,
  type: ActJobType,
  callName: CallName,
): Promise<number> {
  const { items } = await context.store.listJobs({ actId, queue: "accounting", limit: 100 });
  const jobs = items.filter((job) => job.type === type);
  const ends = await Promise.all(
    jobs.map(async (job) => {
      const attempts = await context.store.listAttempts(job.id);
      const fetched = attempts.at(-1)?.outcome === "skipped" ? attempts.at(-2) : attempts.at(-1);
      const parked = fetched?.outcome === "parked" && fetched.detail === callName ? [attempts.at(-1)!] : [];
      const unanswered = attempts.filter((attempt) => attempt.outcome === "uncertain");
      return [...unanswered, ...parked].map((attempt) => attempt.finishedAt);
    }),
  );
  const last = Math.max(0, ...ends.flat());
  return last === 0 ? 0 : last + 2 * context.adapter.timeoutMs;
}
