import { describe, expect, test } from "vitest";
import { openAccounting, SETTINGS } from "../onec-runtime/bsl/accounting/open.ts";
import type { AccountingOptions } from "../onec-runtime/bsl/accounting/options.ts";
import { ACT_REF, askAct, askCounterparty, askOrder, ORDER_REF, REF } from "../onec-runtime/bsl/accounting/requests.ts";
import { Ref } from "../onec-runtime/bsl/accounting/store.ts";
import { BslDate, type Value } from "../onec-runtime/bsl/values.ts";

/* Acts, payment orders and their list over a played БП. */

const ACTS = "Документ.ПоступлениеТоваровУслуг";
const SALES = "Документ.РеализацияТоваровУслуг";
const ORDERS = "Документ.ПлатежноеПоручение";
const SALE = { ...SETTINGS, actDocument: "sale" };
const CLOSED = { closedUntil: BslDate.of(2026, 11, 30) };
const RELEASES = ["3.0.198.19", "3.0.151.27"] as const;

/** A base where the counterparty is known. */
function open(options: Partial<AccountingOptions> = {}, settings: object = SETTINGS) {
  const base = openAccounting(options);
  base.call("counterparty", askCounterparty(), settings);
  base.store.writes.length = 0;
  return { ...base, line: () => base.store.read(ACTS, ACT_REF)?.sections.Услуги?.[0] ?? {} };
}

const id = (value: Value | undefined) => (value instanceof Ref ? value.id : undefined);
const title = (value: Value | undefined) => (value instanceof Ref ? value.title() : undefined);

