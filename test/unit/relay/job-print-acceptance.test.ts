import { describe, expect, test } from "vitest";
import { RelayError } from "../../../core/errors.ts";
import { printAcceptance } from "../../../core/relay/jobs/print-acceptance.ts";
import { aForm, anAct } from "../../support/builders.ts";
import { aContext } from "../../support/context.ts";
import { createHarness, type Harness, type HarnessOptions } from "../../support/harness.ts";
import { acceptAct, leaseJob, readAct } from "../../support/lost-call.ts";

const ANNA = "person:Анна";

/** A world with one act that the contractor has accepted; no job is done yet. */
async function acceptedIn(options: HarnessOptions = {}): Promise<{ world: Harness; id: string }> {
  const world = await createHarness(options);
  const id = await world.request();
  await world.settle();
  await acceptAct(world, id);
  return { world, id };
}

/** A printer that cannot join a sheet while `broken`. */
function breakable() {
  const state = { broken: true, calls: 0 };
  const printAccepted = async () => {
    state.calls += 1;
    if (state.broken) throw new RelayError("print_failed", "Файл формы повреждён");
    return { sha256: "d".repeat(64), bytes: 3, prefix: null, tail: new Uint8Array(3) };
  };
  const printer = {
    toServiceLines: ({ amount }: { amount: number }) => [
      { name: "Услуги", quantity: 1000, unit: "усл.", price: amount, amount },
    ],
    print: async () => ({ sha256: "a".repeat(64), bytes: 4, prefix: null, tail: new Uint8Array(4) }),
    printAccepted,
  };
  return { state, relay: { printer } };
}

const orderOf = (world: Harness) => world.delivered.find(({ type }) => type === "payment_order.created")?.data;

