import { AdapterError } from "../../core/errors.ts";
import { createRejection } from "../onec/errors.ts";
import type { Row } from "./client.ts";
import { refOf } from "./client.ts";
import { isRef, readNumber } from "./literals.ts";

/** Half of the smallest step of a number that is written: thousandths of a quantity. */
const SAME = 0.0005;

/**
 * Fields that 1C does not keep as they were sent. It ignores names that it does not know and cuts texts that are too
 * long, without a word, so this is the only way to notice. Rows of tabular sections are compared one by one.
 */
export function listLostFields(sent: Row, kept: Row, within = ""): string[] {
  return Object.entries(sent).flatMap(([name, value]) => {
    const path = within + name;
    const now = kept[name];
    if (!Array.isArray(value)) return isSame(value, now) ? [] : [path];
    if (!Array.isArray(now) || now.length !== value.length) return [path];
    return value.flatMap((row: Row, at) => listLostFields(row, now[at] as Row, `${path}[${at + 1}].`));
  });
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

/** 1C pads texts of a fixed length, and a text box of Windows ends its lines in two characters. */
function normalizeText(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}

/**
 * Requires that 1C keeps what was sent.
 *
 * @throws {AdapterError} rejected: `ref_key_ignored` when the object is not under the reference sent; `onec_rejected`
 * naming each field that is lost or cut. Both carry a cause: something was written
 */
export function requireKept(entity: string, sent: Row, kept: Row): void {
  const { Ref_Key: ref, ...fields } = sent;
  if (typeof ref === "string" && refOf(kept) !== ref.toLowerCase()) throw createRefIgnoredError(entity, refOf(kept));
  const lost = listLostFields(fields, kept);
  if (lost.length === 0) return;
  const detail = `1С не сохранила как есть ${lost.length === 1 ? "поле" : "поля"} ${lost.join(", ")} объекта ${entity}: поля нет в этой конфигурации, значение обрезано или изменено обработчиком. Проверьте ONEC_MAPPING`;
  throw new AdapterError("onec_rejected", "1C did not keep what was sent", {
    outcome: "rejected",
    detail,
    cause: new Error(`Not kept: ${lost.join(", ")}`),
  });
}

/** 1C gave an object another reference than ours: no repeat is safe any more. */
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

/** A text of at most so many characters, cut at a word where there is one in its second half. */
export function shortenText(text: string, longest: number): string {
  const line = text.trim();
  if (line.length <= longest) return line;
  const room = line.slice(0, longest + 1);
  const space = room.lastIndexOf(" ");
  const cut = space > longest / 2 ? room.slice(0, space) : line.slice(0, longest);
  // Half of a surrogate pair is no character.
  return cut.replace(/[\uD800-\uDBFF]$/, "").replace(/[\s,;«("-]+$/, "");
}
