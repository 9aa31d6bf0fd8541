import { AdapterError } from "../../core/errors.ts";
import { createRejection } from "../onec/errors.ts";
import { type Row, refOf } from "./client.ts";
import { isRef, readNumber } from "./literals.ts";

/** Largest difference of equal numbers: half of the smallest written step, a thousandth of a quantity. */
const SAME = 0.0005;

/** Lists fields stored with another value. Only this shows a loss: 1C silently ignores unknown names and cuts texts. */
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

/** Removes 1C's padding of fixed-length texts, and the two-character line ends of a Windows text box. */
function normalizeText(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}

/**
 * Requires equal sent and stored fields. Throws rejected `ref_key_ignored` for another reference, and rejected
 * `onec_rejected` with the names of lost or cut fields. Both errors carry a `cause`, the sign of a write.
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
