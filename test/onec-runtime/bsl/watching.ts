import { BslArray, BslStructure } from "./collections.ts";
import { commonModules } from "./extension.ts";
import { createInfobase, mapOf, type PlayedDocument } from "./infobase.ts";
import { run } from "./interpreter.ts";
import { enumeration, platform, played } from "./platform.ts";
import { BslDate, BslException, type BslObject, type Value } from "./values.ts";

/*
 * A 1C whose documents are watched, where people write documents and the job of events runs: the extension's own code over a
 * played infobase.
 */

const START = Date.UTC(2026, 10, 24, 9, 0, 0) / 1000;
const RUN = ["relay_Изменения", "relay_Наблюдение", "relay_Агент", "relay_База", "relay_Значения"];
export const [ACT, ORDER, WRITE_OFF, OTHER] = [1, 2, 3, 4].map((n) => `5f0ea000-0000-5000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];

export interface WatchingSetup {
  /** Whether privileged mode can be entered: not so in safe mode. */
  readonly privileged?: boolean;
  readonly fileBase?: boolean;
  readonly silent?: boolean;
  /** What waiting for one's own job does: passes the time, raises at its end, or ends at once. */
  readonly pause?: "passes" | "raises" | "ends at once" | "no job" | "no right";
  /** Ids of documents of which no event can be put into the queue. */
  readonly untellable?: readonly string[];
  /** The states of payment orders cannot be read. */
  readonly ordersUnreadable?: boolean;
  /** Answers that were kept cannot be forgotten. */
  readonly answersBroken?: boolean;
  /** АдресШлюза; it can be set later, see `setAddress`. */
  readonly address?: string;
  /** Whether the job of events has just run, so that the subscription marks. */
  readonly jobRuns?: boolean;
  /** СрокНаблюдения. */
  readonly days?: string;
}

/** A 1C with an act and a payment order of the relay's, watched, and with others' documents. */
export function openWatching({
  privileged = true,
  fileBase = false,
  silent = false,
  pause = "passes",
  untellable = [],
  ordersUnreadable = false,
  answersBroken = false,
  address = "https://relay.example.com",
  jobRuns = true,
  days = "180",
}: WatchingSetup = {}) {
  let now = START;
  const base = createInfobase(["relay_Наблюдение", "relay_Изменения", "relay_Настройки"], () => now);
  let ids = 0;
  let privilege = false;
  let relayAddress = address;
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
      relay_Ответы: played("relay_Ответы", {
        ЗабытьСтарые() {
          if (answersBroken) throw new BslException("Ответы заблокированы");
          return undefined;
        },
      }),
      relay_Подпись: played("relay_Подпись", { Сейчас: () => now, ХешТекста: (text) => text }),
      relay_Отказы: played("relay_Отказы", { Отказ: (info) => new BslStructure({ Описание: described(info) }) }),
      relay_Настройки: played("relay_Настройки", {
        Значение: (name) => (name === "СрокНаблюдения" ? days : relayAddress),
        БазаМолчит: () => silent,
        Сообщить: (_, text) => void log.push(String(text)),
      }),
      relay_Платежи: played("relay_Платежи", {
        ИмяДокумента: () => "ПлатежноеПоручение",
        СостоянияПоручений(refs) {
          if (ordersUnreadable) throw new BslException("Нет прав на чтение списаний");
          return states(refs as BslArray);
        },
      }),
      relay_События: played("relay_События", {
        Поставить(type, data) {
          const fields = [...(data as BslStructure).fields.values()].map(({ key, value }) => [key, value]);
          if (fields.some(([, value]) => untellable.includes(String(value)))) throw new BslException("Не поставить");
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
  if (jobRuns) running.call("relay_Изменения", "ЗаписатьПроверку", []);
  base.queries.length = 0;

  return {
    base,
    act,
    order,
    log,
    told,
    sent,
    watch,
    actFields,
    pass,
    setAddress: (url: string) => {
      relayAddress = url;
    },
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
