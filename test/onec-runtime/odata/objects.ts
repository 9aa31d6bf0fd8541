import { type Books, writeObject } from "./business.ts";
import { exception, OneCError, refusal } from "./errors.ts";
import { fillNew, overwriteNew } from "./handlers/filling.ts";
import type { Setup } from "./options.ts";
import type { Entity } from "./schema.ts";
import type { Row, State } from "./state.ts";
import { emptyRow, keyOf } from "./state.ts";
import type { Body } from "./values.ts";
import { chosenRef, readBody } from "./values.ts";

/** What writes need to know. */
export interface Writing extends Books {
  /** 1C gives every new object a reference of its own. */
  readonly ignoresRefs: () => boolean;
}

/** POST to a set: a new object under the chosen reference (EB), numbered where it says no number (P8, EB). */
export function createObject(books: Writing, entity: Entity, body: Body, isLoad = false): Row {
  const { setup, state, ignoresRefs } = books;
  const values = readBody(entity, body);
  if (entity.category === "register") return createRecord(state, entity, values);
  const chosen = chosenRef(body);
  if (chosen !== null && !ignoresRefs() && state.get(entity.name, chosen) !== undefined) throw duplicate(setup);
  const row: Row = { ...emptyRow(entity), ...fillNew(books, entity.name), ...values };
  row.Ref_Key = chosen === null || ignoresRefs() ? state.newRef() : chosen;
  row.DataVersion = "";
  overwriteNew(books, entity.name, row);
  return writeObject(books, { set: entity.name, row, isLoad });
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
  books: Writing,
  entity: Entity,
  before: Row,
  body: Body,
  how: { readonly ifMatch: string | undefined; readonly isLoad?: boolean },
): Row {
  const { setup, state } = books;
  const { ifMatch, isLoad = false } = how;
  if (setup.ifMatch === "honoured" && ifMatch !== undefined && bare(ifMatch) !== before.DataVersion) {
    throw new OneCError(412, "-1", "Версия данных не совпадает с указанной в If-Match");
  }
  const row = { ...before, ...readBody(entity, body) };
  if (entity.category === "register") return state.save(entity.name, row);
  return writeObject(books, { set: entity.name, row, isLoad });
}

function bare(etag: string): string {
  return etag.replace(/^W\//, "").replaceAll('"', "");
}

/** Post: all that was not checked at the write is checked now (P8); the document is written anew as posted. */
export function postDocument(books: Writing, entity: Entity, row: Row): Row {
  return writeObject(books, { set: entity.name, row, mode: "post" });
}

export function unpostDocument(books: Writing, entity: Entity, row: Row): Row {
  return writeObject(books, { set: entity.name, row, mode: "unpost" });
}
