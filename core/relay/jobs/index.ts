import type { Act } from "../../act.ts";
import { AdapterError, INTERNAL_FAULT, isRetried, type ProblemCode, RelayError } from "../../errors.ts";
import type {
  AccountingJob,
  ActJob,
  CheckPaymentsJob,
  Job,
  JobProgress,
  PrintAcceptanceJob,
  SendWebhookJob,
  UpdateContractorJob,
} from "../../job.ts";
import { CallInterrupted, CallPending, LeaseLost, openSession, type Session, toUnforeseen } from "../adapter-call.ts";
import { endDone, endFailed, endPending, type JobEnd, type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";
import { releaseJob } from "../release.ts";
import { endConnectionCheck } from "./check-connection.ts";
import { checkPayments, endPaymentCheck } from "./check-payments.ts";
import { createAct } from "./create-act.ts";
import { createPaymentOrder } from "./create-payment-order.ts";
import { printAcceptance } from "./print-acceptance.ts";
import { printAct } from "./print-act.ts";
import { type Slow, sendWebhook } from "./send-webhook.ts";
import { updateContractor, upsertForAct } from "./upsert-counterparty.ts";
import { voidAct } from "./void-act.ts";

/** Problems of an absent 1C. */
const OUTAGES: readonly ProblemCode[] = ["onec_unavailable", "onec_timeout", "onec_no_license", "onec_session_blocked"];

/** Does and releases one leased job: the only switch over job types. Throws {@link LeaseLost} and storage errors. */
export async function doJob(context: RelayContext, job: Job, startedAt: number, pauseFor: Slow): Promise<void> {
  switch (job.type) {
    case "webhook":
      return doWebhook(context, job, startedAt, pauseFor);
    case "payment.check":
      return doPaymentCheck(context, openSession(job), startedAt);
    case "connection.check":
      return releaseJob(context, job, startedAt, endConnectionCheck(context, job));
    case "counterparty.upsert":
      if (job.actId === null) return doContractorUpdate(context, openSession(job), startedAt);
      return doActJob(context, openSession(job), startedAt, upsertForAct);
    case "act.create":
      return doActJob(context, openSession(job), startedAt, createAct);
    case "act.print":
      return doActJob(context, openSession(job), startedAt, printAct);
    case "acceptance.print":
      return doAcceptancePrint(context, openSession(job), startedAt);
    case "act.void":
      return doActJob(context, openSession(job), startedAt, voidAct);
    case "payment_order.create":
      return doActJob(context, openSession(job), startedAt, createPaymentOrder);
  }
}

async function doWebhook(context: RelayContext, job: SendWebhookJob, startedAt: number, pauseFor: Slow): Promise<void> {
  try {
    await releaseJob(context, job, startedAt, await sendWebhook(context, job, pauseFor));
  } catch (error) {
    if (!(error instanceof CallInterrupted)) throw error;
    await endLease(context, job, job.progress);
  }
}

/** Ends the lease of an interrupted job at once: the next holder knows of a lapsed lease, and looks before it writes. */
async function endLease(context: RelayContext, { id: jobId, lease }: Job, progress: JobProgress): Promise<void> {
  const owner = lease?.owner ?? "";
  await context.store.renewLease({ jobId, owner, leaseUntil: context.clock(), progress });
}

async function doActJob<J extends ActJob>(
  context: RelayContext,
  session: Session<J>,
  startedAt: number,
  handle: (context: RelayContext, session: Session<J>, act: Act) => Promise<JobResult>,
): Promise<void> {
  const act = await context.store.getAct(session.job.actId);
  return releaseCalls(context, session, startedAt, {
    run: async () => endAnswered(context, session, act === null ? SKIPPED : await handle(context, session, act)),
    fail: (failure) => endFailed(context, session, act, failure),
  });
}

/** Does a job that asks 1C nothing, so that the outcome says nothing about 1C. */
async function doAcceptancePrint(context: RelayContext, session: Session<PrintAcceptanceJob>, startedAt: number) {
  const { job } = session;
  const act = await context.store.getAct(job.actId);
  const result = act === null ? Promise.resolve(SKIPPED) : printAcceptance(context, act);
  const end = await result.then(
    (done) => endDone(context, session, done),
    (error) => {
      const failure = toFailure(error);
      logFailure(context, failure);
      return endFailed(context, session, act, failure);
    },
  );
  await releaseJob(context, job, startedAt, end);
}

function doContractorUpdate(context: RelayContext, session: Session<UpdateContractorJob>, startedAt: number) {
  return releaseCalls(context, session, startedAt, {
    run: async () => endAnswered(context, session, await updateContractor(context, session)),
    fail: (failure) => endFailed(context, session, null, failure),
  });
}

function endAnswered(context: RelayContext, session: Session<ActJob | UpdateContractorJob>, result: JobResult): JobEnd {
  if (result.state !== "skipped") context.breaker.recordSuccess();
  return endDone(context, session, result);
}

function doPaymentCheck(context: RelayContext, session: Session<CheckPaymentsJob>, startedAt: number) {
  return releaseCalls(context, session, startedAt, {
    run: async () => {
      const { asked, refusal } = await checkPayments(context, session);
      if (asked) context.breaker.recordSuccess();
      if (refusal !== null) noteFailure(context, refusal);
      return endPaymentCheck(context, session.job, refusal);
    },
    fail: (failure) => endPaymentCheck(context, session.job, failure),
  });
}

/** Makes an attempt and releases the job, whether the calls succeed, fail or park the job. */
async function releaseCalls(
  context: RelayContext,
  session: Session<AccountingJob>,
  startedAt: number,
  { run, fail }: { readonly run: () => Promise<JobEnd>; readonly fail: (failure: AdapterError) => JobEnd },
): Promise<void> {
  const { job } = session;
  try {
    await releaseJob(context, job, startedAt, await run());
  } catch (error) {
    if (error instanceof CallInterrupted) return endLease(context, job, session.progress);
    if (error instanceof CallPending) return releaseJob(context, job, startedAt, endPending(context, session, error));
    const failure = toFailure(error);
    noteFailure(context, failure);
    await releaseJob(context, job, startedAt, fail(failure));
  }
}

/** Turns an error into the failure of a call. Rethrows a lost lease and `RelayError`: neither is a fault of the job. */
function toFailure(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  // The lease runs out, and the job is done again.
  if (error instanceof LeaseLost || error instanceof RelayError) throw error;
  return toUnforeseen(error);
}

/** True for an absent 1C, and for a fault of the whole, such as a wrong password. Other problems are answers. */
function isOutage({ code, outcome }: AdapterError): boolean {
  return OUTAGES.includes(code) || (outcome === "unavailable" && !isRetried(code));
}

function noteFailure(context: RelayContext, error: AdapterError): void {
  if (isOutage(error)) context.breaker.recordFailure(context.clock(), error.code);
  else context.breaker.recordSuccess();
  logFailure(context, error);
}

function logFailure(context: RelayContext, error: AdapterError): void {
  context.log("warn", "accounting_failed", { code: error.code, outcome: error.outcome, ...describeFault(error) });
}

/** Name and first line of the stack of an unforeseen error. Its message may quote 1C's data, so the log leaves it out. */
function describeFault({ detail, cause }: AdapterError): { readonly fault?: string } {
  if (detail !== INTERNAL_FAULT || !(cause instanceof Error)) return {};
  const place = cause.stack?.split("\n").find((line) => /^\s+at /.test(line));
  return { fault: `${cause.name}${place ?? ""}` };
}
