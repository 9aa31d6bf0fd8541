import type { CheckLine, CheckReport } from "../../../core/adapter.ts";
import { toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { checkConnection } from "./connection.ts";
import { checkData, PROVEN_BY_POSTING } from "./data.ts";
import { checkObjects } from "./objects.ts";
import type { OdataCheckParts } from "./parts.ts";
import { usesOf } from "./uses.ts";
import { checkWrite, createSkippedLines, POSTING } from "./write.ts";

/**
 * Checks the connection, the mapping's objects, fields and functions, rights to read, and required data, see
 * {@link Adapter.check}. With `write` also makes test objects. An error of 1C becomes a line and is never thrown.
 */
export async function checkOdata(parts: OdataCheckParts, { write }: { readonly write: boolean }): Promise<CheckReport> {
  const uses = usesOf(parts.mapping, parts.settings.actDocument);
  const { isLost, lines, metadata } = await checkConnection(
    parts,
    uses.map(({ entity }) => entity),
  );
  if (isLost) {
    const later = "Сначала наладьте связь и повторите проверку";
    const rest = ["Состав OData", "Организация", "Запись"].map((name) => toUncheckedLine(name, later));
    return { lines: [...lines, ...rest] };
  }
  const objects = await checkObjects(parts, uses, metadata);
  const data = metadata?.published === 0 ? [] : await checkData(parts, objects.readable);
  const before = [...lines, ...objects.lines, ...data];
  if (!write) return { lines: [...before, ...createSkippedLines()] };
  // After a failed read, a write would only leave objects half made.
  if (before.some(({ ok }) => ok === false)) {
    return { lines: [...before, ...createSkippedLines("Исправьте то, что отмечено выше, и повторите проверку")] };
  }
  const written = await checkWrite(parts);
  const isPosted = written.some(({ name, ok }) => name === POSTING && ok === true);
  return { lines: [...before.map((line) => (isPosted ? markProven(line) : line)), ...written] };
}

function markProven(line: CheckLine): CheckLine {
  if (line.ok !== null || !PROVEN_BY_POSTING.includes(line.name)) return line;
  return toOkLine(line.name, "принят 1С при проведении пробного акта");
}
