import type { ActDocument } from "../act.ts";
import { type AccountingJob, type CallName, type Job, type LateAnswer, parseCallId } from "../job.ts";
import { explainLargeForm, toStoredAnswer } from "./adapter-call.ts";
import { applyEvent, commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";

/**
 * Takes the answer to a call that ended `PENDING`, and puts its job back into the queue. `early`: the job is not parked
 * yet, so the same answer must come again.
 */
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
  await commit(context, [
    {
      type: "requeue",
      jobId: job.id,
      from: ["parked"],
      // Another process may have taken an answer to the same call first; the job then goes on undisturbed.
      awaiting: callId,
      dueAt: context.clock(),
      progress: addAnswer(job, call.callName, replaceLargeForm(context, answer)),
      restart: false,
    },
  ]);
  return "taken";
}

function addAnswer({ progress }: AccountingJob, callName: CallName, answer: LateAnswer): AccountingJob["progress"] {
  const { command: _, ...kept } = progress;
  return { ...kept, answers: { ...progress.answers, [callName]: toStoredAnswer(answer) } };
}

/** The answer, or an error in place of a form that the store cannot keep: a refused answer would come again for ever. */
function replaceLargeForm(context: RelayContext, answer: LateAnswer): LateAnswer {
  const bytes = "value" in answer && answer.value instanceof Uint8Array ? answer.value.length : 0;
  const detail = explainLargeForm(context, bytes);
  if (detail === null) return answer;
  return { error: { code: "print_failed", outcome: "rejected", message: "The store cannot keep the form", detail } };
}

/** Takes an act that 1C made after the relay gave the job up: the act exists, so its void begins. */
async function takeForgotten(context: RelayContext, job: Job, callName: CallName, answer: LateAnswer) {
  if (job.type !== "act.create" || callName !== "create" || !("value" in answer)) return "unknown";
  const { period } = job.progress;
  if (period === undefined) return "unknown";
  const { ref, number, date } = answer.value as ActDocument;
  await applyEvent(context, job.actId, "onec", { type: "act.created", document: { ref, number, date }, period });
  return "taken";
}
