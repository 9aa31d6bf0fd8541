import { listEntities, type Release } from "./bp30/index.ts";
import type { Entity, Property } from "./schema.ts";
import { defaultOf, EMPTY_GUID, jsonNames, UNDEFINED_TYPE } from "./schema.ts";

/** A value as JSON carries it. */
export type Value = string | number | boolean;

/** A row of a tabular section. */
export type SectionRow = Record<string, Value>;

/** An object or a record, its values as JSON carries them. */
export type Row = Record<string, Value | SectionRow[]>;

/** The infobase: what is written in 1C, read and changed by tests as they like, without 1C's checks. */
export interface State {
  readonly entities: ReadonlyMap<string, Entity>;
  entity(name: string): Entity;
  all(set: string): Row[];
  /** By Ref_Key, or a register's key as {@link keyOf} makes it. */
  get(set: string, key: string): Row | undefined;
  /** Writes an object with these values: a new one, or what is there under its Ref_Key changed. */
  put(set: string, values: Row): Row;
  /** The whole row with these values: a new one, or a copy of the stored one; nothing is written. */
  withValues(set: string, values: Row): Row;
  /** Writes a whole row; its DataVersion grows. */
  save(set: string, row: Row): Row;
  /** Physical deletion. */
  remove(set: string, key: string): void;
  /** Does work that is written as a whole or, where it throws, not at all. Codes and numbers are not handed back. */
  transact<T>(work: () => T): T;
  newRef(): string;
  /** The next free code or number. */
  nextNumber(set: string, row: Row): string;
  /** A copy of everything, to compare before and after. */
  snapshot(): Record<string, Row[]>;
  /** Puts back a copy; numbers that were given since are given again. */
  restore(copy: Readonly<Record<string, readonly Row[]>>): void;
}

/** The key of a row: its Ref_Key, or a register's dimensions. */
export function keyOf(entity: Entity, row: Row): string {
  return entity.key.map((name) => String(row[name] ?? "")).join("|");
}

/** Values of a row or section row that nobody filled. */
export function defaults(properties: readonly Property[]): SectionRow {
  const row: SectionRow = {};
  for (const { name, type } of properties) {
    for (const each of jsonNames({ name, type })) row[each] = defaultOf(type);
    if (type.kind === "composite") row[`${name}_Type`] = UNDEFINED_TYPE;
  }
  return row;
}

/** A new row: everything at its default. */
export function emptyRow(entity: Entity): Row {
  const row: Row = defaults(entity.properties);
  for (const section of entity.sections) row[section.name] = [];
  return row;
}

/** DataVersion: a counter of writes in eight bytes, 0 when new (P8). */
function dataVersion(writes: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(writes, 4);
  return bytes.toString("base64");
}

function nextVersion(version: unknown): string {
  if (typeof version !== "string" || version === "") return dataVersion(0);
  return dataVersion(Buffer.from(version, "base64").readUInt32BE(4) + 1);
}

