import type { WebhookBody } from "../../core/index.ts";
import type { CommandBody, Job, JobType, LateAnswer } from "../../core/relay/index.ts";
import { type Equals, requireTrue } from "./equals.ts";

type JobOf<T extends JobType> = Extract<Job, { type: T }>;

const common = {
  id: "msg_1",
  queue: "accounting",
  orderKey: null,
  destination: "accounting",
  state: "queued",
  dueAt: 0,
  createdAt: 0,
  attempts: 0,
  attemptsBefore: 0,
  awaiting: null,
  lease: null,
  lapsed: false,
} as const;
const creation = { ...common, type: "act.create", actId: "a", input: {}, progress: {} } as const;
const check = { ...common, type: "payment.check", actId: null, input: {}, progress: {} } as const;
const period = { from: "2026-11-01", to: "2026-11-24" };

creation satisfies Job;
check satisfies Job;
// @ts-expect-error: misspelt type
({ ...creation, type: "act.creat" }) satisfies Job;
// @ts-expect-error: a webhook has another queue and input
({ ...creation, type: "webhook" }) satisfies Job;
// @ts-expect-error: this job has an act
({ ...creation, actId: null }) satisfies Job;

({ ...creation, input: { reread: true } }) satisfies Job;
// @ts-expect-error: misspelt key of the input
({ ...creation, input: { rereed: true } }) satisfies Job;
// @ts-expect-error: the input of another type
({ ...check, input: { reread: true } }) satisfies Job;

({ ...creation, progress: { period, sent: true } }) satisfies Job;
// @ts-expect-error: misspelt key of the progress
({ ...creation, progress: { perod: period } }) satisfies Job;
// @ts-expect-error: misspelt name of a call
({ ...creation, progress: { answers: { creat: { value: null } } } }) satisfies Job;
({ ...check, progress: { round: 2, failing: { since: 0, told: true } } }) satisfies Job;
// @ts-expect-error: the progress of another type
({ ...check, progress: { period } }) satisfies Job;
// @ts-expect-error: the progress of another type
({ ...creation, progress: { round: 2 } }) satisfies Job;

/** The type of a job determines the input and the progress. */
export function readJob(job: Job): string | number | undefined {
  // @ts-expect-error: only some jobs have a period
  job.progress.period;
  requireTrue<Equals<typeof job.progress.command, CommandBody | undefined>>();
  switch (job.type) {
    case "act.create":
      return job.progress.period?.from;
    case "payment.check":
      return job.progress.round;
    case "webhook":
      requireTrue<Equals<typeof job.input, WebhookBody>>();
      return job.input.type;
    default:
      return job.actId ?? undefined;
  }
}

requireTrue<Equals<JobOf<"act.print">["actId"], string>>();
({ error: { code: "onec_timeout", outcome: "uncertain", message: "" } }) satisfies LateAnswer;
// @ts-expect-error: misspelt outcome
({ error: { code: "onec_timeout", outcome: "uncertian", message: "" } }) satisfies LateAnswer;
