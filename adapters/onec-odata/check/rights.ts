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

/** The narrowest role of БП with the right to write (БП 3.0.198 and 3.0.151, rights of the roles). */
const WRITING_ROLES: Readonly<Record<string, string>> = {
  Catalog_БанковскиеСчета: "ДобавлениеИзменениеБанковскихСчетов",
  Catalog_ДоговорыКонтрагентов: "ДобавлениеИзменениеКонтрагентов",
  Catalog_Контрагенты: "ДобавлениеИзменениеКонтрагентов",
  Document_ПлатежноеПоручение: "ДобавлениеИзменениеДанныхБухгалтерии",
  Document_ПоступлениеТоваровУслуг: "ДобавлениеИзменениеПоступленийТоваровУслуг",
  Document_РеализацияТоваровУслуг: "ДобавлениеИзменениеРеализацииТоваровУслуг",
};

/** The narrowest role of БП with the right to read, of the same source. */
const READING_ROLES: Readonly<Record<string, string>> = {
  Catalog_Банки: "БазовыеПраваБП",
  Catalog_Валюты: "ЧтениеКурсовВалют",
  Catalog_ВидыКонтактнойИнформации: "БазовыеПраваБСП",
  Catalog_Номенклатура: "ЧтениеНоменклатуры",
  Catalog_НоменклатурныеГруппы: "ЧтениеНоменклатуры",
  Catalog_Организации: "ЧтениеОрганизаций",
  Catalog_СтатьиДвиженияДенежныхСредств: "ЧтениеСтатейДвиженияДенежныхСредств",
  Catalog_СтатьиЗатрат: "ЧтениеТребованийНакладных",
  ChartOfAccounts_Хозрасчетный: "ЧтениеДанныхБухгалтерскогоУчета",
  Document_СписаниеСРасчетногоСчета: "ЧтениеДанныхБухгалтерии",
  InformationRegister_СостоянияБанковскихДокументов: "ЧтениеДанныхБухгалтерии",
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
  const by = role === undefined ? "" : `, роль ${role}`;
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
