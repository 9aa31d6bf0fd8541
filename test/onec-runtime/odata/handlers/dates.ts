import { dayOf, refuse, todayOf, type Write } from "./write.ts";

/** Time of day of each document, where times are fixed (БП 3.0.198, ВремяДокументаПоУмолчанию). */
const TIMES: Readonly<Record<string, string>> = {
  Document_ПоступлениеТоваровУслуг: "07:00:00",
  Document_РеализацияТоваровУслуг: "14:00:00",
  Document_СписаниеСРасчетногоСчета: "18:00:00",
};

/** Gives the kind's time to a new document and to a document on another day. Payment orders keep their time. */
export function fixTime({ settings, set, row, before, isLoad }: Write): void {
  const time = TIMES[set];
  if (time === undefined || isLoad || !settings.hasFixedTime) return;
  if (before === null || dayOf(before) !== dayOf(row)) row.Date = `${dayOf(row)}T${time}`;
}

/** Years from 2000 to nine years ahead; payment orders may have any (БП 3.0.198, ОбщегоНазначенияБПСобытия). */
export function checkYear(write: Write): void {
  const { set, row, isLoad } = write;
  if (isLoad || !(set in TIMES)) return;
  const year = Number(dayOf(row).slice(0, 4));
  const latest = Number(todayOf(write).slice(0, 4)) + 9;
  if (year < 2000) refuse(write, "Дата документа не может быть ранее 2000 года");
  if (year > latest) refuse(write, `Дата документа не может быть позднее ${latest} года`);
}
