import type { Compilable, InsertQueryBuilder, InsertResult } from "kysely";
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Dialect, SqlQuery } from "./driver.ts";
import type { Database, NewRow } from "./schema.ts";

/** A query builder that runs nothing: Kysely only writes the SQL, drivers run it. */
export type Sql = Kysely<Database>;

/** Makes the query builder of a dialect. */
export function createSql(dialect: Dialect): Sql {
  const sqlite = dialect === "sqlite";
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => (sqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => (sqlite ? new SqliteIntrospector(db) : new PostgresIntrospector(db)),
      createQueryCompiler: () => (sqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
    },
  });
}

const SLOT: unique symbol = Symbol("slot");

/** Stands for the value of the parameter with this name while a statement is compiled. */
interface Slot {
  readonly [SLOT]: string;
}

/**
 * Compiles a statement once, on its first use, and afterwards only fills in its parameters: a commit is made of
 * several statements of a fixed shape, and writing their SQL anew would cost more than running them.
 *
 * @example const find = once<{ id: string }>((p) => db.selectFrom("act").selectAll().where("id", "=", p.id))
 */
export function compileOnce<P extends object>(build: (params: P) => Compilable): (params: P) => SqlQuery {
  let kept: SqlQuery | undefined;
  return (params) => {
    kept ??= build(createSlots<P>()).compile();
    const values = params as Readonly<Record<string, unknown>>;
    const parameters = kept.parameters.map((value) => (isSlot(value) ? values[value[SLOT]] : value));
    return { sql: kept.sql, parameters };
  };
}

/** Position of the act with this id, as a part of a statement. */
export function selectActPosition(db: Sql, id: string) {
  return db.selectFrom("act").select("position").where("id", "=", id);
}

/**
 * Compiles the insertion of a row once. All rows given to it have the same columns. In a column `act` it puts the
 * position of the act whose id is given there.
 */
export function insertOnce<T extends keyof Database>(
  db: Sql,
  table: T,
  finish: (query: InsertQueryBuilder<Database, T, InsertResult>) => Compilable = (query) => query,
): (row: NewRow<T>) => SqlQuery {
  let insert: ((row: NewRow<T>) => SqlQuery) | undefined;
  return (row) => {
    const columns = Object.keys(row);
    insert ??= compileOnce<NewRow<T>>((slot) => {
      const values = columns.map((column) => {
        const value = slot[column as keyof NewRow<T>];
        return [column, column === "act" ? selectActPosition(db, value as string) : value];
      });
      return finish(db.insertInto(table).values(Object.fromEntries(values)));
    });
    return insert(row);
  };
}

function createSlots<P extends object>(): P {
  // Kysely passes parameters on untouched, so whatever type a column wants, a slot can stand in its place.
  return new Proxy({}, { get: (_, name) => ({ [SLOT]: String(name) }) satisfies Slot }) as P;
}

function isSlot(value: unknown): value is Slot {
  return typeof value === "object" && value !== null && SLOT in value;
}
