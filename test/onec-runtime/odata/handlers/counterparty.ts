import { exception } from "../errors.ts";
import { EMPTY_DATE, EMPTY_GUID } from "../schema.ts";
import type { Row } from "../state.ts";
import { findPredefined } from "../state.ts";
import { isInn, isKpp } from "./requisites.ts";
import { type Handlers, linesOf, todayOf, type Write } from "./write.ts";

/** Catalog_Контрагенты (БП 3.0.198, module of Контрагенты). An equal INN of another card is never refused. */
export const COUNTERPARTY: Handlers = {
  beforeWrite(write) {
    const { state, row, before, isLoad } = write;
    if (isLoad || row.IsFolder === true) return;
    row.ИНН = String(row.ИНН).trimEnd();
    row.ИННВведенКорректно = isInn(row.ИНН);
    row.КППВведенКорректно = isKpp(String(row.КПП));
    row.РасширенноеПредставлениеИНН = row.ИНН;
    row.РасширенноеПредставлениеКПП = row.КПП ?? "";
    if (row.ГоловнойКонтрагент_Key === EMPTY_GUID && row.ОбособленноеПодразделение !== true) {
      row.ГоловнойКонтрагент_Key = row.Ref_Key as string;
    }
    if (row.СтранаРегистрации_Key === EMPTY_GUID) {
      row.СтранаРегистрации_Key = findPredefined(state, "Catalog_СтраныМира", "Россия");
    }
    if (before === null) row.ДатаСоздания = `${todayOf(write)}T00:00:00`;
    for (const [tab, field] of Object.entries(HISTORIES)) keepHistory(row, tab, field);
  },
  onWrite({ state, row, before, isLoad, writeOther }) {
    if (isLoad || before === null || before.ИНН === row.ИНН) return;
    // Divisions of a company have the company's INN.
    for (const part of state.all("Catalog_Контрагенты")) {
      if (part.ГоловнойКонтрагент_Key !== row.Ref_Key || part.Ref_Key === row.Ref_Key) continue;
      writeOther("Catalog_Контрагенты", { Ref_Key: part.Ref_Key as string, ИНН: row.ИНН as string });
    }
  },
};

/** Tabs of former values, and the header's field that the last row follows. */
const HISTORIES: Readonly<Record<string, string | null>> = {
  ИсторияКПП: "КПП",
  ИсторияНаименований: "НаименованиеПолное",
  ИсторияКонтактнойИнформации: null,
};

/** A single row says nothing and is cleared; the last of several rows follows the header. */
function keepHistory(row: Row, tab: string, field: string | null): void {
  const lines = linesOf(row, tab);
  if (field !== null) {
    const periods = lines.map((line) => String(line.Период ?? EMPTY_DATE));
    if (new Set(periods).size < periods.length) throw exception(`В истории (${tab}) две строки с одним периодом`);
    const last = lines.at(-1);
    if (last !== undefined) last[field] = String(row[field]);
  }
  if (lines.length === 1) row[tab] = [];
}

/** Sets the flag of an entrepreneur on a person's card, as the write of an account 40802 does. */
export function markEntrepreneur({ state, row, isLoad, writeOther }: Write): void {
  if (isLoad || !String(row.НомерСчета).startsWith("40802")) return;
  const owner = state.get("Catalog_Контрагенты", String(row.Owner));
  if (owner?.ЮридическоеФизическоеЛицо !== "ФизическоеЛицо" || owner.ИндивидуальныйПредприниматель === true) return;
  writeOther("Catalog_Контрагенты", { Ref_Key: owner.Ref_Key as string, ИндивидуальныйПредприниматель: true });
}
