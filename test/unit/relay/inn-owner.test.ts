import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { accountNumber, BIC, companyInn, makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const INN = companyInn(2);
/** Another agent of the platform who types the same INN. */
const STRANGER = makeContractorData(2, {
  id: "stranger",
  name: "ООО «Другой»",
  phone: "+7 900 666-66-66",
  bankAccount: { number: accountNumber(666), bic: BIC },
});
const OLEG = "person:Олег" as const;

const cards = (world: Harness) => world.onec.mock.takeSnapshot().counterparties;
const problemOf = async (world: Harness, id: string) => (await world.store.getAct(id))?.problem;

describe("an INN that another agent has used", () => {
  test("is a problem for the accountant before any field of the card is written", async () => {
    const world = await createHarness();
    await world.request();
    await world.settle();
    const before = cards(world);
    const id = await world.request({ contractor: STRANGER });
    await world.settle();
    expect(await problemOf(world, id)).toMatchObject({ code: "counterparty_taken", resolver: "accountant" });
    expect(cards(world)).toEqual(before);
    const told = world.delivered.find(({ data }) => data.actId === id);
    expect(JSON.stringify(told)).not.toMatch(/ООО|agent/);
  });

  test("keeps the card from an update without an act, and the operator hears of the update", async () => {
    const world = await createHarness({ ops: true });
    await world.request();
    await world.settle();
    const before = cards(world);
    await world.send("contractor.updated", { contractor: STRANGER });
    await world.settle();
    expect(cards(world)).toEqual(before);
    expect(world.types()).toContain("contractor.problem");
  });

  test("serves the other agent too after a person has bound the INN, for good", async () => {
    const world = await createHarness({ settings: { sameDayAct: "single_day" } });
    await world.request();
    await world.settle();
    const id = await world.request({ contractor: STRANGER });
    await world.settle();
    await world.relay.retryAct(id, OLEG);
    await world.settle();
    expect(await problemOf(world, id)).toMatchObject({ code: "counterparty_taken" });
    await world.relay.retryAct(id, OLEG, { bindContractor: true });
    await world.settle();
    expect(await world.store.getAct(id)).toMatchObject({ status: "ready", problem: null });
    const retried = (await world.store.listEvents(id)).filter(({ type }) => type === "operator.retried");
    expect(retried.at(-1)).toMatchObject({ bindContractor: true, actor: OLEG });
    for (const contractor of [STRANGER, makeContractorData(2)]) {
      const next = await world.request({ contractor });
      await world.settle();
      expect(await problemOf(world, next)).toBe(null);
    }
  });
});

test("the INN of the organization that pays is refused at the door", async () => {
  const world = await createHarness();
  const own = makeContractorData(1);
  expect(own.inn).toBe(companyInn(1));
  const issue = { path: "data.contractor.inn", code: "own_inn" };
  await expect(world.request({ contractor: own })).rejects.toMatchObject({
    code: "validation_failed",
    issues: [issue],
  });
  await expect(world.send("contractor.updated", { contractor: own })).rejects.toMatchObject({ issues: [issue] });
});

describe("a person's consent to update a card made by hand", () => {
  test("covers the same agent with the same account, and asks again for another account", async () => {
    const onec = createMockAdapter({ updateExisting: "confirm" });
    const world = await createHarness({ onec, settings: { sameDayAct: "single_day" } });
    onec.mock.addCounterparty({ name: "ООО «Ручное»", inn: INN, kpp: "770101001" });
    const ask = async (more: Record<string, unknown>) => {
      const id = await world.request({ contractor: makeContractorData(2, more) });
      await world.settle();
      return id;
    };
    const first = await ask({});
    expect(await problemOf(world, first)).toMatchObject({ code: "counterparty_confirm" });
    await world.relay.retryAct(first, OLEG);
    await world.settle();
    expect(await problemOf(world, first)).toBe(null);
    expect(await problemOf(world, await ask({ phone: "+7 495 000-00-00" }))).toBe(null);
    const moved = await ask({ bankAccount: { number: accountNumber(7), bic: BIC } });
    expect(await problemOf(world, moved)).toMatchObject({ code: "counterparty_confirm" });
    await world.relay.retryAct(moved, OLEG);
    await world.settle();
    expect(await problemOf(world, moved)).toBe(null);
  });
});
