import { escapeXml } from "./errors.ts";
import type { Format } from "./query.ts";
import type { Entity } from "./schema.ts";
import { EMPTY_GUID, jsonNames } from "./schema.ts";
import type { Row, SectionRow, State } from "./state.ts";

/** What is to be written of each row. */
export interface View {
  readonly root: string;
  readonly format: Format;
  readonly select: readonly string[] | null;
  readonly expand: readonly string[];
}

/** The address of an object or record, raw: names in it are Cyrillic (P8). */
export function addressOf(entity: Entity, row: Row): string {
  if (entity.category !== "register") return `${entity.name}(guid'${row.Ref_Key}')`;
  const parts = entity.key.map((name) => {
    const type = entity.properties.find((property) => property.name === name)?.type.kind;
    const value = String(row[name]);
    const literal = type === "guid" ? `guid'${value}'` : type === "date" ? `datetime'${value}'` : `'${value}'`;
    return `${name}=${literal}`;
  });
  return `${entity.name}(${parts.join(",")})`;
}

/** One object as JSON shows it. */
export function objectOf(state: State, entity: Entity, row: Row, view: View): Record<string, unknown> {
  const { select, format } = view;
  const shown = (name: string) => select === null || select.includes(name);
  const json: Record<string, unknown> = {};
  if (format === "full") json["odata.type"] = `StandardODATA.${entity.name}`;
  for (const property of entity.properties) {
    for (const name of jsonNames(property)) if (shown(name)) json[name] = row[name];
  }
  for (const { name } of entity.sections) if (shown(name)) json[name] = row[name];
  if (format !== "none") Object.assign(json, navigationOf(entity, row, shown));
  for (const name of view.expand) json[name] = expanded(state, entity, row, name, view);
  return json;
}

/** Links of references that are not empty stand last (GA). */
function navigationOf(entity: Entity, row: Row, shown: (name: string) => boolean): Record<string, string> {
  const links: Record<string, string> = {};
  for (const { name, type } of entity.properties) {
    if (type.kind !== "guid" || name === "Ref_Key" || row[name] === EMPTY_GUID || !shown(name)) continue;
    const link = name.replace(/_Key$/, "");
    links[`${link}@navigationLinkUrl`] = `${addressOf(entity, row)}/${link}`;
  }
  return links;
}

function expanded(state: State, entity: Entity, row: Row, name: string, view: View): unknown {
  const property = entity.properties.find((each) => each.name === `${name}_Key`);
  const to = property?.type.kind === "guid" ? property.type.to : null;
  const target = to === null || !state.entities.has(to) ? undefined : state.get(to, String(row[`${name}_Key`]));
  if (target === undefined || to === null) return null;
  return objectOf(state, state.entity(to), target, { ...view, select: null, expand: [] });
}

/** A collection as JSON. */
export function collectionJson(state: State, entity: Entity, rows: readonly Row[], view: View, count: number | null) {
  return JSON.stringify({
    ...(view.format === "none" ? {} : { "odata.metadata": `${view.root}/$metadata#${entity.name}` }),
    // An Int64, so a string (GA).
    ...(count === null ? {} : { "odata.count": String(count) }),
    value: rows.map((row) => objectOf(state, entity, row, view)),
  });
}

/** One object as JSON. */
export function objectJson(state: State, entity: Entity, row: Row, view: View): string {
  return JSON.stringify({
    ...(view.format === "none" ? {} : { "odata.metadata": `${view.root}/$metadata#${entity.name}/@Element` }),
    ...objectOf(state, entity, row, view),
  });
}

const SPACES =
  'xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"';

/** Rows as an Atom feed, or the only one as an entry: what 1C gives where JSON was not asked for (DOC). */
export function atom(entity: Entity, rows: readonly Row[], root: string, isFeed: boolean): string {
  const entries = rows.map((row) => entry(entity, row, root, isFeed ? "" : ` ${SPACES}`));
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!isFeed) return head + entries.join("");
  return `${head}<feed ${SPACES}><title type="text"/><id>${root}/${entity.name}</id>${entries.join("")}</feed>`;
}

function entry(entity: Entity, row: Row, root: string, spaces: string): string {
  const fields = entity.properties.flatMap(jsonNames).map((name) => tag(name, String(row[name])));
  const tables = entity.sections.map(({ name }) => {
    const lines = (row[name] as SectionRow[]).map((line) => {
      const cells = Object.entries(line).map(([key, value]) => tag(key, String(value)));
      return `<d:element>${cells.join("")}</d:element>`;
    });
    return `<d:${name}>${lines.join("")}</d:${name}>`;
  });
  const id = escapeXml(`${root}/${addressOf(entity, row)}`);
  return `<entry${spaces}><id>${id}</id><category term="StandardODATA.${entity.name}"/><content type="application/xml"><m:properties>${fields.join("")}${tables.join("")}</m:properties></content></entry>`;
}

function tag(name: string, value: string): string {
  return `<d:${name}>${escapeXml(value)}</d:${name}>`;
}