describe("an act", () => {
  test.each(RELEASES)("is written and posted in release %s", (release) => {
    const base = open({ release });
    expect(base.call("act", askAct())).toMatchObject({ ok: true, result: { ref: ACT_REF, date: "2026-11-24" } });
    // A repeat with another sum gets the sum and the card of the document that stands.
    expect(base.call("act", askAct({ amount: "1.00" })).result).toMatchObject({
      amount: "15000.00",
      counterpartyRef: askAct().counterpartyRef,
    });
    expect(base.read(ACTS, ACT_REF)).toMatchObject({ Проведен: true, СуммаДокумента: 15000 });
  });

  test("is posted where 1C puts its own main contract", () => {
    const base = open({ keepsContracts: false });
    for (const contract of base.all("Справочник.ДоговорыКонтрагентов"))
      base.add("Справочник.ДоговорыКонтрагентов", { ...contract, ПометкаУдаления: true });
    expect(base.call("act", askAct())).toMatchObject({ ok: true });
  });

  test.each([true, false])(
    "leaves accounts to the firm's own settings (controlled by the user: %s)",
    (controlsAccounts) => {
      const base = open({ controlsAccounts });
      expect(base.call("act", askAct())).toMatchObject({ ok: true });
      const act = base.read(ACTS, ACT_REF);
      expect([id(act.СчетУчетаРасчетовСКонтрагентом), id(base.line().СчетЗатрат)]).toEqual(["76.05", "44.01"]);
    },
  );

  test.each([true, false])(
    "gets the usual accounts where the firm has no settings (controlled: %s)",
    (controlsAccounts) => {
      const base = open({ controlsAccounts, fillsAccounts: false });
      expect(base.call("act", askAct({ vat: "22" }))).toMatchObject({ ok: true });
      const act = base.read(ACTS, ACT_REF);
      const line = base.line();
      expect([act.СчетУчетаРасчетовСКонтрагентом, act.СчетУчетаРасчетовПоАвансам].map(id)).toEqual(["60.01", "60.02"]);
      expect([line.СчетЗатрат, line.СчетЗатратНУ, line.СчетУчетаНДС].map(id)).toEqual(["26", "26", "19.04"]);
      expect([line.Субконто1, line.СубконтоНУ1].map(title)).toEqual([
        "Прочее (переименована)",
        "Прочее (переименована)",
      ]);
    },
  );

  test("takes the cost account and item of the settings before the firm's", () => {
    const base = open();
    base.add("Справочник.СтатьиЗатрат", { Наименование: "Агенты" });
    base.set("СчетЗатрат", "26");
    base.set("СтатьяЗатрат", "Агенты");
    base.call("act", askAct());
    expect([id(base.line().СчетЗатрат), title(base.line().Субконто1)]).toEqual(["26", "Агенты"]);
  });

  test("has the cost item where the account keeps items", () => {
    const base = open();
    base.set("СчетЗатрат", "20.01");
    base.call("act", askAct());
    const { Субконто1, Субконто2, СубконтоНУ2 } = base.line();
    expect([title(Субконто1), title(Субконто2), title(СубконтоНУ2)]).toEqual([
      undefined,
      "Прочее (переименована)",
      "Прочее (переименована)",
    ]);
  });

  test.each([
    [true, "22", "ПринимаетсяКВычету"],
    [true, "none", ""],
    [false, "22", ""],
  ])("has, with separate VAT accounting %s and VAT %s, the method «%s»", (separateVat, vat, method) => {
    const base = open({ separateVat, controlsAccounts: true, fillsAccounts: false });
    expect(base.call("act", askAct({ vat }))).toMatchObject({ ok: true });
    expect(id(base.line().СпособУчетаНДС) ?? "").toBe(method);
  });

  test("is posted by 1C's own rules even where a user would have to fill the VAT method", () => {
    const options = { controlsAccounts: true, fillsAccounts: false, separateVat: true, hasOwnModules: false };
    expect(open(options).call("act", askAct({ vat: "22" }))).toMatchObject({ ok: true });
  });

  test("is of the head organisation where a division shares the INN", () => {
    const base = open();
    const { id: head, ...values } = base.all("Справочник.Организации")[0] ?? { id: "" };
    base.add("Справочник.Организации", { ...values, ОбособленноеПодразделение: true, КПП: "780243001" });
    expect(base.call("act", askAct())).toMatchObject({ ok: true });
    expect(id(base.read(ACTS, ACT_REF).Организация)).toBe(head);
  });

  test("in a closed period is refused, and nothing is written", () => {
    const base = open(CLOSED);
    expect(base.call("act", askAct()).error?.code).toBe("period_closed");
    expect(base.store.writes).toEqual([]);
  });

  test("tells 1C's words when posting fails, and no message of an earlier operation", () => {
    const base = open({ refusesPosting: "Договор: валюта не совпадает", remark: "Замечание при записи" });
    base.store.messages.push("Сообщение чужой операции");
    const { error } = base.call("act", askAct());
    expect(error?.code).toBe("act_not_posted");
    expect(error?.detail).toContain("валюта не совпадает");
    expect(error?.detail).not.toMatch(/чужой|Замечание/);
    expect(base.read(ACTS, ACT_REF).Проведен).toBe(false);
  });

  test("is posted as a sale", () => {
    const base = open({}, SALE);
    expect(base.call("act", askAct(), SALE)).toMatchObject({ ok: true });
    expect(base.read(SALES, ACT_REF)).toMatchObject({ Проведен: true });
  });
});

