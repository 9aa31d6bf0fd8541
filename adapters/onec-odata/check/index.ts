import type { CheckLine, CheckReport } from "../../../core/adapter.ts";
import { toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { checkConnection } from "./connection.ts";
import { checkData, PROVEN_BY_POSTING } from "./data.ts";
import { checkObjects } from "./objects.ts";
import type { OdataCheckParts } from "./parts.ts";
import { usesOf } from "./uses.ts";
import { checkWrite, createSkippedLines, POSTING } from "./write.ts";

/**
 * {@link Adapter.check} over OData: the connection, every object, field and action the mapping names, the user's rights
 * to read, and what has to be in the infobase. With `write` also what only a write can show. Never throws for what 1C
 * answers: that is a line.
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
  // Where reading fails, writing would only leave objects half made.
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
