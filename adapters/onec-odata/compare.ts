import { DIFFERENCE_LIMIT, type Difference } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import { createRejection } from "../onec/errors.ts";
import { type Row, refOf } from "./client.ts";
import { isRef, readNumber } from "./literals.ts";

/** Largest difference of equal numbers: half of the smallest written step, a thousandth of a quantity. */
const SAME = 0.0005;

/**
 * Lists fields stored with another value; only the day of a moment counts. Only this shows a loss: 1C silently ignores
 * unknown names and cuts texts.
 */
export function listLostFields(sent: Row, kept: Row): string[] {
  return listChanges(sent, kept)
    .filter((change) => !change.isSameDay)
    .map(({ field }) => field);
}

interface Change {
  /** Path of the field: `Услуги[1].Сумма`. */
  readonly field: string;
  readonly sent: unknown;
  readonly kept: unknown;
  /** Two moments of one day. */
  readonly isSameDay: boolean;
}

function listChanges(sent: Row, kept: Row, within = ""): Change[] {
  return Object.entries(sent).flatMap(([name, value]) => {
    const field = within + name;
    const now = kept[name];
    if (!Array.isArray(value)) {
      return isSame(value, now) ? [] : [{ field, sent: value, kept: now, isSameDay: isSameDay(value, now) }];
    }
    if (!Array.isArray(now) || now.length !== value.length)
      return [{ field, sent: value, kept: now, isSameDay: false }];
    return value.flatMap((row: Row, at) => listChanges(row, now[at] as Row, `${field}[${at + 1}].`));
  });
}

const MOMENT = /^\d{4}-\d\d-\d\dT/;

/** Whether two moments are of one day: with «Фиксированное время в документах» 1C sets the time of a document. */
function isSameDay(sent: unknown, kept: unknown): boolean {
  if (typeof sent !== "string" || typeof kept !== "string") return false;
  return MOMENT.test(sent) && MOMENT.test(kept) && sent.slice(0, 10) === kept.slice(0, 10);
}

function isSame(sent: unknown, kept: unknown): boolean {
  if (typeof sent === "number") {
    const number = readNumber(kept);
    return number !== null && Math.abs(number - sent) < SAME;
  }
  if (typeof sent !== "string" || typeof kept !== "string") return sent === kept;
  if (isRef(sent)) return sent.toLowerCase() === kept.toLowerCase();
  return normalizeText(sent) === normalizeText(kept);
}

/** Removes 1C's padding of fixed-length texts, and the two-character line ends of a Windows text box. */
function normalizeText(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}

/**
 * Compares sent and stored fields. Returns the differences of preferred fields and of the time within a day. Throws
 * rejected `ref_key_ignored` for another reference, and rejected `onec_rejected` with the names of other lost or cut
 * fields. Both errors carry a `cause`, the sign of a write.
 * @param preferred Names of fields, in the object or in rows of its sections.
 */
export function compareKept(entity: string, sent: Row, kept: Row, preferred: readonly string[] = []): Difference[] {
  const { Ref_Key: ref, ...fields } = sent;
  if (typeof ref === "string" && refOf(kept) !== ref.toLowerCase()) throw createRefIgnoredError(entity, refOf(kept));
  const changes = listChanges(fields, kept);
  const mayDiffer = ({ field, isSameDay: sameDay }: Change) => sameDay || preferred.includes(toFieldName(field));
  const lost = changes.filter((change) => !mayDiffer(change)).map(({ field }) => field);
  if (lost.length > 0) throw createLostError(entity, lost);
  return changes.map(({ field, sent: wanted, kept: now }) => createDifference(entity, field, wanted, now));
}

/** Last name of a path, without the suffix of a composite field's type: `Услуги[1].Субконто1_Type` is `Субконто1`. */
function toFieldName(field: string): string {
  return field.replace(/^.*\./, "").replace(/_Type$/, "");
}

/** Makes a difference with bounded texts; a section is told by its number of rows. */
export function createDifference(object: string, field: string, sent: unknown, kept: unknown): Difference {
  return { object, field, sent: describe(sent), kept: describe(kept) };
}

function describe(value: unknown): string {
  if (value === undefined) return "";
  const text = Array.isArray(value) ? `строк: ${value.length}` : String(value);
  return text.slice(0, DIFFERENCE_LIMIT).replace(/[\uD800-\uDBFF]$/, "");
}

function createLostError(entity: string, lost: readonly string[]): AdapterError {
  const detail = `1С не сохранила как есть ${lost.length === 1 ? "поле" : "поля"} ${lost.join(", ")} объекта ${entity}: поля нет в этой конфигурации, значение обрезано или изменено обработчиком. Проверьте ONEC_MAPPING`;
  return new AdapterError("onec_rejected", "1C did not keep what was sent", {
    outcome: "rejected",
    detail,
    cause: new Error(`Not kept: ${lost.join(", ")}`),
  });
}

/** The error when 1C assigned another reference than ours. No repeat is safe after this error. */
export function createRefIgnoredError(entity: string, ref: string): AdapterError {
  const { code, message, outcome, detail } = createRejection(
    "ref_key_ignored",
    "The object got another reference than ours",
    `1С присвоила объекту ${entity} свою ссылку ${ref} вместо нашей`,
  );
  return new AdapterError(code, message, {
    outcome,
    detail: detail ?? "",
    cause: new Error("The reference was not kept"),
  });
}

/** Cuts a text to `longest` characters, at a space in the second half if possible. */
export function shortenText(text: string, longest: number): string {
  const line = text.trim();
  if (line.length <= longest) return line;
  const room = line.slice(0, longest + 1);
  const space = room.lastIndexOf(" ");
  const cut = space > longest / 2 ? room.slice(0, space) : line.slice(0, longest);
  // A cut through a surrogate pair leaves half a character.
  return cut.replace(/[\uD800-\uDBFF]$/, "").replace(/[\s,;«("-]+$/, "");
}
