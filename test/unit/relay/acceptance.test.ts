import { describe, expect, test } from "vitest";
import { EVIDENCE as KEPT } from "../../support/accepted.ts";
import { createHarness, type Harness, RULES } from "../../support/harness.ts";

const MINUTE = 60_000;

/** The evidence as the platform sends it. */
const EVIDENCE = { ...KEPT, confirmedAt: "2026-11-24T12:05:10+03:00" };

/** A harness with one act that waits for acceptance. */
async function withReadyAct(options: Parameters<typeof createHarness>[0] = {}): Promise<{
  world: Harness;
  actId: string;
  payoutId: string;
}> {
  const world = await createHarness({ ops: true, ...options });
  const actId = await world.request({ payoutId: "p-1" });
  await world.settle();
  return { world, actId, payoutId: "p-1" };
}

function instant(world: Harness, ms = 0): string {
  return new Date(world.now() + ms).toISOString();
}

/** Lets 1C's form change, as after an accountant's edit, and the relay print the form anew. */
async function printAnew(world: Harness, actId: string): Promise<void> {
  world.onec.mock.editAct(actId, { number: "0000-000777" });
  await world.send("act.changed", { actRef: actId }, { source: "onec" });
  await world.settle();
}

describe("evidence of an acceptance", () => {
  test("stays in the act's history and goes to OPS_URL, not to the platform", async () => {
    const { world, actId, payoutId } = await withReadyAct();
    await world.send("act.accepted", { payoutId, acceptedAt: instant(world), evidence: EVIDENCE });
    await world.settle();
    const evidence = KEPT;
    const form = (await world.store.getAct(actId))?.form;
    const history = await world.store.listEvents(actId);
    expect(history.find(({ type }) => type === "act.accepted")).toMatchObject({
      evidence,
      pdfSha256: form?.sha256,
      acceptedBy: "Ковалёв Пётр Ильич",
      actor: "platform",
    });
    const told = world.delivered.filter(({ type }) => type === "act.accepted");
    expect(told.map(({ to }) => to)).toEqual(["ops.example"]);
    expect(told[0]?.data).toMatchObject({
      actId,
      payoutId,
      amount: "15000.00",
      form: { sha256: form?.sha256, bytes: form?.bytes },
      pdfSha256: form?.sha256,
      evidence,
    });
    expect(await world.store.prune(world.now() + 10 * 365 * 24 * 60 * MINUTE)).toBeGreaterThan(0);
    expect(await world.store.listEvents(actId)).toEqual(history);
  });

  test.each([
    ["no person", { by: undefined }, "data.evidence.by"],
    ["no agreement", { agreement: undefined }, "data.evidence.agreement"],
    ["an agreement over plain HTTP", { agreement: { url: "http://platform.example" } }, "data.evidence.agreement.url"],
    ["unknown means", { means: "magic" }, "data.evidence.means"],
    ["other means without words", { means: "other" }, "data.evidence.meansText"],
    ["a misspelt field", { userAgen: "x", userAgent: undefined }, "data.evidence.userAgen"],
    ["a misspelt field of the person", { by: { id: "7", contac: "x" } }, "data.evidence.by.contac"],
  ])("is refused with %s", async (_, change, path) => {
    const { world, payoutId } = await withReadyAct();
    const evidence = { ...EVIDENCE, ...change };
    const sent = world.send("act.accepted", { payoutId, acceptedAt: instant(world), evidence });
    await expect(sent).rejects.toMatchObject({ code: "validation_failed", issues: [{ path }] });
  });

  test("may have a long text about a device, which is cut", async () => {
    const { world, actId, payoutId } = await withReadyAct();
    const evidence = { ...EVIDENCE, userAgent: "M".repeat(5_000) };
    await world.send("act.accepted", { payoutId, acceptedAt: instant(world), evidence });
    const [accepted] = (await world.store.listEvents(actId)).filter(({ type }) => type === "act.accepted");
    expect(accepted).toMatchObject({ evidence: { userAgent: "M".repeat(500) } });
  });
});

describe("the accepted form", () => {
  test("needs its hash, and the refusal says what to add", async () => {
    const { world, payoutId } = await withReadyAct();
    const sent = world.send("act.accepted", { payoutId, acceptedAt: instant(world), pdfSha256: null });
    const issues = [{ path: "data.pdfSha256", code: "required", message: expect.stringContaining("pdf.sha256") }];
    await expect(sent).rejects.toMatchObject({ code: "validation_failed", issues });
  });

  test("is the shown one: a form printed anew in 1C after the agent looked is never accepted", async () => {
    const { world, actId, payoutId } = await withReadyAct();
    const pdfSha256 = (await world.store.getAct(actId))?.form?.sha256;
    const acceptedAt = instant(world);
    world.advance(MINUTE);
    await printAnew(world, actId);
    expect((await world.store.getAct(actId))?.form?.sha256).not.toBe(pdfSha256);
    const sent = world.send("act.accepted", { payoutId, acceptedAt, pdfSha256 });
    await expect(sent).rejects.toMatchObject({ code: "form_changed" });
    expect(await world.store.getAct(actId)).toMatchObject({ status: "ready", acceptedAt: null });
  });

  test("is judged by the time where a platform may leave out the hash", async () => {
    const { world, actId, payoutId } = await withReadyAct({
      relay: { rules: { ...RULES, acceptWithoutHash: true } },
    });
    const before = instant(world);
    world.advance(MINUTE);
    await printAnew(world, actId);
    const accept = (acceptedAt: string) => world.send("act.accepted", { payoutId, acceptedAt, pdfSha256: null });
    await expect(accept(before)).rejects.toMatchObject({ code: "form_changed" });
    expect(await accept(instant(world))).toMatchObject({ duplicate: false });
    // The accepted form stays accepted at any time of a repeat.
    expect(await accept(before)).toMatchObject({ duplicate: true });
  });

  test("keeps the time of its first printing when 1C gives the same bytes again", async () => {
    const { world, actId } = await withReadyAct();
    const first = (await world.store.getAct(actId))?.form;
    expect(first?.printedAt).toBe(world.now());
    world.advance(MINUTE);
    await world.send("act.changed", { actRef: actId }, { source: "onec" });
    await world.settle();
    expect((await world.store.getAct(actId))?.form).toEqual(first);
  });

  test("is not accepted ahead of time", async () => {
    const { world, payoutId } = await withReadyAct();
    const sent = world.send("act.accepted", { payoutId, acceptedAt: instant(world, 6 * MINUTE) });
    await expect(sent).rejects.toMatchObject({ issues: [{ path: "data.acceptedAt", code: "future" }] });
  });
});
