import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { type ActState, type Adapter, PENDING } from "../../../core/adapter.ts";
import { INTERNAL_FAULT, RelayError } from "../../../core/errors.ts";
import { sha256Hex } from "../../../core/ids.ts";
import { createJob, type PrintActJob } from "../../../core/job.ts";
import { printAct } from "../../../core/relay/jobs/print-act.ts";
import { anAct, anOrganization, NOON } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const PDF = new TextEncoder().encode("%PDF-1.7");
const link = { url: "https://relay.example/", expiresAt: NOON };

const document = { ref: "doc", number: "000017", date: "2026-11-24" };
const posted = anAct({ status: "posted", counterparty: { ref: "card", created: true }, document });
const inOnec: ActState = {
  ...document,
  number: "000018",
  posted: true,
  deletionMark: false,
  amount: posted.amount,
  counterpartyRef: "card",
};

const seed = { queue: "accounting", type: "act.print", orderKey: null, destination: "accounting" } as const;

/** Prints the act; `drawn` is our own form, or the error that drawing throws. */
async function print(
  act: Act,
  answers: Partial<Adapter> = {},
  { reread = false, drawn = PDF as unknown, limit = 100 } = {},
) {
  const { adapter, calls } = aRecorder({ getOrganization: async () => anOrganization(), ...answers });
  const inputs: object[] = [];
  const context = aContext({
    adapter,
    documentLink: async () => link,
    printer: {
      toServiceLines: () => [],
      print: async (input) => {
        inputs.push(input);
        if (drawn instanceof Uint8Array) return { sha256: "f00", bytes: drawn.length, prefix: null, tail: drawn };
        throw drawn;
      },
    },
  });
  const limited = { ...context, settings: { ...context.settings, largestForm: limit } };
  const job: PrintActJob = createJob("job-1", NOON, { ...seed, actId: act.id, input: reread ? { reread } : {} });
  const result = await printAct(limited, aSession(job), act).catch((error: unknown) => error);
  return { result, inputs, calls: calls.map(([name]) => name) };
}

const done = (form: object, more: object = {}) => ({
  state: "done",
  event: { type: "act.printed", form, link, document: { ...document, ...more } },
  also: expect.any(Function),
});

describe("a printed form", () => {
  test.each([
    { document: null },
    { document: null, status: "ready" },
    { status: "requested" },
    { status: "accepted" },
  ] as const)("is not made for an act with %o", async (more) => {
    expect(await print({ ...posted, ...more })).toEqual({ result: { state: "skipped" }, inputs: [], calls: [] });
  });

  test.each(["posted", "ready"] as const)("is drawn for a %s act with the organization of 1C", async (status) => {
    const act = { ...posted, status };
    const { result, inputs, calls } = await print(act);
    expect(result).toEqual(done({ sha256: "f00", bytes: 8 }));
    expect([inputs, calls]).toEqual([[{ act, organization: anOrganization() }], ["getOrganization"]]);
  });

  test("is drawn with number and date of 1C where people may have changed the act", async () => {
    const { result, inputs, calls } = await print(posted, { findAct: async () => inOnec }, { reread: true });
    expect(result).toEqual(done({ sha256: "f00", bytes: 8 }, { number: "000018" }));
    expect(inputs).toMatchObject([{ act: { document: { number: "000018" } } }]);
    expect(calls).toEqual(["findAct", "getOrganization"]);
  });

  test("waits for 1C under the call names of the job", async () => {
    const pending = async () => PENDING;
    const waits = [
      await print(posted, { findAct: pending } as Partial<Adapter>, { reread: true }),
      await print(posted, { getOrganization: pending } as Partial<Adapter>),
      await print(posted, { flags: { prints: true }, printAct: pending } as Partial<Adapter>),
    ];
    expect(waits.map(({ result }) => result)).toMatchObject(
      ["find", "organization", "print"].map((callName) => ({ callName })),
    );
  });

  test.each([
    ["its own", { flags: { prints: true }, printAct: async () => PDF }, ["printAct"]],
    ["ours, without the flag", { flags: {}, printAct: async () => PDF }, ["getOrganization"]],
    ["ours, without the method", { flags: { prints: true } }, ["getOrganization"]],
  ])("is 1C's where the adapter says so: %s", async (_, answers, expected) => {
    const { result, calls } = await print(posted, answers);
    expect(calls).toEqual(expected);
    const sha256 = expected[0] === "printAct" ? await sha256Hex(PDF) : "f00";
    expect(result).toEqual(done({ sha256, bytes: 8 }));
  });

  test("is a problem where 1C returns no PDF", async () => {
    const printed = { flags: { prints: true }, printAct: async () => new TextEncoder().encode("<html>%PDF-") };
    const error = { code: "print_failed", outcome: "rejected", detail: "1С вернула не PDF." };
    expect((await print(posted, printed)).result).toMatchObject(error);
  });

  test.each([
    [new RelayError("glyph_missing", "Нет буквы"), "Нет буквы"],
    [new TypeError("x is not a function"), INTERNAL_FAULT],
    ["boom", INTERNAL_FAULT],
  ])("is a problem where it cannot be drawn: %s", async (cause, detail) => {
    const { result } = await print(posted, {}, { drawn: cause });
    expect(result).toMatchObject({ code: "print_failed", outcome: "rejected", detail, cause });
  });

  test("is a problem where the store cannot keep it", async () => {
    expect((await print(posted, {}, { limit: 8 })).result).toMatchObject({ state: "done" });
    expect((await print(posted, {}, { limit: 7 })).result).toMatchObject({ code: "print_failed", outcome: "rejected" });
  });

  test("is stored only if the act now has this form", async () => {
    const { result } = await print(posted);
    const { also } = result as Awaited<ReturnType<typeof printAct>>;
    const form = { actId: posted.id, sha256: "f00", bytes: 8, prefix: null, tail: PDF };
    const moved = (act: Act) => ({ kind: "moved", act, event: {} as never, jobs: [] }) as const;
    expect(also!(moved({ ...posted, form: { sha256: "f00", bytes: 8 } }))).toEqual([{ type: "form", form }]);
    expect(also!(moved({ ...posted, form: { sha256: "bad", bytes: 8 } }))).toEqual([]);
    expect(also!(moved(posted))).toEqual([]);
    expect(also!({ kind: "same" })).toEqual([]);
  });
});
