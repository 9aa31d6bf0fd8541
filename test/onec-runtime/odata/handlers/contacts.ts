import { EMPTY_GUID } from "../schema.ts";
import type { SectionRow } from "../state.ts";
import { defaults } from "../state.ts";
import { linesOf, type Write } from "./write.ts";

/**
 * The contact information of any object at every write (БП 3.0.198, УправлениеКонтактнойИнформациейСлужебный). Rows
 * without a kind are removed. The only row of a kind stands for the kind in lists. Several rows of a kind get one more
 * row at the end, without a kind, with all values joined.
 */
export function completeContacts({ state, set, row, isLoad }: Write): void {
  const section = state.entity(set).sections.find(({ name }) => name === "КонтактнаяИнформация");
  if (section === undefined || isLoad) return;
  const kept = linesOf(row, section.name).filter((line) => line.Вид_Key !== EMPTY_GUID && line.Вид_Key !== "");
  const kinds = new Map<string, SectionRow[]>();
  for (const line of kept) kinds.set(String(line.Вид_Key), [...(kinds.get(String(line.Вид_Key)) ?? []), line]);
  const joined: SectionRow[] = [];
  for (const [kind, lines] of kinds) {
    for (const line of lines) line.ВидДляСписка_Key = lines.length === 1 ? kind : EMPTY_GUID;
    if (lines.length === 1) continue;
    const text = lines.map((line) => line.Представление).join(", ");
    joined.push({ ...defaults(section.properties), ВидДляСписка_Key: kind, Представление: text });
  }
  row[section.name] = [...kept, ...joined];
}
