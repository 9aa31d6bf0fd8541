import type { Books } from "../business.ts";
import type { Row } from "../state.ts";
import { isEmpty } from "./write.ts";

/** Fill values of attributes (БП 3.0.198), as a form gives them to a new object. */
const FILL_VALUES: Readonly<Record<string, Row>> = {
  Document_ПоступлениеТоваровУслуг: { ВидОперации: "ПокупкаКомиссия", СпособЗачетаАвансов: "Автоматически" },
  Document_РеализацияТоваровУслуг: { ВидОперации: "ПродажаКомиссия", СпособЗачетаАвансов: "Автоматически" },
  Document_ПлатежноеПоручение: { ВидОперации: "ОплатаПоставщику", ОчередностьПлатежа: 5 },
  Catalog_ДоговорыКонтрагентов: { ВидДоговора: "СПокупателем" },
  Catalog_БанковскиеСчета: { ВидСчета: "Расчетный" },
  Catalog_Банки: { РучноеИзменение: 2 },
};

/** Lists the values of a new object that sent values come over. */
export function fillNew({ settings }: Books, set: string): Row {
  return settings.hasFillValues ? (FILL_VALUES[set] ?? {}) : {};
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
