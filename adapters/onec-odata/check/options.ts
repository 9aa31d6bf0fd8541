import type { CheckLine } from "../../../core/adapter.ts";
import { toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import type { Metadata } from "../metadata.ts";
import type { OdataCheckParts } from "./parts.ts";

/** An option of 1C that changes the relay's documents. */
export type OptionName = "contracts" | "fixedTime" | "cashFlow" | "hiddenAccounts" | "divisions";

/** States of options, as far as something showed a state. */
export type KnownOptions = Readonly<Partial<Record<OptionName, boolean>>>;

interface Option {
  readonly name: string;
  /** Constant of БП 3.0.198 with the state; null: 1C has no such constant. */
  readonly constant: string | null;
  /** Meaning of each state for the relay. */
  readonly on: string;
  readonly off: string;
  /** Advice, given beside the state that it belongs to. */
  readonly todo?: { readonly at: boolean; readonly text: string };
}

const OPTIONS: Readonly<Record<OptionName, Option>> = {
  contracts: {
    name: "Вести учет по договорам",
    constant: "Constant_ВестиУчетПоДоговорам",
    on: "включено: в документах остаётся договор, который записал шлюз",
    off: "выключено: 1С сама ставит в документы основной договор контрагента, что бы ни записал шлюз",
    todo: {
      at: false,
      text: "Если договоры с исполнителями нужны в учёте, включите: Главное → Функциональность → Расчеты → «Учет по договорам»",
    },
  },
  fixedTime: {
    name: "Фиксированное время в документах",
    constant: "Constant_ФиксированноеВремяВДокументах",
    on: "включено: 1С ставит актам своё время (поступление 07:00, реализация 14:00); день остаётся",
    off: "выключено: время акта остаётся таким, как записал шлюз",
    todo: {
      at: true,
      text: "Менять не нужно: шлюзу важен день. Настройка: Администрирование → Проведение документов → «Время документов устанавливать автоматически»",
    },
  },
  cashFlow: {
    name: "Статьи движения денежных средств",
    constant: "Constant_ИспользоватьСтатьиДвиженияДенежныхСредств",
    on: "используются: статью поручения задаёт ONEC_MAPPING (paymentOrder.cashFlowItem)",
    off: "не используются: 1С очищает статью в платёжном поручении",
    todo: {
      at: false,
      text: "Уберите paymentOrder.cashFlowItem из ONEC_MAPPING, если он указан, либо включите: Главное → Функциональность → Банк и касса → «Статьи движения денег»",
    },
  },
  hiddenAccounts: {
    name: "Счета учета в документах",
    constant: null,
    on: "пользователь шлюза счетов не видит: незаполненные счета и субконто 1С заполняет сама и не проверяет",
    off: "пользователь шлюза видит счета: 1С их не заполняет, а проверяет при проведении",
    todo: {
      at: false,
      text: "Проверьте с бухгалтером счета и статью затрат в ONEC_MAPPING: пустых 1С не проведёт",
    },
  },
  divisions: {
    name: "Вести учет по подразделениям",
    constant: "Constant_ВестиУчетПоПодразделениям",
    on: "включено: подразделение, указанное в ONEC_MAPPING, остаётся в документах",
    off: "выключено: 1С очищает подразделение в документах",
  },
};

const NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Регистр сведений with the bank's answer about an order. Without the register a refusal of the bank stays unseen. */
export const STATES = "InformationRegister_СостоянияБанковскихДокументов";

/** Names to look for in the description of the infobase. */
export const OPTION_ENTITIES: readonly string[] = [STATES, ...NAMES.flatMap((name) => OPTIONS[name].constant ?? [])];

/**
 * Reads options from published constants. No source has recorded a constant's answer, so a row with a boolean «Value»
 * counts. Any other answer leaves the state open.
 */
export async function readOptions({ client }: OdataCheckParts, metadata: Metadata | null): Promise<KnownOptions> {
  const known: Partial<Record<OptionName, boolean>> = {};
  for (const name of NAMES) {
    const { constant } = OPTIONS[name];
    if (constant === null || metadata?.entities.has(constant) !== true) continue;
    const rows = await client.call((odata) => odata.list(constant, {})).catch(() => []);
    const value = rows[0]?.Value;
    if (typeof value === "boolean") known[name] = value;
  }
  return known;
}

/** Lines about options and their meaning for the relay. `todo`: how to see an open state. */
export function toOptionLines(known: KnownOptions, todo: string): CheckLine[] {
  return NAMES.map((name) => {
    const { name: title, on, off, todo: advice } = OPTIONS[name];
    const state = known[name];
    if (state === undefined) return toUncheckedLine(title, todo, "чтением не видно");
    return toOkLine(title, state ? on : off, advice?.at === state ? advice.text : undefined);
  });
}

/** Tells whether the bank's answer about an order is visible to the relay. */
export async function checkStatesRegister({ client }: OdataCheckParts, metadata: Metadata | null): Promise<CheckLine> {
  const name = "Состояния банковских документов";
  const todo = `Чтобы шлюз видел отказ банка, включите регистр сведений «${name}» в состав OData и дайте право на чтение (роль «Чтение данных бухгалтерии»)`;
  if (metadata === null) return toUncheckedLine(name, todo);
  const absent = toOkLine(name, "недоступен: шлюз узнаёт об оплате по списанию, а отказа банка не увидит", todo);
  if (!metadata.entities.has(STATES)) return absent;
  const read = client.call((odata) => odata.list(STATES, { orderBy: "Организация_Key", top: 1 }));
  return read.then(
    () => toOkLine(name, "читается: состояние поручения в банке шлюзу видно"),
    () => absent,
  );
}
