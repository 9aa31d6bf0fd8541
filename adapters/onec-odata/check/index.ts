import type { CheckLine, CheckReport } from "../../../core/adapter.ts";
import { toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { checkConnection } from "./connection.ts";
import { checkData, PROVEN_BY_POSTING } from "./data.ts";
import { checkObjects } from "./objects.ts";
import { checkStatesRegister, OPTION_ENTITIES, readOptions, toOptionLines } from "./options.ts";
import type { OdataCheckParts } from "./parts.ts";
import { PROBE_ENTITIES } from "./probe.ts";
import { RISKY_ENTITIES, toBeyondLine } from "./published.ts";
import { toReleaseLine } from "./release.ts";
import { usesOf } from "./uses.ts";
import { checkWrite, createSkippedLines, POSTING } from "./write.ts";

const BY_WRITING = "Узнаётся по пробному документу: doctor --write";
const NOT_SHOWN = "Пробный документ этого не показал: спросите бухгалтера";

/**
 * Checks the connection, the mapping's objects, fields and functions, rights to read, 1C's options, and required data,
 * see {@link Adapter.check}. With `write` also makes test objects. An error of 1C becomes a line and is never thrown.
 */
export async function checkOdata(parts: OdataCheckParts, { write }: { readonly write: boolean }): Promise<CheckReport> {
  const uses = usesOf(parts.mapping, parts.settings.actDocument);
  const { isLost, lines, metadata } = await checkConnection(parts, [
    ...uses.map(({ entity }) => entity),
    ...RISKY_ENTITIES,
    ...OPTION_ENTITIES,
    ...PROBE_ENTITIES,
  ]);
  if (isLost) {
    const later = "Сначала наладьте связь и повторите проверку";
    const rest = ["Состав OData", "Организация", "Запись"].map((name) => toUncheckedLine(name, later));
    return { lines: [...lines, ...rest] };
  }
  const objects = await checkObjects(parts, uses, metadata);
  if (metadata?.published === 0) return { lines: [...lines, ...objects.lines, ...createSkippedLines()] };
  const data = await checkData(parts, objects.readable);
  const before = [...lines, toReleaseLine(metadata, parts.mapping), ...objects.lines, ...data];
  const beyond = toBeyondLine(metadata, uses);
  const further = [await checkStatesRegister(parts, metadata), ...(beyond === null ? [] : [beyond])];
  const known = await readOptions(parts, metadata);
  // After a failed read, a write would only leave objects half made.
  const isWrong = before.some(({ ok }) => ok === false);
  if (!write || isWrong) {
    const todo = isWrong && write ? "Исправьте то, что отмечено выше, и повторите проверку" : undefined;
    return { lines: [...before, ...further, ...toOptionLines(known, BY_WRITING), ...createSkippedLines(todo)] };
  }
  const written = await checkWrite(parts, metadata);
  const isPosted = written.lines.some(({ name, ok }) => name === POSTING && ok === true);
  const options = toOptionLines({ ...known, ...written.options }, NOT_SHOWN);
  return {
    lines: [...before.map((line) => (isPosted ? markProven(line) : line)), ...further, ...options, ...written.lines],
  };
}

function markProven(line: CheckLine): CheckLine {
  if (line.ok !== null || !PROVEN_BY_POSTING.includes(line.name)) return line;
  return toOkLine(line.name, "принят 1С при проведении пробного акта");
}
