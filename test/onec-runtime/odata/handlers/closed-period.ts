import { handlerException } from "../errors.ts";
import type { Row } from "../state.ts";
import { dayOf, type Write } from "./write.ts";

/** Documents that the closed period guards; catalogs are never guarded (БП 3.0.198, ДатыЗапретаИзмененияБП). */
const TITLES: Readonly<Record<string, string>> = {
  Document_ПоступлениеТоваровУслуг: "Поступление (акт, накладная, УПД)",
  Document_РеализацияТоваровУслуг: "Реализация (акт, накладная, УПД)",
  Document_ПлатежноеПоручение: "Платежное поручение",
  Document_СписаниеСРасчетногоСчета: "Списание с расчетного счета",
};

/**
 * Refuses a closed day (дата запрета изменения): neither the stored nor the new day of a document may be closed, drafts
 * included. Data loads pass, and so do people. Source: БП 3.0.198, ДатыЗапретаИзменения.
 */
export function checkClosedPeriod({ settings, set, row, before, by, isLoad }: Write): void {
  if (isLoad || by === "person") return;
  const title = TITLES[set];
  if (title === undefined) return;
  for (const version of [before, row]) {
    if (version === null || !isClosed(settings, version)) continue;
    throw handlerException("ПередЗаписью", formatRefusal(settings, title, version, version === before));
  }
}

type Closing = Pick<Write["settings"], "closedUpTo" | "closedFor">;

function isClosed({ closedUpTo, closedFor }: Closing, version: Row): boolean {
  if (closedUpTo === null || (closedFor !== null && version.Организация_Key !== closedFor)) return false;
  return dayOf(version) <= closedUpTo;
}

function formatRefusal({ closedUpTo, closedFor }: Closing, title: string, version: Row, isStored: boolean): string {
  const day = formatDay(dayOf(version));
  const last = formatDay(closedUpTo ?? "");
  const document = `${title} ${version.Number} от ${day}`;
  const scope = closedFor === null ? "(установлена общая дата запрета)" : "(запрет установлен на раздел и объект)";
  return [
    isStored
      ? `${document} невозможно изменить в запрещенном периоде.`
      : `${document} невозможно поместить в запрещенный период.`,
    `Запрещено изменять данные с датой ранее ${last} (включительно).`,
    `Изменение недоступно, поскольку дата ${day} входит в запрещенный период по ${last} ${scope}`,
  ].join("\n");
}

function formatDay(day: string): string {
  return day.split("-").toReversed().join(".");
}
