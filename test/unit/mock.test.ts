import { describe, expect, it, vi } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION } from "../../adapters/mock/index.ts";
import {
  checkCorrespondentAccount,
  checkInn,
  checkKpp,
  checkOgrn,
  checkSettlementAccount,
} from "../../core/requisites.ts";
import {
  accountOf,
  actParams,
  BIC,
  bareContractor,
  innOf,
  newCall,
  OTHER_BIC,
  orderParams,
  refOf,
} from "../support/accounting.ts";
import { CALLS, CARD, createFurnished, errorOf } from "../support/mock-calls.ts";

describe("the organisation", () => {
  it("has requisites whose control digits agree", () => {
    const { inn, kpp = "", ogrn = "", bankAccount } = MOCK_ORGANIZATION;
    expect([checkInn(inn), checkKpp(kpp), checkOgrn(ogrn)]).toEqual([null, null, null]);
    expect(checkSettlementAccount(bankAccount?.number ?? "", bankAccount?.bic ?? "")).toBeNull();
    expect(checkCorrespondentAccount(bankAccount?.corrAccount ?? "", bankAccount?.bic ?? "")).toBeNull();
  });
});

describe("the infobase", () => {
  it("is inspected in copies, and shares no object with the caller", async () => {
    const adapter = createMockAdapter();
    const bankAccount = { ...accountOf(1) };
    await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1, { bankAccount }) }, newCall());
    const before = adapter.mock.takeSnapshot();
    bankAccount.number = "0";
    const { counterparties } = adapter.mock.takeSnapshot();
    Object.assign(counterparties[0]!, { name: "испорчено" });
    expect(adapter.mock.takeSnapshot()).toEqual(before);
  });

  it("reports every write until told to stop", async () => {
    const adapter = createMockAdapter({ today: () => "2026-11-24" });
    const told: string[] = [];
    const stop = adapter.mock.onChange(({ by, action }) => told.push(`${by} ${action}`));
    await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, newCall());
    await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, newCall());
    await adapter.createPaymentOrder(orderParams(CARD), newCall());
    adapter.mock.executePayment(refOf("order", 1));
    stop();
    adapter.mock.deletePaymentOrder(refOf("order", 1));
    expect(told).toEqual(["relay counterparty.created", "relay payment_order.created", "accountant payment.executed"]);
    expect(adapter.mock.takeSnapshot().paymentOrders[0]?.state).toEqual({
      state: "executed",
      executedOn: "2026-11-24",
    });
  });

  it("numbers documents as 1C does", async () => {
    const adapter = await createFurnished();
    adapter.mock.addActByHand({ counterpartyRef: CARD, date: "2026-11-01", amount: 100 });
    await CALLS.createAct(adapter);
    const { acts, paymentOrders } = adapter.mock.takeSnapshot();
    expect(acts.map((act) => act.number)).toEqual(["0000-000001", "0000-000002", "0000-000003"]);
    expect(paymentOrders.map((order) => order.number)).toEqual(["0000-000001"]);
  });

  it("moves documents to the surviving card", async () => {
    const adapter = await createFurnished();
    const { ref } = adapter.mock.addCounterparty({ name: "Ромашка", inn: innOf(1) });
    adapter.mock.mergeCards(ref, CARD);
    const { acts, paymentOrders, counterparties } = adapter.mock.takeSnapshot();
    expect([...acts, ...paymentOrders].map((row) => row.counterpartyRef)).toEqual([ref, ref]);
    expect(counterparties.find((card) => card.ref === CARD)?.deletionMark).toBe(true);
  });

  it("asks a person when our own card got another INN", async () => {
    const adapter = await createFurnished();
    adapter.mock.editCard(CARD, { inn: innOf(3) });
    const error = await errorOf(CALLS.upsertCounterparty(adapter));
    expect(error).toMatchObject({ code: "counterparty_ambiguous", detail: expect.stringContaining(CARD) });
  });

  it("gives a card that a person chose the missing INN, and never another INN", async () => {
    const adapter = createMockAdapter();
    const [empty, other] = ["", innOf(3)].map((inn) => adapter.mock.addCounterparty({ name: "Ромашка", inn }).ref);
    for (const boundRef of [empty!, other!]) {
      await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1), boundRef }, newCall());
    }
    expect(adapter.mock.takeSnapshot().counterparties.map((card) => card.inn)).toEqual([innOf(1), innOf(3)]);
  });

  it("knows the given banks, and banks loaded later", async () => {
    const adapter = createMockAdapter({ banks: [{ bic: BIC, name: "АО «Банк»", corrAccount: "30101" }] });
    const upsert = (bic: string) =>
      adapter.upsertCounterparty(
        { ref: CARD, contractor: bareContractor(1, { bankAccount: accountOf(1, bic) }) },
        newCall(),
      );
    await upsert(BIC);
    expect(adapter.mock.takeSnapshot().counterparties[0]?.accounts).toMatchObject([
      { bankName: "АО «Банк»", corrAccount: "30101", setByUs: true },
    ]);
    expect(await errorOf(upsert(OTHER_BIC))).toMatchObject({ code: "bank_unknown" });
    adapter.mock.loadBank(OTHER_BIC);
    expect(await upsert(OTHER_BIC)).toMatchObject({ changed: true });
  });

  it("refuses a document that 1C would refuse", async () => {
    const adapter = await createFurnished();
    const act = actParams(CARD, 5);
    const bad = [
      adapter.createAct({ ...act, lines: [] }, newCall()),
      adapter.createAct({ ...act, amount: act.amount + 1 }, newCall()),
      adapter.createAct({ ...act, counterpartyRef: refOf("card", 9) }, newCall()),
      adapter.createAct({ ...act, date: "31.10.2026", period: { from: "x", to: "y" } }, newCall()),
      adapter.createPaymentOrder(orderParams(CARD, 5, { purpose: "я".repeat(211) }), newCall()),
      adapter.createPaymentOrder(orderParams(refOf("card", 9), 5), newCall()),
    ];
    for (const answer of bad)
      expect(await errorOf(answer)).toMatchObject({ code: "onec_rejected", outcome: "rejected" });
  });

  it("throws a RangeError at a test with an unknown name", () => {
    const { mock } = createMockAdapter();
    for (const act of [
      () => mock.editCard(CARD, {}),
      () => mock.editAct(CARD, {}),
      () => mock.executePayment(CARD),
      () => mock.mergeCards(CARD, CARD),
    ]) {
      expect(act).toThrow(RangeError);
    }
  });

  it("shows in the check each fault and the advice", async () => {
    const { bankAccount: _none, ...organization } = MOCK_ORGANIZATION;
    const adapter = createMockAdapter({ organization });
    adapter.mock.blockPosting("Не заполнен счёт учёта");
    adapter.mock.ignoreRefs(true);
    const { lines } = await adapter.check({ write: false });
    const wrong = lines.filter((line) => line.ok === false);
    expect(wrong.map((line) => line.name)).toEqual(["Счёт организации", "Проведение", "Ссылки"]);
    for (const line of wrong) expect(line.todo).toMatch(/[а-яё]/i);
    const open = lines.filter((line) => line.ok === null).map((line) => line.name);
    expect(open).toEqual(["Запись", "Проведение и отмена"]);
  });

  it("tries to write in the check, and leaves only objects marked for deletion", async () => {
    const adapter = createMockAdapter({ today: () => "2026-11-24" });
    const tried = async () => (await adapter.check({ write: true })).lines.at(-1);
    expect(await tried()).toMatchObject({ ok: true, detail: expect.stringContaining("0000-000001") });
    adapter.mock.blockPosting("Не заполнен счёт учёта");
    expect(await tried()).toMatchObject({ ok: false, name: "Проведение и отмена" });
    adapter.mock.closePeriodUpTo("2026-11-24");
    expect(await tried()).toMatchObject({ ok: false, detail: expect.stringContaining("закрыт") });
    const { acts, counterparties } = adapter.mock.takeSnapshot();
    expect(counterparties).toMatchObject([{ deletionMark: true, name: expect.stringContaining("можно удалить") }]);
    expect(acts).toHaveLength(2);
    for (const act of acts) expect(act).toMatchObject({ posted: false, deletionMark: true, amount: 100 });
  });

  it("fails uncertain, and changes nothing, when the journal cannot be written", async () => {
    const append = vi.fn(() => {
      throw new Error("disk full");
    });
    const adapter = createMockAdapter({ journal: { read: () => [], append } });
    const error = await errorOf(CALLS.upsertCounterparty(adapter));
    expect(error).toMatchObject({ outcome: "uncertain", cause: { message: "disk full" } });
    expect(adapter.mock.takeSnapshot().counterparties).toEqual([]);
  });
});
