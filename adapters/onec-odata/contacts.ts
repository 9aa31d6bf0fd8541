import type { Contractor } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import type { Row } from "./client.ts";
import { createDifference } from "./compare.ts";
import type { Infobase } from "./infobase.ts";
import { readRef, readText } from "./literals.ts";
import { getContactKinds } from "./lookups.ts";

const SENT = ["legalAddress", "phone", "email"] as const;
/** Lengths of «АдресЭП» with «ДоменноеИмяСервера», and «НомерТелефона». Source: БП 3.0.198, Контрагенты. */
const EMAIL_LIMIT = 100;
const PHONE_LIMIT = 20;

/**
 * All rows of «Контактная информация» with the sent contacts, since a write replaces all rows; null: no change. Rows
 * without «Вид» and the field «ВидДляСписка» are left out: 1C makes both anew at each write. Source: БП 3.0.198, module
 * УправлениеКонтактнойИнформациейСлужебный, ОбновитьКонтактнуюИнформациюДляСписковДляОбъекта.
 */
export async function mergeContacts(base: Infobase, card: Row | null, contractor: Contractor): Promise<Row[] | null> {
  const { fields } = base.mapping.contacts;
  const given = SENT.flatMap((kind) => (contractor[kind] === undefined ? [] : [{ kind, text: contractor[kind] }]));
  if (given.length === 0) return null;
  const kinds = await getContactKinds(base);
  const name = base.mapping.counterparty.fields.contacts;
  const section = card === null ? [] : card[name];
  if (!Array.isArray(section)) throw createUnseenSectionError(name);
  let rows: readonly Row[] = (section as readonly Row[]).filter((row) => readRef(row[fields.kind]) !== null);
  let changed = false;
  for (const { kind, text } of given) {
    const ref = kinds[kind];
    if (ref === undefined) throw createUnknownKindError(base, kind);
    const ofKind = rows.filter((row) => readRef(row[fields.kind]) === ref);
    if (ofKind.some((row) => readText(row[fields.text]) === text)) continue;
    const row = toContactRow(base, kind, ref, text);
    // Several rows of a kind are people's own choice: nobody knows the row to replace.
    rows = ofKind.length === 1 ? rows.map((old) => (old === ofKind[0] ? row : old)) : [...rows, row];
    changed = true;
  }
  return changed ? rows.map((row, at) => toNumberedRow(base, row, at + 1)) : null;
}

/** Notes each sent contact that is on no row of the card. 1C adds, numbers and joins rows by its own rules. */
export function noteLostContacts(base: Infobase, entity: string, sent: unknown, kept: unknown): void {
  const { kind, text } = base.mapping.contacts.fields;
  const toPairs = (section: unknown) =>
    (Array.isArray(section) ? (section as readonly Row[]) : []).map(
      (row) => [readRef(row[kind]) ?? "", readText(row[text])] as const,
    );
  const there = toPairs(kept);
  for (const [ref, wanted] of toPairs(sent)) {
    if (there.some(([keptRef, keptText]) => keptRef === ref && keptText === wanted)) continue;
    const others = there.filter(([keptRef]) => keptRef === ref).map(([, keptText]) => keptText);
    const { contacts } = base.mapping.counterparty.fields;
    base.differences.push(createDifference(entity, `${contacts}.${text}`, wanted, others.join("; ")));
  }
}

export function readContactText(base: Infobase, section: unknown, kind: string | undefined): string {
  const { fields } = base.mapping.contacts;
  const rows = Array.isArray(section) ? (section as readonly Row[]) : [];
  return readText(rows.find((row) => kind !== undefined && readRef(row[fields.kind]) === kind)?.[fields.text]);
}

function toContactRow(base: Infobase, kind: (typeof SENT)[number], ref: string, text: string): Row {
  const { fields, kinds } = base.mapping.contacts;
  const { type } = kinds[kind];
  return {
    [fields.type]: type,
    [fields.kind]: ref,
    [fields.text]: text,
    ...(kind === "phone" ? toPhoneFields(base, text) : {}),
    ...(kind === "email" ? toEmailFields(base, text) : {}),
    ...(fields.value === null ? {} : { [fields.value]: formatContactValue(kind, type, text) }),
  };
}

/** Country, area and number, parted by other signs than digits. */
const PHONE = /^\D*(\d+)\D+(\d+)\D+(\d[\d -]*)/;

/**
 * Digits of the first number, with and without the codes. Source: БП 3.0.198, module
 * УправлениеКонтактнойИнформациейСлужебный, ЗаполнитьРеквизитыТабличнойЧастиДляТелефона.
 */
function toPhoneFields(base: Infobase, text: string): Row {
  const { phone, phoneWithoutCodes } = base.mapping.contacts.fields;
  const [first = ""] = text.split(/[,;\n]/);
  const toDigits = (part: string) => part.replace(/\D/g, "").slice(0, PHONE_LIMIT);
  const parts = PHONE.exec(first);
  const [all, bare] = parts === null ? [first, first] : [parts.slice(1).join(""), parts[3] ?? ""];
  return {
    ...(phone === null ? {} : { [phone]: toDigits(all) }),
    ...(phoneWithoutCodes === null ? {} : { [phoneWithoutCodes]: toDigits(bare) }),
  };
}

/** The address and its server, cut to the fields' length. The whole address stands in «Представление». */
function toEmailFields(base: Infobase, text: string): Row {
  const { email, emailDomain } = base.mapping.contacts.fields;
  const { entity, fields } = base.mapping.counterparty;
  const address = text.slice(0, EMAIL_LIMIT);
  if (email !== null && address !== text) {
    base.differences.push(createDifference(entity, `${fields.contacts}.${email}`, text, address));
  }
  const domain = address.includes("@") ? address.slice(address.indexOf("@") + 1) : "";
  return {
    ...(email === null ? {} : { [email]: address }),
    ...(emailDomain === null ? {} : { [emailDomain]: domain }),
  };
}

/** JSON for newer configurations. Known for addresses in free form; 1C reads other kinds from the text. */
function formatContactValue(kind: (typeof SENT)[number], type: string, text: string): string {
  if (kind !== "legalAddress") return "";
  return JSON.stringify({ version: 4, value: text, type, addressType: "ВСвободнойФорме" });
}

/** A row for writing, without the owner's reference, which is no field. Numbers must run from 1 without a gap. */
function toNumberedRow(base: Infobase, row: Row, line: number): Row {
  const left = ["Ref_Key", base.mapping.contacts.fields.listKind];
  const own = Object.entries(row).filter(([name]) => !name.includes("@") && !left.includes(name));
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
