import type { OneCError } from "./errors.ts";
import { refusal } from "./errors.ts";
import { badOption, parseFilter } from "./filter.ts";
import type { Entity } from "./schema.ts";
import { jsonNames } from "./schema.ts";
import { compileFilter } from "./select.ts";
import type { Row } from "./state.ts";

/** How an answer is written: JSON of a level, or Atom XML where nobody asked for JSON (DOC). */
export type Format = "atom" | "minimal" | "none" | "full";

const KNOWN = new Set([
  ...["$format", "$filter", "$select", "$orderby", "$top", "$skip", "$inlinecount", "$expand", "$count", "$metadata"],
  ...["allowedOnly", "$allowedOnly", "PostingModeOperational", "Period", "Condition"],
]);

/** Options of a query, percent-decoded. A «+» stays a plus (EB, P8). */
export function readOptions(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const part of query.split("&").filter((each) => each !== "")) {
    const [, name = part, value = ""] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const key = decode(name);
    if (!KNOWN.has(key)) throw badOption(key);
    options.set(key, decode(value));
  }
  return options;
}

/** Percent-decoding and nothing else. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(400, 6);
  }
}

/** The format that was asked for: `$format` before `Accept`; a wrong one is 406 (DOC). */
export function readFormat(option: string | undefined, accept: string | undefined): Format | OneCError {
  const asked = option ?? accept ?? "";
  const level = /odata=(\w+)/i.exec(asked)?.[1]?.toLowerCase();
  const isJson = /^json$/i.test(asked.trim()) || /application\/json/i.test(asked);
  if (isJson) return level === "nometadata" ? "none" : level === "fullmetadata" ? "full" : "minimal";
  if (option === undefined || /^(atom|application\/atom\+xml.*)$/i.test(asked)) return "atom";
  return refusal(406, 2, option);
}

/** Rows of a set, chosen, ordered and cut, with how many there were before the cut. */
export interface Page {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** Applies `$filter`, `$orderby`, `$skip` and `$top`. */
export function pageOf(entity: Entity, rows: readonly Row[], options: ReadonlyMap<string, string>): Page {
  const filter = options.get("$filter");
  const chosen = filter === undefined ? [...rows] : rows.filter(compileFilter(parseFilter(filter), entity.properties));
  sort(entity, chosen, options.get("$orderby"));
  // Asked for the count of all pages, 1C ignores $skip and $top (DOC).
  if (options.get("$inlinecount") === "allpages") return { rows: chosen, total: chosen.length };
  const skip = whole(options.get("$skip"), "$skip") ?? 0;
  const top = whole(options.get("$top"), "$top") ?? chosen.length;
  return { rows: chosen.slice(skip, skip + top), total: chosen.length };
}

function whole(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw badOption(name);
  return Number(text);
}

/** Without `$orderby` the order is nobody's promise: rows come by their keys, which is not how they were made. */
function sort(entity: Entity, rows: Row[], orderby: string | undefined): void {
  const terms = orderby === undefined ? [] : orderby.split(",").map((term) => term.trim());
  const parsed = terms.map((term) => {
    const [, name = "", direction = "asc"] = /^(\S+?)(?: +(asc|desc))?$/.exec(term) ?? [];
    if (!/^[\p{L}\p{N}_]+$/u.test(name)) throw badOption("$orderby");
    if (!namesOf(entity).has(name)) throw refusal(400, 10, name);
    return { name, sign: direction === "desc" ? -1 : 1 };
  });
  const keys = parsed.length > 0 ? parsed : [{ name: entity.key[0] as string, sign: 1 }];
  rows.sort((a, b) => {
    for (const { name, sign } of keys) {
      const [left, right] = [a[name], b[name]] as [string, string];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  });
}

/** Properties that a query may name. */
function namesOf(entity: Entity): Set<string> {
  return new Set([...entity.properties.flatMap(jsonNames), ...entity.sections.map((section) => section.name)]);
}

/** Reads `$select`; null: everything. */
export function readSelect(entity: Entity, select: string | undefined): readonly string[] | null {
  if (select === undefined || select === "" || select === "*") return null;
  const names = select.split(",").map((name) => name.trim());
  const known = namesOf(entity);
  const navigation = new Set(entity.properties.map(({ name }) => name.replace(/_Key$/, "")));
  for (const name of names) if (!known.has(name) && !navigation.has(name)) throw refusal(400, 10, name);
  return names;
}

/** Reads `$expand`: references only, 501 for rows (XR); what is expanded must be selected too (P4). */
export function readExpand(entity: Entity, expand: string | undefined, select: readonly string[] | null): string[] {
  if (expand === undefined) return [];
  const names = expand.split(",").map((name) => name.trim());
  for (const name of names) {
    if (entity.sections.some((section) => section.name === name)) throw refusal(501, 0, `$expand=${name}`);
    if (!entity.properties.some((property) => property.name === `${name}_Key`)) throw refusal(400, 10, name);
    if (select !== null && !select.includes(name)) throw badOption(`$expand=${name} без $select`);
  }
  return names;
}
