import type { Contractor } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import type { Row } from "./client.ts";
import type { Infobase } from "./infobase.ts";
import { readRef, readText } from "./literals.ts";
import { getContactKinds } from "./lookups.ts";

const SENT = ["legalAddress", "phone", "email"] as const;

/** All rows of «Контактная информация» with the sent contacts, since a write replaces all rows; null: no change. */
export async function mergeContacts(base: Infobase, card: Row | null, contractor: Contractor): Promise<Row[] | null> {
  const { fields } = base.mapping.contacts;
  const given = SENT.flatMap((kind) => (contractor[kind] === undefined ? [] : [{ kind, text: contractor[kind] }]));
  if (given.length === 0) return null;
  const kinds = await getContactKinds(base);
  const name = base.mapping.counterparty.fields.contacts;
  const section = card === null ? [] : card[name];
  if (!Array.isArray(section)) throw createUnseenSectionError(name);
  let rows = section as readonly Row[];
  let changed = false;
  for (const { kind, text } of given) {
    const ref = kinds[kind];
    if (ref === undefined) throw createUnknownKindError(base, kind);
    const ofKind = rows.filter((row) => readRef(row[fields.kind]) === ref);
    if (ofKind.some((row) => readText(row[fields.text]) === text)) continue;
    const row = toContactRow(base, kind, ref, text);
    rows = ofKind.length === 0 ? [...rows, row] : rows.map((old) => (old === ofKind[0] ? row : old));
    changed = true;
  }
  return changed ? rows.map((row, at) => toNumberedRow(row, at + 1)) : null;
}

export function readContactText(base: Infobase, section: unknown, kind: string | undefined): string {
  const { fields } = base.mapping.contacts;
  const rows = Array.isArray(section) ? (section as readonly Row[]) : [];
  return readText(rows.find((row) => kind !== undefined && readRef(row[fields.kind]) === kind)?.[fields.text]);
}

function toContactRow(base: Infobase, kind: (typeof SENT)[number], ref: string, text: string): Row {
  const { fields, kinds } = base.mapping.contacts;
  const own = kind === "phone" ? fields.phone : kind === "email" ? fields.email : null;
  const { type } = kinds[kind];
  return {
    [fields.type]: type,
    [fields.kind]: ref,
    [fields.text]: text,
    ...(own === null ? {} : { [own]: own === fields.phone ? text.slice(0, 20) : text }),
    ...(fields.listKind === null ? {} : { [fields.listKind]: ref }),
    ...(fields.value === null ? {} : { [fields.value]: formatContactValue(kind, type, text) }),
  };
}

/** JSON for newer configurations. Known for addresses in free form; 1C reads other kinds from the text. */
function formatContactValue(kind: (typeof SENT)[number], type: string, text: string): string {
  if (kind !== "legalAddress") return "";
  return JSON.stringify({
    version: 4,
    value: text,
    type,
    country: "РОССИЯ",
    countryCode: "643",
    addressType: "ВСвободнойФорме",
  });
}

/** A row for writing, without the owner's reference, which is no field. Numbers must run from 1 without a gap. */
function toNumberedRow(row: Row, line: number): Row {
  const { Ref_Key: _, ...fields } = row;
  const own = Object.entries(fields).filter(([name]) => !name.includes("@"));
  return { ...Object.fromEntries(own), LineNumber: line };
}

/** The error for an unreadable tabular section: a write would erase the unread rows. */
function createUnseenSectionError(name: string): Error {
  const detail = `1С не отдаёт табличную часть ${name} карточки: проверьте права пользователя и ONEC_MAPPING`;
  return createRejection("onec_rejected", "The contact information of a card cannot be read", detail);
}

function createUnknownKindError(base: Infobase, kind: (typeof SENT)[number]): Error {
  const { type, names } = base.mapping.contacts.kinds[kind];
  const detail = `В 1С не найден вид контактной информации ${names.join(" или ")} (${type}): укажите его имя в ONEC_MAPPING`;
  return createRejection("onec_rejected", "A kind of contact information is not found", detail, `contractor.${kind}`);
}
