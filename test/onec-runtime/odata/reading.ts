import { OneCError, refusal } from "./errors.ts";
import { parseFilter } from "./filter.ts";
import type { Entity } from "./schema.ts";
import { compileFilter } from "./select.ts";
import type { Row, SectionRow, State } from "./state.ts";

/**
 * Rows of a set that the user may see. One hidden by rights fails the whole read with code 20, unless `allowedOnly=true`
 * leaves it out (DOC; spelled with and without `$`).
 */
export function readRows(
  state: State,
  hidden: ReadonlySet<string>,
  entity: Entity,
  options: ReadonlyMap<string, string>,
): readonly Row[] {
  const rows = state.all(entity.name);
  if (hidden.size === 0) return rows;
  const seen = rows.filter((row) => !hidden.has(String(row.Ref_Key)));
  const allowedOnly = (options.get("allowedOnly") ?? options.get("$allowedOnly")) === "true";
  if (seen.length < rows.length && !allowedOnly) throw new OneCError(401, "20", "Ошибка прав доступа");
  return seen;
}

/** A tabular section as a set of its own, `Document_X_Товары`; null where the name is none. */
export function sectionRows(state: State, set: string): { entity: Entity; owner: string; rows: Row[] } | null {
  for (const entity of state.entities.values()) {
    if (!set.startsWith(`${entity.name}_`)) continue;
    const section = entity.sections.find(({ name }) => set === `${entity.name}_${name}`);
    if (section === undefined) continue;
    return {
      owner: entity.name,
      entity: { ...entity, name: set, properties: section.properties, sections: [], key: ["Ref_Key", "LineNumber"] },
      rows: state.all(entity.name).flatMap((row) => row[section.name] as SectionRow[]),
    };
  }
  return null;
}

/** `SliceLast(Period=datetime'…',Condition='…')` of a periodic register: the last record of each key (DOC). */
export function readSlice(state: State, entity: Entity, args: string): Row[] {
  if (!entity.periodic) throw refusal(404, 11, "SliceLast");
  const period = /Period=datetime'([^']*)'/.exec(args)?.[1] ?? "9999-12-31T23:59:59";
  const condition = /Condition='((?:[^']|'')*)'/.exec(args)?.[1]?.replaceAll("''", "'");
  const fits = condition === undefined ? () => true : compileFilter(parseFilter(condition), entity.properties);
  const last = new Map<string, Row>();
  for (const row of state.all(entity.name)) {
    if (String(row.Period) > period || !fits(row)) continue;
    const key = entity.key.filter((name) => name !== "Period").map((name) => row[name]);
    const former = last.get(key.join("|"));
    if (former === undefined || String(former.Period) < String(row.Period)) last.set(key.join("|"), row);
  }
  return [...last.values()];
}