/** An empty infobase of the whole schema. */
export function createState(release: Release = "198"): State {
  const entities = new Map(listEntities(release).map((entity) => [entity.name, entity]));
  const tables = new Map([...entities.keys()].map((name) => [name, new Map<string, Row>()]));
  const counters = new Map<string, number>();
  let refs = 0;
  let undo: (() => void)[] | null = null;

  function entity(name: string): Entity {
    const found = entities.get(name);
    if (found === undefined) throw new RangeError(`The stand-in has no entity ${name}`);
    return found;
  }
  const table = (set: string) => tables.get(entity(set).name) as Map<string, Row>;
  function change(set: string, key: string, row: Row | null): void {
    const rows = table(set);
    const before = rows.get(key);
    undo?.push(() => void (before === undefined ? rows.delete(key) : rows.set(key, before)));
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }

  const state: State = {
    entities,
    entity,
    all: (set) => [...table(set).values()],
    get: (set, key) => table(set).get(key),
    put(set, values) {
      const shape = entity(set);
      const row = state.withValues(set, values);
      const { numbering } = shape;
      if (numbering !== null && String(row[numbering.property]).trim() === "") {
        row[numbering.property] = state.nextNumber(set, row);
      }
      completeRow(shape, row);
      return state.save(set, row);
    },
    withValues(set, values) {
      const shape = entity(set);
      const isObject = shape.category !== "register";
      const before = isObject ? table(set).get(String(values.Ref_Key)) : undefined;
      const row: Row = { ...(before ?? emptyRow(shape)), ...values };
      if (isObject && (row.Ref_Key === EMPTY_GUID || row.Ref_Key === undefined)) row.Ref_Key = state.newRef();
      return row;
    },
    save(set, row) {
      const shape = entity(set);
      const saved = { ...row };
      if (shape.category !== "register") saved.DataVersion = nextVersion(row.DataVersion);
      change(set, keyOf(shape, saved), saved);
      return saved;
    },
    remove: (set, key) => change(set, key, null),
    transact(work) {
      if (undo !== null) return work();
      const steps: (() => void)[] = [];
      undo = steps;
      try {
        return work();
      } catch (error) {
        for (const step of steps.toReversed()) step();
        throw error;
      } finally {
        undo = null;
      }
    },
    newRef() {
      refs += 1;
      // As 1C makes them: version 1, the changing part in front.
      return `${(0x1a2b3c00 + refs).toString(16).padStart(8, "0")}-c8e1-11f0-9d2a-00155d0a1b2c`;
    },
    nextNumber(set, row) {
      const { numbering } = entity(set);
      if (numbering === null) return "";
      const prefix = `${numbering.property === "Number" ? numberPrefix(state, row) : ""}00-`;
      const year = numbering.property === "Number" ? String(row.Date).slice(0, 4) : "";
      const series = `${set}:${prefix}:${year}`;
      for (;;) {
        const next = (counters.get(series) ?? 0) + 1;
        counters.set(series, next);
        const number = prefix + String(next).padStart(numbering.length - prefix.length, "0");
        if (!numberTaken(state, set, { ...row, [numbering.property]: number })) return number;
      }
    },
    restore(copy) {
      counters.clear();
      for (const [set, rows] of Object.entries(copy)) {
        table(set).clear();
        for (const row of rows) table(set).set(keyOf(entity(set), row), structuredClone(row));
      }
    },
    snapshot: () => structuredClone(Object.fromEntries([...tables].map(([set, rows]) => [set, [...rows.values()]]))),
  };
  return state;
}

/** The reference of a predefined element by its name; an empty reference where the base has none. */
export function findPredefined(state: State, set: string, name: string): string {
  const row = state.all(set).find(({ PredefinedDataName }) => PredefinedDataName === name);
  return String(row?.Ref_Key ?? EMPTY_GUID);
}

/** Two places of the organisation's prefix in front of a document's number; «00» where it has none (GA). */
export function numberPrefix(state: State, row: Row): string {
  const prefix = state.get("Catalog_Организации", String(row.Организация_Key))?.Префикс;
  return String(prefix ?? "").padStart(2, "0");
}

/** A code is taken within its catalog, a number within its year. */
export function numberTaken(state: State, set: string, row: Row): boolean {
  const { numbering } = state.entity(set);
  if (numbering === null) return false;
  const { property } = numbering;
  const sameYear = (other: Row) =>
    property === "Code" || String(other.Date).slice(0, 4) === String(row.Date).slice(0, 4);
  return state
    .all(set)
    .some((other) => other[property] === row[property] && other.Ref_Key !== row.Ref_Key && sameYear(other));
}

/** Rows of sections get what they lack: defaults, the owner's reference and their line's number. */
export function completeRow(entity: Entity, row: Row): void {
  for (const { name, properties } of entity.sections) {
    row[name] = (row[name] as SectionRow[]).map((line, at) => ({
      ...defaults(properties),
      ...line,
      Ref_Key: String(row.Ref_Key),
      LineNumber: String(at + 1),
    }));
  }
}
