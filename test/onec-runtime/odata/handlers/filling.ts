import type { Books } from "../business.ts";
import type { Row } from "../state.ts";
import { findPredefined } from "../state.ts";
import { isEmpty } from "./write.ts";

/** Lists the fill values of a new object, as a form gives them; sent values come over them. */
export function fillNew({ state, settings }: Books, set: string): Row {
  if (!settings.hasFillValues) return {};
  return Object.fromEntries(
    state.entity(set).properties.flatMap(({ name, fill }) => {
      if (fill === undefined) return [];
      return [[name, typeof fill === "object" ? findPredefined(state, fill.set, fill.element) : fill]];
    }),
  );
}

/**
 * Runs the handler of filling of a payment order over the sent values: 1C's own texts and INNs of both parties, no КПП
 * of an ordinary payment, priority 5. Source: БП 3.0.198, УчетДенежныхСредствБП.
 */
export function overwriteNew({ state, settings }: Books, set: string, row: Row): void {
  if (!settings.fillsAfterSet || set !== "Document_ПлатежноеПоручение") return;
  const organization = state.get("Catalog_Организации", String(row.Организация_Key));
  const card = state.get("Catalog_Контрагенты", String(row.Контрагент));
  if (organization !== undefined) {
    row.ТекстПлательщика = String(organization.НаименованиеСокращенное);
    row.ИННПлательщика = String(organization.ИНН);
    if (isEmpty(row.СчетОрганизации_Key)) row.СчетОрганизации_Key = String(organization.ОсновнойБанковскийСчет_Key);
  }
  if (card !== undefined) {
    const account = state.get("Catalog_БанковскиеСчета", String(row.СчетКонтрагента_Key));
    const own = String(account?.ТекстКорреспондента ?? "");
    row.ТекстПолучателя = own === "" ? String(card.НаименованиеПолное || card.Description) : own;
    row.ИННПолучателя = card.ИНН === "" ? "0" : String(card.ИНН);
  }
  row.КПППлательщика = "";
  row.КПППолучателя = "";
  row.ОчередностьПлатежа = 5;
}
