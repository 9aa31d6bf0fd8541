import { BslError } from "../lexer.ts";
import { BslDate, BslException, type BslObject, BslUuid, isObject, unknown, type Value } from "../values.ts";
import { EntityObject } from "./objects.ts";
import type { FieldType, ObjectSchema } from "./schema.ts";
import { Section } from "./section.ts";

/** A stored object. A write replaces the whole row, so that a rollback only needs the former rows. */
export interface StoredRow {
  readonly id: string;
  readonly version: number;
  readonly values: Readonly<Record<string, Value>>;
  readonly sections: Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;
}

/** A record of a register. */
export type RegisterRow = Record<string, Value>;

/** How a document is written: РежимЗаписиДокумента. */
export type WriteMode = "Запись" | "Проведение" | "ОтменаПроведения";

/** What a configuration does around a write. */
export interface Handlers {
  beforeWrite(object: EntityObject, mode: WriteMode): void;
  afterWrite(object: EntityObject, mode: WriteMode): void;
  /** ОбработкаЗаполнения with the values of FillValue. */
  fill(object: EntityObject): void;
  /** Messages of ПроверитьЗаполнение; none: the object is filled. */
  checkFilling(object: EntityObject): readonly string[];
}

const EMPTY_ID = "00000000-0000-0000-0000-000000000000";
const BROKEN = "В данной транзакции уже происходили ошибки";

/** The data of a played infobase: objects by table, registers, one transaction, the session's messages. */
export class Store {
  readonly schema: ReadonlyMap<string, ObjectSchema>;
  readonly registers: Readonly<Record<string, RegisterRow[]>>;
  /** СообщенияПользователю of the session: they stay until somebody takes them. */
  readonly messages: string[] = [];
  /** Tables of every write, in order. */
  readonly writes: string[] = [];
  handlers: Handlers | null = null;
  #tables = new Map<string, ReadonlyMap<string, StoredRow>>();
  readonly #refs = new Map<string, Ref>();
  readonly #snapshots: { tables: Map<string, ReadonlyMap<string, StoredRow>>; registers: RegisterRow[][] }[] = [];
  /** The object that locked a reference, by the reference's key: until the end of the transaction. */
  readonly locks = new Map<string, EntityObject>();
  #broken = false;
  #lastId = 0;

  constructor(schema: ReadonlyMap<string, ObjectSchema>, registers: Readonly<Record<string, RegisterRow[]>>) {
    this.schema = schema;
    this.registers = registers;
  }

  /** The one reference object of an id, so that equal references are the same value. */
  ref(table: string, id: string): Ref {
    const key = `${table}:${id}`;
    const made = this.#refs.get(key) ?? new Ref(this, table, id);
    this.#refs.set(key, made);
    return made;
  }

  empty(table: string): Ref {
    return this.ref(table, table.startsWith("Перечисление.") ? "" : EMPTY_ID);
  }

  newId(): string {
    this.#lastId += 1;
    return `0b000000-0000-4000-8000-${String(this.#lastId).padStart(12, "0")}`;
  }

  read(table: string, id: string): StoredRow | undefined {
    this.requireWhole();
    return this.#tables.get(table)?.get(id);
  }

