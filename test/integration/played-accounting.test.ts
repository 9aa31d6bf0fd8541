import { describe, expect, test } from "vitest";
import { EntityObject } from "../onec-runtime/bsl/accounting/objects.ts";
import { openAccounting } from "../onec-runtime/bsl/accounting/open.ts";
import { answerQuery } from "../onec-runtime/bsl/accounting/query.ts";
import { BslError } from "../onec-runtime/bsl/lexer.ts";
import { BslException } from "../onec-runtime/bsl/values.ts";

/* The played БП refuses what a real one refuses: otherwise a fault of the extension would not show. */

const CARDS = "Справочник.Контрагенты";
const ask = (where: string, parameters: readonly (readonly [string, string])[] = []) =>
  answerQuery(
    openAccounting().store,
    `ВЫБРАТЬ Карточки.Ссылка КАК Ссылка ИЗ Справочник.Контрагенты КАК Карточки ГДЕ ${where}`,
    new Map(parameters),
  );

describe("a query", () => {
  test("compares a text without a limit only inside of ВЫРАЗИТЬ", () => {
    expect(() => ask('Карточки.Комментарий = "а"')).toThrow("неограниченной длины");
    expect(() => ask('Карточки.Комментарий ПОДОБНО "а" СПЕЦСИМВОЛ "~"')).toThrow("неограниченной длины");
    expect(ask('ВЫРАЗИТЬ(Карточки.Комментарий КАК СТРОКА(10)) = "а"')).toEqual([]);
  });

  test("is refused with an unset parameter, an unknown field or an unknown part", () => {
    const base = openAccounting();
    base.add(CARDS, { ИНН: "7801234567" });
    const run = (text: string) => () => answerQuery(base.store, text, new Map());
    const from = "ВЫБРАТЬ Карточки.Ссылка КАК Ссылка ИЗ Справочник.Контрагенты КАК Карточки";
    expect(run(`${from} ГДЕ Карточки.ИНН = &ИНН`)).toThrow(BslException);
    expect(run(`${from} ГДЕ Карточки.НетТакого = "а"`)).toThrow(BslException);
    expect(run(`${from} СГРУППИРОВАТЬ ПО Карточки.Ссылка`)).toThrow(BslError);
    expect(run("ВЫБРАТЬ Нет.Ссылка КАК Ссылка ИЗ Справочник.НетТакого КАК Нет")).toThrow(BslError);
  });
});

describe("a write", () => {
  test("is a version conflict for an object that was read before another write", () => {
    const { store, add } = openAccounting();
    const ref = add(CARDS, { Наименование: "А" });
    const [first, second] = [ref.call("получитьобъект"), ref.call("получитьобъект")] as EntityObject[];
    first?.call("записать", []);
    expect(() => second?.call("записать", [])).toThrow("Записать");
    expect(store.read(CARDS, ref.id)?.version).toBe(2);
  });

  test("breaks its transaction when it fails, and a rollback takes everything back", () => {
    const { store } = openAccounting({ refuses: { table: "Справочник.БанковскиеСчета", message: "нельзя" } });
    const make = (table: string) => new EntityObject(store, table, store.newId(), null).call("записать", []);
    store.begin();
    make(CARDS);
    expect(() => make("Справочник.БанковскиеСчета")).toThrow("Записать");
    expect(() => make(CARDS)).toThrow("уже происходили ошибки");
    expect(() => store.commit()).toThrow("уже происходили ошибки");
    store.rollback();
    expect(store.rows(CARDS)).toEqual([]);
  });

  test("cuts a text and drops a value of another type at the assignment", () => {
    const { store, organization } = openAccounting();
    const card = new EntityObject(store, CARDS, store.newId(), null);
    card.set("кпп", "7801010011234");
    card.set("основнойбанковскийсчет", organization);
    expect(card.get("кпп")).toBe("780101001");
    expect(card.get("основнойбанковскийсчет")).toBe(store.empty("Справочник.БанковскиеСчета"));
  });

  test("is refused to a second object at its lock", () => {
    const { add } = openAccounting();
    const ref = add(CARDS, {});
    const [first, second] = [ref.call("получитьобъект"), ref.call("получитьобъект")] as EntityObject[];
    first?.call("заблокировать", []);
    expect(() => second?.call("заблокировать", [])).toThrow("уже заблокирован");
  });
});