describe("the accepted form", () => {
  test("is kept beside the shown form, and its address goes out with the payment order", async () => {
    const { world, id } = await acceptedIn();
    const shown = await world.store.getForm(id);
    await world.settle();
    const { acceptedForm, form } = await readAct(world, id);
    const kept = await world.store.getForm(id, "accepted");
    expect(kept).toMatchObject({ sha256: acceptedForm?.sha256, bytes: acceptedForm?.bytes });
    expect(await world.store.getForm(id)).toEqual(shown);
    expect(form?.sha256).toBe(shown?.sha256);
    expect(orderOf(world)).toMatchObject({
      acceptedPdf: { sha256: kept?.sha256, bytes: kept?.bytes, url: expect.any(String), expiresAt: expect.any(String) },
    });
  });

  test("is made once when the worker dies and the job is repeated", async () => {
    const { world, id } = await acceptedIn();
    const job = await leaseJob(world, "acceptance.print");
    const next = await createHarness({ store: world.store, onec: world.onec, start: world.now() + 600_000 });
    await next.settle();
    const made = await readAct(next, id);
    // The dead worker was only slow: its late result counts for nothing.
    await world.relay.runJob(job);
    expect(await readAct(world, id)).toEqual(made);
    const events = await world.store.listEvents(id);
    expect(events.filter(({ type }) => type === "acceptance.printed")).toHaveLength(1);
  });

  test("is a problem for the operator when it fails, and holds no payment", async () => {
    const { state, relay } = breakable();
    const { world, id } = await acceptedIn({ relay, ops: true });
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({
      status: "payment_ordered",
      problem: {
        code: "accepted_form_failed",
        resolver: "operator",
        message: expect.stringMatching(/Оплату это не задерживает\. Файл формы повреждён$/),
      },
    });
    expect(orderOf(world)).not.toHaveProperty("acceptedPdf");
    // The order makes no second job for a form whose problem stands.
    expect(state.calls).toBe(1);
    const [order] = world.onec.mock.takeSnapshot().paymentOrders;
    world.onec.mock.executePayment(order!.ref);
    await world.pass(120_000);
    expect(await readAct(world, id)).toMatchObject({ status: "paid", problem: { code: "accepted_form_failed" } });
  });

  test("gives a standing sentence to a person and a place to the log after an unforeseen error", async () => {
    const lines: object[] = [];
    const log = (_: string, event: string, fields: object) => void lines.push({ event, ...fields });
    const { relay } = breakable();
    const printAccepted = async () => Promise.reject(new TypeError("x is not a function"));
    const { world, id } = await acceptedIn({ relay: { printer: { ...relay.printer, printAccepted }, log } });
    await world.settle();
    expect((await readAct(world, id)).problem?.message).toContain("Внутренняя ошибка шлюза");
    const fault = expect.stringMatching(/^TypeError\s+at .*job-print-acceptance/);
    expect(lines).toContainEqual(expect.objectContaining({ code: "accepted_form_failed", fault }));
  });

  test("is made by a retry, even of a paid act", async () => {
    const { state, relay } = breakable();
    const { world, id } = await acceptedIn({ relay });
    await world.settle();
    const [order] = world.onec.mock.takeSnapshot().paymentOrders;
    world.onec.mock.executePayment(order!.ref);
    await world.pass(120_000);
    state.broken = false;
    await world.relay.retryAct(id, ANNA);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({
      status: "paid",
      problem: null,
      acceptedForm: { sha256: "d".repeat(64) },
    });
  });

  test("is made after the order, if a problem of the order displaced its problem", async () => {
    const { state, relay } = breakable();
    const { world, id } = await acceptedIn({ relay });
    world.onec.mock.failNext("createPaymentOrder", { outcome: "rejected", code: "bank_unknown" });
    await world.settle();
    expect((await readAct(world, id)).problem?.code).toBe("bank_unknown");
    state.broken = false;
    await world.relay.retryAct(id, ANNA);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "payment_ordered", acceptedForm: { bytes: 3 } });
  });

  test("is left out where the printer makes none", async () => {
    const { state, relay } = breakable();
    const { printAccepted: _, ...printer } = relay.printer;
    const { world, id } = await acceptedIn({ relay: { printer } });
    await world.settle();
    const act = await readAct(world, id);
    expect(act).toMatchObject({ status: "payment_ordered", problem: null });
    expect(act).not.toHaveProperty("acceptedForm");
    expect(state.calls).toBe(0);
  });

  test("too large for the store is the same problem, with sizes and advice", async () => {
    const { state, relay } = breakable();
    state.broken = false;
    const print = async () => ({ sha256: "a".repeat(64), bytes: 2, prefix: null, tail: new Uint8Array(2) });
    const printer = { ...relay.printer, print };
    const { world, id } = await acceptedIn({ relay: { printer }, settings: { largestForm: 2 } });
    await world.settle();
    expect((await readAct(world, id)).problem).toMatchObject({
      code: "accepted_form_failed",
      message: expect.stringContaining("хранилище шлюза принимает не больше"),
    });
    expect(await world.store.getForm(id, "accepted")).toBeNull();
  });

  test.each(["voided", "accepted"] as const)("is not drawn for nothing: a %s act", async (status) => {
    const { state, relay } = breakable();
    const context = aContext(relay);
    const act = anAct({ status, ...(status === "accepted" ? { acceptedForm: { sha256: "d", bytes: 3 } } : {}) });
    await context.store.commit([{ type: "form", form: aForm({ actId: act.id }) }]);
    expect(await printAcceptance(context, act)).toEqual({ state: "skipped" });
    expect(state.calls).toBe(0);
  });

  test("is stored only with its own event", async () => {
    const { state, relay } = breakable();
    state.broken = false;
    const context = aContext(relay);
    const act = anAct({ status: "accepted" });
    await context.store.commit([{ type: "form", form: aForm({ actId: act.id }) }]);
    const { also } = await printAcceptance(context, act);
    const moved = { kind: "moved", act, event: {} as never, jobs: [] } as const;
    expect(await also!(moved)).toMatchObject([{ type: "form", kind: "accepted", form: { actId: act.id } }]);
    expect(await also!({ kind: "same" })).toEqual([]);
  });

  test("is not made for an act that a person voided in the meantime", async () => {
    const { world, id } = await acceptedIn();
    const job = await leaseJob(world, "acceptance.print");
    await world.relay.voidAct(id, ANNA, "Ошибка");
    await world.relay.runJob(job);
    expect(await world.store.getForm(id, "accepted")).toBeNull();
  });
});