  rows(table: string): readonly StoredRow[] {
    this.requireWhole();
    return [...(this.#tables.get(table)?.values() ?? [])];
  }

  /** Puts a row past every handler, as data that stood there before. Returns the reference. */
  put(table: string, row: StoredRow): Ref {
    this.#tables.set(table, new Map(this.#tables.get(table)).set(row.id, row));
    return this.ref(table, row.id);
  }

  /** A database refuses everything after an error in a transaction. */
  requireWhole(): void {
    if (this.#broken) throw new BslException(BROKEN);
  }

  write(object: EntityObject, mode: WriteMode): void {
    this.requireWhole();
    try {
      this.handlers?.beforeWrite(object, mode);
      const stored = this.read(object.table, object.id);
      if ((stored?.version ?? 0) !== object.version) {
        throw new BslException("Данные были изменены или удалены другим пользователем");
      }
      this.put(object.table, object.toRow());
      object.version += 1;
      this.writes.push(object.table);
      this.handlers?.afterWrite(object, mode);
    } catch (error) {
      if (!(error instanceof BslException)) throw error;
      this.#broken = this.#snapshots.length > 0;
      throw new BslException("Ошибка при вызове метода контекста (Записать)", error);
    }
  }

  begin(): void {
    const registers = Object.values(this.registers).map((rows) => rows.map((row) => ({ ...row })));
    this.#snapshots.push({ tables: new Map(this.#tables), registers });
  }

  commit(): void {
    this.requireWhole();
    if (this.#snapshots.pop() === undefined) throw new BslException("Транзакция не активна");
    this.locks.clear();
  }

  rollback(): void {
    const former = this.#snapshots.pop();
    if (former === undefined) throw new BslException("Транзакция не активна");
    this.#tables = former.tables;
    for (const [at, rows] of Object.values(this.registers).entries()) {
      rows.splice(0, rows.length, ...(former.registers[at] ?? []));
    }
    this.#broken = false;
    this.locks.clear();
  }

  isInTransaction(): boolean {
    return this.#snapshots.length > 0;
  }

  describe(table: string): ObjectSchema {
    const found = this.schema.get(table);
    if (found === undefined) throw new BslError(`${table} is not in the played metadata`);
    return found;
  }

  /** What an attribute keeps of a value: a text is cut, a value of another type becomes the empty value. */
  convert(type: FieldType, value: Value): Value {
    if (type.kind === "text") {
      if (typeof value !== "string") return "";
      return type.length > 0 ? value.slice(0, type.length) : value;
    }
    if (type.kind === "number") return typeof value === "number" ? value : 0;
    if (type.kind === "boolean") return typeof value === "boolean" ? value : false;
    if (type.kind === "date") return value instanceof BslDate ? value : BslDate.of(1, 1, 1);
    if (value instanceof Ref && type.tables.includes(value.table)) return value;
    return type.tables.length === 1 ? this.empty(type.tables[0] as string) : undefined;
  }
}

/** A reference: reads its object's attributes as they are stored. */
export class Ref implements BslObject {
  readonly type: string;
  readonly store: Store;
  readonly table: string;
  readonly id: string;
  constructor(store: Store, table: string, id: string) {
    this.store = store;
    this.table = table;
    this.id = id;
    this.type = table.replace(".", "Ссылка.");
  }

  isEmpty(): boolean {
    return this.id === EMPTY_ID || this.id === "";
  }

  /** The value of an attribute by its exact name. */
  value(name: string): Value {
    const type = this.store.describe(this.table).fields[name];
    if (type === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
    return this.store.convert(type, this.store.read(this.table, this.id)?.values[name]);
  }

  /** The number or the title, as in a text. */
  title(): string {
    if (this.table.startsWith("Перечисление.")) return this.id;
    return String(this.value(this.table.startsWith("Документ.") ? "Номер" : "Наименование"));
  }

  get(name: string): Value {
    if (name === "ссылка") return this;
    if (name === "версияданных") return `v${this.store.read(this.table, this.id)?.version ?? 0}`;
    const { fields, sections } = this.store.describe(this.table);
    const section = findName(sections, name);
    if (section !== undefined) {
      const rows = this.store.read(this.table, this.id)?.sections[section] ?? [];
      return new Section(this.store, sections[section] ?? {}, rows);
    }
    return this.value(findName(fields, name) ?? name);
  }

  call(name: string): Value {
    if (name === "пустая") return this.isEmpty();
    if (name === "уникальныйидентификатор") return new BslUuid(this.id);
    if (name === "метаданные") return describeTable(this.store, this.table);
    if (name !== "получитьобъект") throw unknown(this, name);
    const row = this.store.read(this.table, this.id);
    return row === undefined ? undefined : new EntityObject(this.store, this.table, this.id, row);
  }
}

/** Metadata of a table by {@link setDescriber}: the metadata module needs the store, and the store the metadata. */
let describeTable: (store: Store, table: string) => BslObject = () => {
  throw new BslError("No metadata are played");
};

export function setDescriber(describe: (store: Store, table: string) => BslObject): void {
  describeTable = describe;
}

/** The exact name of a key that is written in lower case. */
export function findName(names: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return Object.keys(names).find((key) => key.toLowerCase() === name);
}

/** A reference, or BslError. */
export function requireRef(value: Value): Ref {
  if (value instanceof Ref) return value;
  throw new BslError(`A reference is expected, not ${isObject(value) ? value.type : String(value)}`);
}