describe("a payment order", () => {
  test.each(RELEASES)("has the parties' texts of БП's own function in release %s", (release) => {
    const base = open({ release });
    expect(base.call("payment-order", askOrder())).toMatchObject({ ok: true, result: { ref: ORDER_REF } });
    expect(base.read(ORDERS, ORDER_REF)).toMatchObject({
      ТекстПлательщика: "Общество с ограниченной ответственностью «Платформа» (по правилам БП)",
      ТекстПолучателя: "ООО «Исполнитель» (по правилам БП)",
      ИННПолучателя: "7801234567",
      КПППолучателя: "",
      КПППлательщика: "",
    });
  });

  test("has the digits of an INN that the card keeps with spaces", () => {
    const base = open();
    const card = base.read("Справочник.Контрагенты", REF);
    base.add("Справочник.Контрагенты", { ...card, id: REF, ИНН: " 78 0123 4567 " });
    base.call("payment-order", askOrder());
    expect(base.read(ORDERS, ORDER_REF).ИННПолучателя).toBe("7801234567");
  });

  test("has full names where БП's function is absent", () => {
    const base = open({ hasOwnModules: false });
    expect(base.call("payment-order", askOrder())).toMatchObject({ ok: true });
    expect(base.read(ORDERS, ORDER_REF)).toMatchObject({
      ТекстПолучателя: "ООО «Исполнитель»",
      ИННПлательщика: "7709123453",
      КПППолучателя: "",
    });
  });

  test.each([true, false])("is written whether cash-flow items are kept or not (%s)", (keepsCashFlowItems) => {
    const base = open({ keepsCashFlowItems });
    base.add("Справочник.СтатьиДвиженияДенежныхСредств", { Наименование: "Агентам" });
    base.set("СтатьяДДС", "Агентам");
    expect(base.call("payment-order", askOrder())).toMatchObject({ ok: true });
    expect(title(base.read(ORDERS, ORDER_REF).СтатьяДвиженияДенежныхСредств)).toBe(keepsCashFlowItems ? "Агентам" : "");
  });

  test("in a closed period is refused by the check, and nothing is written", () => {
    const base = open(CLOSED);
    const { error } = base.call("payment-order", askOrder());
    expect([error?.code, error?.detail]).toEqual(["period_closed", expect.stringContaining("24.11.2026")]);
    expect(base.store.writes).toEqual([]);
  });

  test("in a closed period is refused by 1C's own words where the check sees nothing", () => {
    const base = open({ ...CLOSED, foreseesClosedPeriod: false });
    expect(base.call("payment-order", askOrder()).error?.code).toBe("period_closed");
    expect(base.all(ORDERS)).toEqual([]);
  });

  test("goes to the account that differs by spaces only", () => {
    const base = open();
    const account = { number: "40702810900000000001" };
    for (const known of base.all("Справочник.БанковскиеСчета"))
      if (known.НомерСчета === account.number)
        base.add("Справочник.БанковскиеСчета", { ...known, НомерСчета: "40702 81090 00000 00001" });
    expect(base.call("payment-order", askOrder())).toMatchObject({ ok: true });
  });
});

describe("the list of documents", () => {
  test("has every document with the relay's marker, page by page", () => {
    const base = open();
    base.call("act", askAct());
    base.call("act", askAct({ ref: REF, marker: "onec-relay:2", comment: "onec-relay:2", date: "2026-11-25" }));
    const ask = { kind: "act", since: "2026-11-01", marker: "onec-relay", after: null, limit: 1 };
    const first = base.call("documents", ask);
    expect(first).toMatchObject({ ok: true, result: { documents: [{ ref: ACT_REF, amount: "15000.00" }] } });
    const second = base.call("documents", { ...ask, after: first.result?.next });
    expect(second).toMatchObject({ ok: true, result: { documents: [{ ref: REF }], next: null } });
  });
});

describe("the printed form", () => {
  const form = (base: ReturnType<typeof open>, settings: object = SETTINGS) =>
    String(base.call("act-form", { ref: ACT_REF, marker: "onec-relay" }, settings).result?.text);

  test.each([
    ["receipt", "Документ.ПоступлениеТоваровУслуг:Акт"],
    ["sale", "Документ.РеализацияТоваровУслуг:Акт"],
  ])("is, for a %s, БП's own «%s» when nothing is set", (actDocument, expected) => {
    const settings = { ...SETTINGS, actDocument };
    const base = open({}, settings);
    base.call("act", askAct(), settings);
    expect([form(base, settings), base.parts.printed]).toEqual(["%PDF Форма БП", [expected]]);
  });

  test("is the extension's own layout where БП's default form fails, with a line in the event log", () => {
    const base = open({ failing: ["печать"] });
    base.call("act", askAct());
    expect(form(base)).toContain("Акт об оказании услуг");
    expect(base.log.join()).toContain("Документ.ПоступлениеТоваровУслуг:Акт");
  });

  test("is refused when the form of the settings fails", () => {
    const base = open({ failing: ["печать"] });
    base.set("ПечатнаяФорма", "Документ.ПоступлениеТоваровУслуг:Акт");
    base.call("act", askAct());
    expect(base.call("act-form", { ref: ACT_REF, marker: "onec-relay" }).error?.code).toBe("print_failed");
  });

  test("writes sums in Russian in a session of any language", () => {
    const base = open({ language: "en" });
    base.set("ПечатнаяФорма", "макет");
    base.call("act", askAct());
    const text = form(base);
    expect(text).toContain("Итого: 15\u00A0000,00");
    expect(text).toContain("прописью 15000.00");
    expect(text).not.toMatch(/15,000|in words/);
  });
});

