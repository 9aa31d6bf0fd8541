import type { CheckLine } from "../../../core/adapter.ts";
import { toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import type { Mapping } from "../mapping-schema.ts";
import type { Metadata } from "../metadata.ts";

/**
 * Tells the release as far as fields show it. OData publishes no version. БП 3.0.151 has «Самозанятый» on a card; БП
 * 3.0.198 has «УдалитьСамозанятый» in its place, and «НалогообложениеКонтрагента» on a contract.
 */
export function toReleaseLine(metadata: Metadata | null, { contract, counterparty }: Mapping): CheckLine {
  const name = "Релиз";
  const card = metadata?.entities.get(counterparty.entity)?.properties;
  const agreement = contract === null ? undefined : metadata?.entities.get(contract.entity)?.properties;
  const todo = "Посмотрите номер релиза в 1С: «О программе»";
  if (card === undefined) {
    return toUncheckedLine(name, todo, "определяется по описанию базы, а оно недоступно");
  }
  const isNew = card.has("УдалитьСамозанятый") || agreement?.has("НалогообложениеКонтрагента") === true;
  if (isNew) {
    return toOkLine(name, "по составу полей — 3.0.198 или близкий к нему (точный номер OData не сообщает)");
  }
  if (!card.has("Самозанятый")) return toUncheckedLine(name, todo, "по составу полей не определяется");
  const advice = "Обновите 1С, если платите с НДС 5, 7 или 22 %: в 3.0.151 таких ставок нет, и такой акт 1С не примет";
  return toOkLine(name, "по составу полей — 3.0.151 или близкий к нему, старше 3.0.198", advice);
}
