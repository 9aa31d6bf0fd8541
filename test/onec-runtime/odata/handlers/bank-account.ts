import { EMPTY_DATE, EMPTY_GUID } from "../schema.ts";
import type { Row, State } from "../state.ts";
import { markEntrepreneur } from "./counterparty.ts";
import { type Handlers, refuse, type Write } from "./write.ts";

const SET = "Catalog_БанковскиеСчета";

/** Catalog_БанковскиеСчета (БП 3.0.198, module of БанковскиеСчета). Length and key of the number are not checked. */
export const BANK_ACCOUNT: Handlers = {
  beforeWrite(write) {
    const { state, row, before, isLoad } = write;
    // Both happen while data are loaded too.
    row.Валютный = state.get("Catalog_Валюты", String(row.ВалютаДенежныхСредств_Key))?.Code !== "643";
    if (isLoad) return;
    markEntrepreneur(write);
    if (before === null) return;
    renameBank(write, before);
    checkChange(write, before);
  },
  onWrite({ state, settings, row, isLoad, writeOther }) {
    if (isLoad) return;
    const owner = ownerSetOf(row);
    if (owner === "Catalog_Организации" && listLivingAccounts(state, row.Owner).length > 1) {
      settings.hasSeveralAccounts = true;
    }
    const isOver = row.DeletionMark === true || row.ДатаЗакрытия !== EMPTY_DATE;
    if (!isOver || owner === null || !state.entities.has(owner)) return;
    const holder = state.get(owner, String(row.Owner));
    if (holder === undefined || holder.ОсновнойБанковскийСчет_Key !== row.Ref_Key) return;
    writeOther(owner, { Ref_Key: holder.Ref_Key as string, ОсновнойБанковскийСчет_Key: EMPTY_GUID });
  },
};

function ownerSetOf(row: Row): string | null {
  const type = String(row.Owner_Type).replace("StandardODATA.", "");
  return type === "Undefined" || type === "" ? null : type;
}

function listLivingAccounts(state: State, owner: unknown): Row[] {
  return state.all(SET).filter((each) => each.Owner === owner && each.DeletionMark !== true);
}

/** Only the newer release puts the name of a new bank into the account's name. */
function renameBank({ setup, state, row }: Write, before: Row): void {
  if (setup.release !== "198" || row.Банк_Key === before.Банк_Key || ownerSetOf(row) === "Catalog_Организации") return;
  const nameOf = (bank: unknown) => String(state.get("Catalog_Банки", String(bank))?.Description ?? "");
  const former = nameOf(before.Банк_Key);
  if (former === "") return;
  row.Description = String(row.Description).replace(former, nameOf(row.Банк_Key)).slice(0, 100);
}

function checkChange(write: Write, before: Row): void {
  const { state, row } = write;
  const payments = state.all("Document_СписаниеСРасчетногоСчета");
  const isMoved = payments.some((each) => each.СчетОрганизации_Key === row.Ref_Key && each.Posted === true);
  if (isMoved && row.ВалютаДенежныхСредств_Key !== before.ВалютаДенежныхСредств_Key) {
    refuse(write, "По банковскому счету есть движения. Изменение валюты невозможно");
  }
  const isMarking = row.DeletionMark === true && before.DeletionMark !== true;
  if (isMarking && ownerSetOf(row) === "Catalog_Организации" && listLivingAccounts(state, row.Owner).length === 1) {
    refuse(write, "Единственный банковский счет организации не может быть помечен на удаление");
  }
}
