import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import type { CheckConnectionJob, Job } from "../../../core/job.ts";
import {
  createConnectionCheck,
  endConnectionCheck,
  readConnectionCheck,
  withdrawConnectionCheck,
} from "../../../core/relay/jobs/check-connection.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { completeOptions } from "../../../core/relay/options.ts";
import { createRelay } from "../../../core/relay/relay.ts";
import { companyInn, NOON } from "../../support/builders.ts";

const COMMAND = { call: "check" };

const check = createConnectionCheck("check-1", NOON, COMMAND);

const withProgress = (progress: CheckConnectionJob["progress"], more: object = {}) =>
  ({ ...check, progress, ...more }) as CheckConnectionJob;

const lease = { owner: "worker", until: NOON + 1 };

const context = completeOptions({
  store: createMemoryStore(),
  adapter: createMockAdapter(),
  printer: {
    toServiceLines: () => [],
    print: () => {
      throw new Error("A check prints nothing");
    },
  },
  settings: { platformId: "platform", organizationInn: companyInn(1) },
  clock: () => NOON + 5,
  random: () => 0.5,
});

describe("a connection check", () => {
  test("begins parked with its command, at an address that nobody can stop", () => {
    expect(check).toEqual({
      id: "check-1",
      queue: "accounting",
      type: "connection.check",
      actId: null,
      orderKey: null,
      destination: "check",
      input: {},
      state: "parked",
      dueAt: NOON,
      createdAt: NOON,
      attempts: 0,
      attemptsBefore: 0,
      awaiting: "check-1:check:0",
      progress: { command: COMMAND },
      lease: null,
      lapsed: false,
    });
  });

  test("reads as waiting until 1C fetches the command", () => {
    expect(readConnectionCheck(null)).toBe("waiting");
    expect(readConnectionCheck(check)).toBe("waiting");
    expect(readConnectionCheck(withProgress({ answers: {} }))).toBe("waiting");
    expect(readConnectionCheck({ ...check, lease })).toBe("fetched");
  });

  test("reads as the answer of 1C, whether or not the command is leased", () => {
    const answer = { value: { ok: true } };
    expect(readConnectionCheck(withProgress({ answers: { check: answer } }))).toBe(answer);
    expect(readConnectionCheck(withProgress({ answers: { check: answer } }, { lease }))).toBe(answer);
  });

  test("takes no printed form for an answer", () => {
    const form = { answers: { check: { base64: "JVBERg==" } } };
    expect(readConnectionCheck(withProgress(form))).toBe("waiting");
    expect(readConnectionCheck(withProgress(form, { lease }))).toBe("fetched");
  });

  test("is withdrawn only while it still waits for this call", () => {
    const write = {
      type: "requeue",
      jobId: "check-1",
      from: ["parked"],
      dueAt: NOON + 9,
      progress: {},
      restart: false,
    };
    expect(withdrawConnectionCheck(check, NOON + 9)).toEqual({ ...write, awaiting: "check-1:check:0" });
    const unparked: Job = { ...check, awaiting: null };
    expect(Object.keys(withdrawConnectionCheck(unparked, NOON + 9))).not.toContain("awaiting");
    expect(withdrawConnectionCheck(unparked, NOON + 9)).toEqual(write);
  });

  test("ends as done with the answer, and as skipped without", () => {
    const attempt = { code: null, detail: null, status: null, response: null };
    const answered = withProgress({ answers: { check: { value: 1 } } });
    expect(endConnectionCheck(context, answered)).toEqual({
      state: "done",
      dueAt: NOON + 5,
      progress: answered.progress,
      attempt: { ...attempt, outcome: "ok" },
    });
    expect(endConnectionCheck(context, withProgress({}))).toEqual({
      state: "skipped",
      dueAt: NOON + 5,
      progress: {},
      attempt: { ...attempt, outcome: "skipped" },
    });
  });

  test("runs as a job once it is due again: a withdrawn check ends as skipped", async () => {
    const relay = createRelay(context);
    await context.store.commit([{ type: "job", job: check }]);
    await context.store.commit([withdrawConnectionCheck(check, NOON)]);
    expect(await relay.drain()).toBe(1);
    expect(await context.store.getJob("check-1")).toMatchObject({ state: "skipped", awaiting: null, lease: null });
  });
});
