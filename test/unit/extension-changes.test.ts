import { describe, expect, test } from "vitest";
import { BslArray, BslStructure } from "../support/bsl/collections.ts";
import { commonModules } from "../support/bsl/extension.ts";
import { createInfobase, mapOf, type PlayedDocument } from "../support/bsl/infobase.ts";
import { run } from "../support/bsl/interpreter.ts";
import { enumeration, platform, played } from "../support/bsl/platform.ts";
import { BslDate, BslException, type BslObject, BslUuid, type Value } from "../support/bsl/values.ts";

/*
 * How the relay hears of what people do in 1C: the subscription marks a document in the transaction that writes it, and the job
 * looks at marked ones every two seconds. The extension's own code, run over a played infobase: what of the platform is supposed
 * here, a live infobase has to show.
 */

const START = Date.UTC(2026, 10, 24, 9, 0, 0) / 1000;
const RUN = ["relay_Изменения", "relay_Наблюдение", "relay_Агент", "relay_База", "relay_Значения"];
const [ACT, ORDER, WRITE_OFF, OTHER] = [1, 2, 3, 4].map((n) => `5f0ea000-0000-5000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];

interface Setup {
  /** Whether privileged mode can be entered: not so in safe mode. */
  readonly privileged?: boolean;
  readonly fileBase?: boolean;
  readonly silent?: boolean;
  /** What waiting for one's own job does: passes the time, raises at its end, or ends at once. */
  readonly pause?: "passes" | "raises" | "ends at once" | "no job" | "no right";
}

/** A 1C with an act and a payment order of the relay's, watched, and with others' documents. */
function open({ privileged = true, fileBase = false, silent = false, pause = "passes" }: Setup = {}) {
  let now = START;
  const base = createInfobase(["relay_Наблюдение", "relay_Изменения"], () => now);
  let ids = 0;
  let privilege = false;
  const log: string[] = [];
  const told: { readonly type: string; readonly data: Record<string, Value>; readonly at: number }[] = [];
  const sent: { readonly types: readonly string[]; readonly at: number }[] = [];
  const queue: string[] = [];
  const people: { readonly at: number; readonly act: () => void }[] = [];
  const actFields = () => ({
    Номер: "7",
    Дата: BslDate.of(2026, 11, 20),
    Проведен: true,
    СуммаДокумента: 15000,
    Комментарий: "",
    Контрагент: base.ref("Контрагент", OTHER),
    ДоговорКонтрагента: base.ref("Договор", OTHER),
    Услуги: new BslArray([
      new BslStructure({ Содержание: "Услуги", Количество: 1, Цена: 15000, Сумма: 15000, СуммаНДС: 0 }),
    ]),
  });
  const act = base.add("ПоступлениеТоваровУслуг", ACT, actFields());
  const order = base.add("ПлатежноеПоручение", ORDER, { Дата: BslDate.of(2026, 11, 21) });

  /** People let time pass by doing something at their own moments. */
  function pass(seconds: number): void {
    const until = now + seconds;
    for (;;) {
      const [next] = people.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      people.splice(people.indexOf(next), 1);
      now = next.at;
      next.act();
    }
    now = until;
  }

  const job = played("ФоновоеЗадание", {
    ОжидатьЗавершенияВыполнения(seconds) {
      if (pause === "ends at once") return undefined;
      pass(seconds as number);
      if (pause === "raises") throw new BslException("Превышено время ожидания завершения задания");
      return undefined;
    },
  });
  const states = (refs: BslArray) =>
    mapOf(
      refs.list.map((ref) => {
        const paid = [WRITE_OFF].map((id) => base.document(id)).find((it) => it?.fields.ДокументОснование === ref);
        const posted = paid?.fields.Проведен === true;
        const fields = posted
          ? { state: "executed", executedOn: "2026-11-24", bankReference: "812" }
          : { state: "waiting", executedOn: undefined, bankReference: undefined };
        return [ref, new BslStructure({ ...fields, reason: undefined })] as const;
      }),
    );
  const around = platform({
    now: () => now * 1000,
    uuid: () => {
      ids += 1;
      return `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`;
    },
    globals: {
      ...base.globals,
      Метаданные: new BslStructure({ РегламентныеЗадания: new BslStructure({ relay_События: "job" }) }),
      УровеньЖурналаРегистрации: enumeration("УровеньЖурналаРегистрации", ["Ошибка"]),
      ОбщегоНазначения: played("ОбщегоНазначения", {
        ПриНачалеВыполненияРегламентногоЗадания: () => undefined,
        ИнформационнаяБазаФайловая: () => fileBase,
      }),
      relay_Ответы: played("relay_Ответы", { ЗабытьСтарые: () => undefined }),
      relay_Подпись: played("relay_Подпись", { Сейчас: () => now, ХешТекста: (text) => text }),
      relay_Отказы: played("relay_Отказы", { Отказ: (info) => new BslStructure({ Описание: described(info) }) }),
      relay_Настройки: played("relay_Настройки", {
        Значение: (name) => (name === "СрокНаблюдения" ? "180" : "https://relay.example.com"),
        БазаМолчит: () => silent,
        Сообщить: (_, text) => void log.push(String(text)),
      }),
      relay_Платежи: played("relay_Платежи", {
        ИмяДокумента: () => "ПлатежноеПоручение",
        СостоянияПоручений: (refs) => states(refs as BslArray),
      }),
      relay_События: played("relay_События", {
        Поставить(type, data) {
          const fields = [...(data as BslStructure).fields.values()].map(({ key, value }) => [key, value]);
          told.push({ type: String(type), data: Object.fromEntries(fields), at: now - START });
          queue.push(String(type));
          return undefined;
        },
        Отправить() {
          sent.push({ types: queue.splice(0), at: now - START });
          return undefined;
        },
      }),
    },
  });
  const running = run(
    commonModules().filter(({ name }) => RUN.includes(name)),
    {
      ...around,
      types: { ...around.types, ...base.types },
      functions: {
        ...around.functions,
        установитьпривилегированныйрежим: () => {
          privilege = privileged;
          return undefined;
        },
        привилегированныйрежим: () => privilege,
        записьжурналарегистрации: (args) => void log.push(String(args.at(-1))),
        начатьтранзакцию: () => undefined,
        зафиксироватьтранзакцию: () => undefined,
        отменитьтранзакцию: () => undefined,
        текущаядатасеанса: () => BslDate.of(2026, 11, 24),
        получитьтекущийсеансинформационнойбазы: () =>
          played("Сеанс", {
            ПолучитьФоновоеЗадание() {
              if (pause === "no right") throw new BslException("Недостаточно прав");
              return pause === "no job" ? undefined : job;
            },
          }),
      },
    },
  );
  const watch = (kind: string, document: PlayedDocument) =>
    running.call("relay_Наблюдение", "Начать", [kind, base.ref(document.kind, document.id)]);
  watch("act", act);
  watch("payment-order", order);
  base.queries.length = 0;

  return {
    base,
    act,
    order,
    log,
    told,
    sent,
    marks: () => base.registers.relay_Изменения?.map(({ Документ }) => Документ),
    /** Writes a document as a person does: the subscription is called in the transaction. */
    write(document: PlayedDocument, { loading = false, refused = false } = {}) {
      document.version += 1;
      running.call("relay_Изменения", "ДокументПриЗаписи", [base.object(document, loading), refused]);
    },
    /** An act or order as the relay is told that it stands. */
    state: ({ kind, id }: PlayedDocument) => running.call("relay_База", "Состояние", [base.ref(kind, id)]),
    later: (at: number, act: () => void) => void people.push({ at: START + at, act }),
    /** One run of the job; how many seconds it took. */
    job() {
      const before = now;
      running.call("relay_Агент", "События", []);
      return now - before;
    },
  };
}

function described(info: Value): string {
  return String((info as BslObject).get?.("описание"));
}

describe("the subscription", () => {
  test("marks a watched document as it is written, once for each time", () => {
    const { act, order, write, marks, base } = open();
    write(act);
    write(order);
    write(act);
    expect(marks()).toEqual([ACT, ORDER, ACT]);
    expect(new Set(base.registers.relay_Изменения?.map(({ Ключ }) => Ключ)).size).toBe(3);
  });

  test("marks the payment order that a write-off is based on", () => {
    const { base, order, write, marks } = open();
    write(
      base.add("СписаниеСРасчетногоСчета", WRITE_OFF, {
        ДокументОснование: base.ref(order.kind, ORDER),
        Проведен: true,
      }),
    );
    expect(marks()).toEqual([ORDER]);
  });

  test.each([
    ["a document of another kind", "РасходныйКассовыйОрдер", {}],
    ["a write-off without a basis", "СписаниеСРасчетногоСчета", { ДокументОснование: undefined }],
    ["a write-off based on something else", "СписаниеСРасчетногоСчета", { ДокументОснование: new BslUuid(OTHER) }],
  ])("does not even ask the database about %s", (_, kind, fields) => {
    const { base, write, marks, log } = open();
    write(base.add(kind, OTHER, fields));
    expect(base.queries).toEqual([]);
    expect(marks()).toEqual([]);
    expect(log).toEqual([]);
  });

  test("asks once about another's act, and writes nothing", () => {
    const { base, write, marks } = open();
    write(base.add("РеализацияТоваровУслуг", OTHER));
    expect(base.queries).toHaveLength(1);
    expect(marks()).toEqual([]);
  });

  test.each([
    ["in a load of data", {}, { loading: true }],
    ["where the writing was refused", {}, { refused: true }],
    ["in safe mode, where the register may be closed to this user", { privileged: false }, {}],
  ])("does nothing at all %s", (_, setup, how) => {
    const { base, act, write, marks } = open(setup);
    write(act, how);
    expect(base.queries).toEqual([]);
    expect(marks()).toEqual([]);
  });

  test("lets no error of its own out to whoever writes the document", () => {
    const { base, act, write, log } = open();
    base.broken = "relay_Изменения";
    expect(() => write(act)).not.toThrow();
    expect(log).toEqual(["Запись в relay_Изменения не удалась"]);
    // A field that this release does not have.
    expect(() => write(base.add("СписаниеСРасчетногоСчета", OTHER))).not.toThrow();
    expect(log[1]).toContain("документоснование");
  });
});

test("the relay is told how a document stands now, although 1C's cache has it as it was", () => {
  const { base, act, state } = open();
  expect((state(act) as BslStructure).get("amount")).toBe("15000.00");
  act.fields = { ...act.fields, СуммаДокумента: 14000 };
  expect((state(act) as BslStructure).get("amount")).toBe("14000.00");
  base.remove(ACT);
  expect(state(act)).toBeUndefined();
});

describe("the job of events", () => {
  test.each(["passes", "raises"] as const)(
    "tells of a payment within two seconds, all through its minute (%s)",
    (pause) => {
      for (let at = 0; at < 56; at += 5) {
        const { base, order, write, later, job, told, sent, marks } = open({ pause });
        later(at, () =>
          write(
            base.add("СписаниеСРасчетногоСчета", WRITE_OFF, {
              ДокументОснование: base.ref(order.kind, ORDER),
              Проведен: true,
            }),
          ),
        );
        const took = job();
        expect(told).toHaveLength(1);
        const [event] = told;
        expect(event?.type).toBe("payment.executed");
        expect(event?.data).toEqual({ paymentOrderRef: ORDER, executedAt: "2026-11-24", bankReference: "812" });
        expect(event!.at - at).toBeLessThanOrEqual(2);
        expect(sent.find(({ types }) => types.includes("payment.executed"))?.at).toBe(event?.at);
        expect(marks()).toEqual([]);
        // The next run begins within three seconds.
        expect(took).toBeGreaterThanOrEqual(57);
        expect(took).toBeLessThan(60);
      }
    },
  );

  test("tells of an act that a person marks for deletion, and watches it no more", () => {
    const { base, act, write, later, job, told } = open();
    later(31, () => {
      act.marked = true;
      write(act);
    });
    job();
    expect(told.map(({ type, data }) => [type, data.actRef])).toEqual([["act.voided", ACT]]);
    expect(told[0]?.at).toBeLessThanOrEqual(33);
    expect(base.registers.relay_Наблюдение?.map(({ Ключ }) => Ключ)).toEqual([ORDER]);
  });

  test("tells of a changed sum, and not of posting anew", () => {
    const { act, write, later, job, told, marks } = open();
    later(10, () => write(act));
    later(20, () => {
      act.fields = { ...act.fields, СуммаДокумента: 14000 };
      write(act);
    });
    job();
    expect(told.map(({ type, at }) => [type, at <= 22 && at >= 20])).toEqual([["act.changed", true]]);
    expect(marks()).toEqual([]);
  });

  test("tells of a changed sum that follows another writing by some seconds, although 1C's cache has the act as it was", () => {
    const { act, write, later, job, told } = open();
    later(10, () => write(act));
    for (const [at, sum] of [
      [16, 14000],
      [24, 13000],
    ] as const) {
      later(at, () => {
        act.fields = { ...act.fields, СуммаДокумента: sum };
        write(act);
      });
    }
    job();
    expect(told.map(({ type, at }) => [type, at])).toEqual([
      ["act.changed", 16],
      ["act.changed", 24],
    ]);
  });

  test("asks nothing but whether there are marks while nobody does anything", () => {
    const { base, job, sent } = open();
    job();
    const all = base.queries.filter((text) => text.includes("РегистрСведений.relay_Наблюдение"));
    expect(all).toHaveLength(1);
    expect(base.queries.filter((text) => text.includes("relay_Изменения"))).toHaveLength(30);
    expect(sent).toHaveLength(1);
  });

  test("looks only at what is marked", () => {
    const { base, act, write, later, job } = open();
    later(10, () => write(act));
    base.queries.length = 0;
    job();
    const marked = base.queries.filter((text) => text.includes("Ключ В (&Ключи)"));
    expect(marked).toHaveLength(1);
    expect(base.queries.filter((text) => text.includes("Документ.ПлатежноеПоручение"))).toHaveLength(1);
  });

  test("finds at its beginning what the subscription has not marked: a load, a deletion for good", () => {
    const { base, order, write, job, told } = open();
    const paid = { ДокументОснование: base.ref(order.kind, ORDER), Проведен: true };
    write(base.add("СписаниеСРасчетногоСчета", WRITE_OFF, paid), { loading: true });
    base.remove(ACT);
    job();
    expect(told.map(({ type, at }) => [type, at]).toSorted()).toEqual([
      ["act.voided", 0],
      ["payment.executed", 0],
    ]);
  });

  test("does not keep a file base, where there is one background job for all", () => {
    const { act, write, job, told, marks } = open({ fileBase: true });
    act.marked = true;
    write(act);
    expect(job()).toBe(0);
    expect(told.map(({ type }) => type)).toEqual(["act.voided"]);
    expect(marks()).toEqual([]);
  });

  test.each(["ends at once", "no job", "no right"] as const)(
    "ends where it cannot wait (%s): it would ask without a pause",
    (pause) => {
      const { base, job } = open({ pause });
      expect(job()).toBe(0);
      expect(base.queries.length).toBeLessThan(6);
    },
  );

  test("does nothing in a copied base", () => {
    const { base, act, write, job, told, sent } = open({ silent: true });
    act.marked = true;
    write(act);
    base.queries.length = 0;
    expect(job()).toBe(0);
    expect([told, sent, base.queries]).toEqual([[], [], []]);
  });

  test("sends what is queued, and ends, where it cannot look: the mark stays for the next run", () => {
    const { base, act, write, later, job, sent, log, marks } = open();
    later(10, () => {
      act.fields = { ...act.fields, СуммаДокумента: 14000 };
      base.broken = "relay_Наблюдение";
      write(act);
    });
    expect(job()).toBeLessThanOrEqual(12);
    expect(log).toEqual(["Запись в relay_Наблюдение не удалась"]);
    expect(sent).toHaveLength(2);
    expect(marks()).toEqual([ACT]);
  });
});
