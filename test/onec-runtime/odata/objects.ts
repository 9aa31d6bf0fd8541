import { beforePost, beforeWrite, checkPeriod, type Settings } from "./business.ts";
import { exception, OneCError, refusal } from "./errors.ts";
import type { Setup } from "./options.ts";
import type { Entity } from "./schema.ts";
import type { Row, State } from "./state.ts";
import { emptyRow, keyOf } from "./state.ts";
import type { Body } from "./values.ts";
import { chosenRef, readBody } from "./values.ts";

/** What writes need to know. */
export interface Writing {
  readonly setup: Setup;
  readonly state: State;
  readonly settings: Settings;
  /** 1C gives every new object a reference of its own. */
  readonly ignoresRefs: () => boolean;
}

/** POST to a set: a new object under the chosen reference (EB), numbered where it says no number (P8, EB). */
export function createObject({ setup, state, settings, ignoresRefs }: Writing, entity: Entity, body: Body): Row {
  const values = readBody(entity, body);
  if (entity.category === "register") return createRecord(state, entity, values);
  const chosen = chosenRef(body);
  if (chosen !== null && !ignoresRefs() && state.get(entity.name, chosen) !== undefined) throw duplicate(setup);
  const row: Row = { ...emptyRow(entity), ...values };
  row.Ref_Key = chosen === null || ignoresRefs() ? state.newRef() : chosen;
  row.DataVersion = "";
  const { numbering } = entity;
  if (numbering !== null && row[numbering.property] === "")
    row[numbering.property] = state.nextNumber(entity.name, row);
  return write(state, settings, entity, row, null);
}

/** A record whose dimensions are taken is refused with 400 (P9). */
function createRecord(state: State, entity: Entity, values: Row): Row {
  const row = { ...emptyRow(entity), ...values };
  if (state.get(entity.name, keyOf(entity, row)) !== undefined) {
    throw new OneCError(400, "15", "Запись с такими значениями уже существует");
  }
  return state.save(entity.name, row);
}

function duplicate({ duplicateKey }: Setup): OneCError {
  if (duplicateKey === "code15") return refusal(400, 15);
  return exception("Ошибка при вызове метода контекста (Записать): нарушено условие уникальности");
}

/** PATCH: what is named changes, a tabular section as a whole (P8, P9); the answer is the full object. */
export function updateObject(
  { setup, state, settings }: Writing,
  entity: Entity,
  before: Row,
  body: Body,
  ifMatch: string | undefined,
): Row {
  if (setup.ifMatch === "honoured" && ifMatch !== undefined && bare(ifMatch) !== before.DataVersion) {
    throw new OneCError(412, "-1", "Версия данных не совпадает с указанной в If-Match");
  }
  const row = { ...before, ...readBody(entity, body) };
  if (entity.category === "register") return state.save(entity.name, row);
  return write(state, settings, entity, row, before);
}

function bare(etag: string): string {
  return etag.replace(/^W\//, "").replaceAll('"', "");
}

function write(state: State, settings: Settings, entity: Entity, row: Row, before: Row | null): Row {
  const copy = structuredClone(row);
  beforeWrite(state, settings, entity.name, copy, before);
  for (const { name } of entity.sections) {
    for (const line of copy[name] as Record<string, string>[]) line.Ref_Key = String(copy.Ref_Key);
  }
  return state.save(entity.name, copy);
}

/** Post: all that was not checked at the write is checked now (P8); the document is written anew as posted. */
export function postDocument({ state, settings }: Writing, entity: Entity, row: Row): Row {
  beforePost(state, settings, entity.name, row);
  return state.save(entity.name, { ...row, Posted: true });
}

export function unpostDocument({ state, settings }: Writing, entity: Entity, row: Row): Row {
  checkPeriod(settings, entity.name, row, null);
  return state.save(entity.name, { ...row, Posted: false });
}