describe("an act that exists", () => {
  const known = { ref: ACT_REF, marker: "onec-relay" };

  test("is found, stays as it is on a repeat, is the latest, and is voided once", () => {
    const base = open();
    base.call("act", askAct());
    const { version } = base.store.read(ACTS, ACT_REF) ?? {};
    expect(base.call("act", askAct({ amount: "15000.00" }))).toMatchObject({ ok: true, result: { ref: ACT_REF } });
    expect(base.store.read(ACTS, ACT_REF)?.version).toBe(version);
    expect(base.call("act-find", known).result).toMatchObject({
      act: { ref: ACT_REF, posted: true, amount: "15000.00" },
    });
    const latest = { counterpartyRef: REF, exceptRef: REF, exceptMarker: "onec-relay:other" };
    expect(base.call("latest-acts", latest).result).toMatchObject({ acts: [{ ref: ACT_REF, date: "2026-11-24" }] });
    expect(base.call("act-void", { ...known, reason: "Ошибка" }).result).toEqual({ found: true });
    expect(base.read(ACTS, ACT_REF)).toMatchObject({ Проведен: false, ПометкаУдаления: true });
    expect(base.call("act", askAct()).error?.code).toBe("act_changed");
    expect(base.call("latest-acts", latest).result).toEqual({ acts: [] });
  });

  test("in a closed period is not voided", () => {
    const base = open();
    base.call("act", askAct());
    base.closePeriod(CLOSED.closedUntil);
    expect(base.call("act-void", { ...known, reason: "Ошибка" }).error?.code).toBe("period_closed");
    expect(base.read(ACTS, ACT_REF)).toMatchObject({ Проведен: true, ПометкаУдаления: false });
  });
});

describe("the state of a payment order", () => {
  const ask = { orders: [{ ref: ORDER_REF, marker: "onec-relay" }] };

  function openOrder() {
    const base = open();
    base.call("payment-order", askOrder());
    const order = base.store.ref(ORDERS, ORDER_REF);
    return {
      ...base,
      order,
      state: () => (base.call("payment-states", ask).result?.states as object[] | undefined)?.[0],
    };
  }

  test("is waiting, and the order is found", () => {
    const base = openOrder();
    expect(base.state()).toMatchObject({ ref: ORDER_REF, state: "waiting" });
    expect(base.call("payment-order-find", ask.orders[0] ?? {}).result).toMatchObject({ order: { ref: ORDER_REF } });
  });

  test("is rejected when the register of states says so", () => {
    const base = openOrder();
    const state = base.enumValue("СостоянияБанковскихДокументов", "Отклонено");
    base.store.registers.СостоянияБанковскихДокументов?.push({ СсылкаНаОбъект: base.order, Состояние: state });
    expect(base.state()).toMatchObject({ state: "rejected", reason: "Состояние в 1С: Отклонено" });
  });

  test("is executed by one posted write-off, and unclear with two", () => {
    const base = openOrder();
    const pay = (Проведен: boolean) =>
      base.add("Документ.СписаниеСРасчетногоСчета", {
        ДокументОснование: base.order,
        Проведен,
        Дата: BslDate.of(2026, 11, 25, 10),
        НомерВходящегоДокумента: "812",
      });
    pay(false);
    expect(base.state()).toMatchObject({ state: "waiting" });
    pay(true);
    expect(base.state()).toMatchObject({ state: "executed", executedOn: "2026-11-25", bankReference: "812" });
    pay(true);
    expect(base.state()).toMatchObject({ state: "ambiguous" });
  });

  test("is deleted when the order is marked or absent", () => {
    const base = openOrder();
    base.add(ORDERS, { ...base.read(ORDERS, ORDER_REF), id: ORDER_REF, ПометкаУдаления: true });
    expect(base.state()).toMatchObject({ state: "deleted" });
    expect(open().call("payment-states", ask).result).toMatchObject({ states: [{ state: "deleted" }] });
  });
});
