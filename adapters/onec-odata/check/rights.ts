import type { CheckLine } from "../../../core/adapter.ts";
import type { AdapterError } from "../../../core/errors.ts";
import { MENUS, toFailedLine } from "../../onec/check-lines.ts";
import { titleOf } from "./uses.ts";

/** Names in 1C's windows, where БП names the object otherwise than the words of its name (БП 3.0.198, synonyms). */
const VISIBLE: Readonly<Record<string, string>> = {
  Catalog_БанковскиеСчета: "Банковские счета",
  Catalog_ВидыКонтактнойИнформации: "Виды контактной информации",
  Catalog_ДоговорыКонтрагентов: "Договоры",
  Catalog_НоменклатурныеГруппы: "Номенклатурные группы",
  Catalog_ПодразделенияОрганизаций: "Подразделения",
  Catalog_СтатьиДвиженияДенежныхСредств: "Статьи движения денежных средств",
  Catalog_СтатьиЗатрат: "Статьи затрат",
  ChartOfAccounts_Хозрасчетный: "План счетов бухгалтерского учета",
  Document_ПлатежноеПоручение: "Платежное поручение",
  Document_ПоступлениеТоваровУслуг: "Поступление (акты, накладные, УПД)",
  Document_РеализацияТоваровУслуг: "Реализация (акты, накладные, УПД)",
  Document_СписаниеСРасчетногоСчета: "Списание с расчетного счета",
  InformationRegister_СостоянияБанковскихДокументов: "Состояния банковских документов",
};

/** The narrowest role of БП with the right to write, as 1C's windows name the role (БП 3.0.198 and 3.0.151). */
const WRITING_ROLES: Readonly<Record<string, string>> = {
  Catalog_БанковскиеСчета: "Редактирование банковских счетов",
  Catalog_ДоговорыКонтрагентов: "Редактирование контрагентов",
  Catalog_Контрагенты: "Редактирование контрагентов",
  Document_ПлатежноеПоручение: "Добавление и изменение данных бухгалтерии",
  Document_ПоступлениеТоваровУслуг: "Редактирование поступлений товаров и услуг",
  Document_РеализацияТоваровУслуг: "Редактирование реализации товаров услуг",
};

/** The narrowest role of БП with the right to read, of the same source. */
const READING_ROLES: Readonly<Record<string, string>> = {
  Catalog_Банки: "Базовые права: Бухгалтерия предприятия",
  Catalog_Валюты: "Чтение курсов валют",
  Catalog_ВидыКонтактнойИнформации: "Базовые права БСП",
  Catalog_Номенклатура: "Просмотр номенклатуры",
  Catalog_НоменклатурныеГруппы: "Просмотр номенклатуры",
  Catalog_Организации: "Просмотр организаций",
  Catalog_СтатьиДвиженияДенежныхСредств: "Просмотр статей движения денежных средств",
  Catalog_СтатьиЗатрат: "Просмотр требований-накладных",
  ChartOfAccounts_Хозрасчетный: "Чтение данных бухгалтерского учета",
  Document_СписаниеСРасчетногоСчета: "Чтение данных бухгалтерии",
  InformationRegister_СостоянияБанковскихДокументов: "Чтение данных бухгалтерии",
};

/** A right of 1C, in 1C's own words. */
export type Right = "Чтение" | "Добавление" | "Изменение" | "Проведение" | "Отмена проведения";

/** An object as a person sees it: `Catalog_БанковскиеСчета` → «справочник «Банковские счета»». */
export function visibleNameOf(entity: string): string {
  const [kind = "", ...rest] = titleOf(entity).split(/ (?=[А-ЯЁ])/);
  return `${kind.toLowerCase()} «${VISIBLE[entity] ?? rest.join(" ")}»`;
}

/** Tells the administrator the role, or the rights without a known role, and the place for both. */
export function formatRightsAdvice(entity: string, access: "read" | "write"): string {
  const rights = access === "write" ? "чтение, добавление и изменение" : "чтение";
  const role = (access === "write" ? WRITING_ROLES : { ...WRITING_ROLES, ...READING_ROLES })[entity];
  const by = role === undefined ? "" : `, роль «${role}»`;
  return `Дайте пользователю шлюза права на ${rights}: ${visibleNameOf(entity)}${by}: ${MENUS.rights} → профиль группы → Роли`;
}

/** A line about a write that 1C refused for want of a right. */
export function toMissingRightLine(name: string, entity: string, right: Right, { detail }: AdapterError): CheckLine {
  const words = detail === null ? "" : ` (1С: ${detail})`;
  return toFailedLine(
    name,
    `у пользователя шлюза нет права «${right}»: ${visibleNameOf(entity)}${words}`,
    formatRightsAdvice(entity, "write"),
  );
}

/** A line about rows that 1C hides from the relay's user (ограничение доступа на уровне записей). */
export function toHiddenRowsLine(name: string, entity: string): CheckLine {
  const detail = `${visibleNameOf(entity)}: часть записей скрыта от пользователя шлюза (ограничение доступа на уровне записей)`;
  const todo = `Включите пользователя в группу доступа, где разрешены все контрагенты и эта организация, либо снимите «Ограничивать доступ на уровне записей»: ${MENUS.rights}. Скрытая карточка — это дубль`;
  return toFailedLine(name, detail, todo);
}
