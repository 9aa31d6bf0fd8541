import type { CheckLine, CheckReport } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import { checkConnection } from "./check-connection.ts";
import { checkData, PROVEN_BY_POSTING } from "./check-data.ts";
import { fine, unchecked } from "./check-lines.ts";
import { checkObjects } from "./check-objects.ts";
import { usesOf } from "./check-uses.ts";
import { type CheckedWrites, checkWrite, POSTING, unwrittenLines } from "./check-write.ts";
import type { OdataClient } from "./client.ts";
import type { OdataSettings } from "./infobase.ts";
import type { Mapping } from "./mapping.ts";

/** {@link checkOdata} */
export interface OdataCheckParts {
  readonly client: OdataClient;
  readonly mapping: Mapping;
  readonly settings: OdataSettings;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Today in the business time zone: the day of the test act. */
  readonly today: () => PlainDate;
  readonly writes: CheckedWrites;
}

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
    const rest = ["Состав OData", "Организация", "Запись"].map((name) => unchecked(name, later));
    return { lines: [...lines, ...rest] };
  }
  const objects = await checkObjects(parts, uses, metadata);
  const data = metadata?.published === 0 ? [] : await checkData(parts, objects.readable);
  const before = [...lines, ...objects.lines, ...data];
  if (!write) return { lines: [...before, ...unwrittenLines()] };
  // Where reading fails, writing would only leave objects half made.
  if (before.some(({ ok }) => ok === false)) {
    return { lines: [...before, ...unwrittenLines("Исправьте то, что отмечено выше, и повторите проверку")] };
  }
  const written = await checkWrite(parts);
  const isPosted = written.some(({ name, ok }) => name === POSTING && ok === true);
  return { lines: [...before.map((line) => (isPosted ? proven(line) : line)), ...written] };
}

function proven(line: CheckLine): CheckLine {
  if (line.ok !== null || !PROVEN_BY_POSTING.includes(line.name)) return line;
  return fine(line.name, "принят 1С при проведении пробного акта");
}
