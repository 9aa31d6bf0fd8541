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

/** A query builder that only writes SQL; a driver runs the SQL. */
export type Sql = Kysely<Database>;

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

/** A placeholder with the name of a parameter, used while a statement is compiled. */
interface Slot {
  readonly [SLOT]: string;
}

/**
 * Compiles a statement at its first use; later uses only fill in the parameters. A commit has several statements of a
 * fixed shape: compiling would cost more than running the statements.
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

export function selectActPosition(db: Sql, id: string) {
  return db.selectFrom("act").select("position").where("id", "=", id);
}

interface InsertOptions<T extends keyof Database> {
  /** Columns for an act's position: the row has the act's id there, and the database finds the position. */
  readonly actPositions?: readonly (keyof NewRow<T> & string)[];
  /** Adds a clause, such as `on conflict`, to the statement. */
  readonly finish?: (query: InsertQueryBuilder<Database, T, InsertResult>) => Compilable;
}

/** Compiles the insertion of a row once. All rows must have the same columns. */
export function insertOnce<T extends keyof Database>(
  db: Sql,
  table: T,
  { actPositions = [], finish = (query) => query }: InsertOptions<T> = {},
): (row: NewRow<T>) => SqlQuery {
  const positions = new Set<string>(actPositions);
  let insert: ((row: NewRow<T>) => SqlQuery) | undefined;
  return (row) => {
    const columns = Object.keys(row);
    insert ??= compileOnce<NewRow<T>>((slot) => {
      const values = columns.map((column) => {
        const value = slot[column as keyof NewRow<T>];
        return [column, positions.has(column) ? selectActPosition(db, value as string) : value];
      });
      return finish(db.insertInto(table).values(Object.fromEntries(values)));
    });
    return insert(row);
  };
}

function createSlots<P extends object>(): P {
  // Kysely does not read parameters, so a slot fits a column of any type.
  return new Proxy({}, { get: (_, name) => ({ [SLOT]: String(name) }) satisfies Slot }) as P;
}

function isSlot(value: unknown): value is Slot {
  return typeof value === "object" && value !== null && SLOT in value;
}
