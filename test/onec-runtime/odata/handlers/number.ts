import { exception } from "../errors.ts";
import { EMPTY_GUID } from "../schema.ts";
import { numberPrefix, numberTaken } from "../state.ts";
import { dayOf, type Write } from "./write.ts";

/**
 * Gives an absent code or number. A document loses the number in another year, or with another organisation's prefix,
 * and gets a new number. Source: БП 3.0.198, ПрефиксацияОбъектов.
 */
export function giveNumber({ state, set, row, before, isLoad }: Write): void {
  const { numbering } = state.entity(set);
  if (numbering === null) return;
  const { property } = numbering;
  if (property === "Number" && before !== null && !isLoad) {
    const isOtherYear = dayOf(before).slice(0, 4) !== dayOf(row).slice(0, 4);
    if (isOtherYear || numberPrefix(state, before) !== numberPrefix(state, row)) row[property] = "";
  }
  if (String(row[property]).trim() === "") row[property] = state.nextNumber(set, row);
  if (!numberTaken(state, set, row)) return;
  throw exception(`Ошибка при записи: значение поля "${property === "Code" ? "Код" : "Номер"}" не уникально`);
}

/** Divisions are emptied where accounting by divisions is off (БП 3.0.198, УчетПоПодразделениямСобытия). */
export function clearDivision({ settings, row, isLoad }: Write): void {
  if (settings.hasDivisions || isLoad || row.ПодразделениеОрганизации_Key === undefined) return;
  row.ПодразделениеОрганизации_Key = EMPTY_GUID;
}
