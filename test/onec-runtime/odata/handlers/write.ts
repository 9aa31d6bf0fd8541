import { exception, handlerException } from "../errors.ts";
import type { Setup } from "../options.ts";
import { EMPTY_DATE, EMPTY_GUID } from "../schema.ts";
import type { Settings } from "../settings.ts";
import type { Row, SectionRow, State } from "../state.ts";

/** One write of one object, as 1C's handlers see it. */
export interface Write {
  readonly setup: Setup;
  readonly state: State;
  readonly settings: Settings;
  readonly set: string;
  /** The row as it will be stored; handlers change it. */
  readonly row: Row;
  /** The stored row; null: a new object. */
  readonly before: Row | null;
  /** Режим записи документа. */
  readonly mode: "write" | "post" | "unpost";
  /** The user of OData, or a person in 1C's forms. */
  readonly by: "program" | "person";
  /** ОбменДанными.Загрузка, which the header `1C_OData-DataLoadMode` switches on. */
  readonly isLoad: boolean;
  /** Writes another object within the same transaction, its handlers included. */
  writeOther(set: string, values: Row): Row;
}

/** Handlers of one kind of object. */
export interface Handlers {
  /** ОбработкаПроверкиЗаполнения: messages of a posting's checks. */
  checkFilling?(write: Write): string[];
  /** ПередЗаписью of the object's module. */
  beforeWrite?(write: Write): void;
  /** ПриЗаписи of the object's module. */
  onWrite?(write: Write): void;
}

/**
 * A refusal by a message to the user and Отказ. The platform's own words may be all that OData tells: nothing in БП's
 * sources decides it.
 */
export function refuse({ settings, set }: Write, message: string): never {
  if (settings.hasQuietRefusals) throw exception(`Не удалось записать: "${set.replace(/^\w+?_/u, "")}"!`);
  throw handlerException("ПередЗаписью", message);
}

/** Rows of a tabular section. */
export function linesOf(row: Row, section: string): SectionRow[] {
  const lines = row[section];
  return Array.isArray(lines) ? lines : [];
}

/** The day of a document or of another moment, `YYYY-MM-DD`. */
export function dayOf(row: Row | null): string {
  return String(row?.Date ?? "").slice(0, 10);
}

/** Today by 1C's clock, `YYYY-MM-DD`, in Moscow. */
export function todayOf({ setup }: Pick<Write, "setup">): string {
  return new Date(setup.clock() + 3 * 3_600_000).toISOString().slice(0, 10);
}

/** The currency of regulated accounting. */
export function rubleOf({ state }: Pick<Write, "state">): string {
  return String(state.all("Catalog_Валюты").find(({ Code }) => Code === "643")?.Ref_Key ?? EMPTY_GUID);
}

/** «Не заполнено» for each of these fields that is empty. */
export function listUnfilled(row: Row | SectionRow, fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).flatMap(([name, label]) => (isEmpty(row[name]) ? [label] : []));
}

/** Whether nobody filled a value. */
export function isEmpty(value: unknown): boolean {
  return value === EMPTY_GUID || value === "" || value === 0 || value === undefined || value === EMPTY_DATE;
}
