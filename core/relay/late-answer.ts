import type { ActDocument } from "../act.ts";
import { type AccountingJob, type CallName, type Job, type LateAnswer, parseCallId } from "../job.ts";
import { explainLargeForm, toStoredAnswer } from "./adapter-call.ts";
import { applyEvent, commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";

/** Takes the answer to a `PENDING` call and requeues the job. `early`: the job is not parked yet; answer again. */
export async function takeAnswer(
  context: RelayContext,
  callId: string,
  answer: LateAnswer,
): Promise<"taken" | "early" | "unknown"> {
  const call = parseCallId(callId);
  const job = call === null ? null : await context.store.getJob(call.jobId);
  if (call === null || job === null || job.type === "webhook") return "unknown";
  if (job.state === "queued" && job.lease !== null && callId.endsWith(`:${job.attempts}`)) return "early";
  if (job.state === "skipped") return takeForgotten(context, job, call.callName, answer);
  if (job.state !== "parked" || job.awaiting !== callId) return "unknown";
  const dueAt = context.clock();
  const progress = addAnswer(job, call.callName, replaceLargeForm(context, answer));
  // `awaiting`: another process may have taken an answer to the same call first; the job then goes on undisturbed.
  await commit(context, [
    { type: "requeue", jobId: job.id, from: ["parked"], awaiting: callId, dueAt, progress, restart: false },
  ]);
  return "taken";
}

function addAnswer({ progress }: AccountingJob, callName: CallName, answer: LateAnswer): AccountingJob["progress"] {
  const { command: _, ...kept } = progress;
  return { ...kept, answers: { ...progress.answers, [callName]: toStoredAnswer(answer) } };
}

/** Replaces a form too large for the store with an error: 1C would repeat a refused answer for ever. */
function replaceLargeForm(context: RelayContext, answer: LateAnswer): LateAnswer {
  const bytes = "value" in answer && answer.value instanceof Uint8Array ? answer.value.length : 0;
  const detail = explainLargeForm(context, bytes);
  if (detail === null) return answer;
  return { error: { code: "print_failed", outcome: "rejected", message: "The store cannot keep the form", detail } };
}

/** Takes an act made in 1C after the relay gave up the job. The act exists, so the relay begins to void the act. */
async function takeForgotten(context: RelayContext, job: Job, callName: CallName, answer: LateAnswer) {
  if (job.type !== "act.create" || callName !== "create" || !("value" in answer)) return "unknown";
  const { period } = job.progress;
  if (period === undefined) return "unknown";
  const { ref, number, date } = answer.value as ActDocument;
  await applyEvent(context, job.actId, "onec", { type: "act.created", document: { ref, number, date }, period });
  return "taken";
}
