import { BslStructure } from "../collections.ts";
import { BslException, type BslObject, unknown, type Value } from "../values.ts";
import type { FieldType } from "./schema.ts";
import { Section } from "./section.ts";
import { findName, type Ref, type Store, type StoredRow, type WriteMode } from "./store.ts";

/** СправочникОбъект or ДокументОбъект: what a module has read or made, until it writes the object. */
export class EntityObject implements BslObject {
  readonly type: string;
  readonly table: string;
  readonly store: Store;
  readonly values: Record<string, Value> = {};
  readonly sections: Record<string, Section> = {};
  /** ДополнительныеСвойства. */
  readonly extra = new BslStructure();
  id: string;
  /** Version of the row that was read; 0: the object is new. */
  version: number;
  /** Whether «Заполнить» was called. */
  isFilled = false;

  constructor(store: Store, table: string, id: string, row: StoredRow | null) {
    this.store = store;
    this.table = table;
    this.type = table.replace(".", "Объект.");
    this.id = id;
    this.version = row?.version ?? 0;
    const schema = store.describe(table);
    for (const [name, type] of Object.entries(schema.fields))
      this.values[name] = store.convert(type, row?.values[name]);
    for (const [name, fields] of Object.entries(schema.sections)) {
      this.sections[name] = new Section(store, fields, row?.sections[name] ?? []);
    }
  }

  toRow(): StoredRow {
    const sections = Object.entries(this.sections).map(([name, { rows }]) => [name, rows.map(({ values }) => values)]);
    return {
      id: this.id,
      version: this.version + 1,
      values: { ...this.values },
      sections: Object.fromEntries(sections),
    };
  }

  /** Sets an attribute by its exact name, as an assignment does. */
  put(name: string, value: Value): void {
    const type = this.store.describe(this.table).fields[name];
    if (type === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
    this.values[name] = this.store.convert(type, value);
  }

  ref(): Ref {
    return this.version === 0 ? this.store.empty(this.table) : this.store.ref(this.table, this.id);
  }

  get(name: string): Value {
    if (name === "ссылка") return this.ref();
    if (name === "дополнительныесвойства") return this.extra;
    if (name === "обменданными") return new BslStructure({ Загрузка: false });
    const section = findName(this.sections, name);
    if (section !== undefined) return this.sections[section];
    const field = findName(this.values, name);
    if (field === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
    return this.values[field];
  }

  set(name: string, value: Value): void {
    this.put(findName(this.values, name) ?? name, value);
  }

  item(key: Value): Value {
    return this.get(String(key).toLowerCase());
  }

  setItem(key: Value, value: Value): void {
    this.set(String(key).toLowerCase(), value);
  }

  call(name: string, args: readonly Value[]): Value {
    switch (name) {
      case "метаданные":
        return this.store.ref(this.table, this.id).call("метаданные");
      case "этоновый":
        return this.version === 0;
      case "заблокировать":
        this.#lock();
        return undefined;
      case "разблокировать":
        this.store.locks.delete(this.#key());
        return undefined;
      case "заполнить":
        this.isFilled = true;
        this.store.handlers?.fill(this);
        return undefined;
      case "получитьссылкунового":
        return this.version === 0 ? this.store.ref(this.table, this.id) : this.store.empty(this.table);
      case "установитьссылкунового":
        this.id = (args[0] as Ref).id;
        return undefined;
      case "проверитьзаполнение":
        return this.#isFilled();
      case "записать":
        this.#write(args[0]);
        return undefined;
      case "установитьпометкуудаления":
        this.values.ПометкаУдаления = args[0];
        this.store.write(this, "Запись");
        return undefined;
      default:
        throw unknown(this, name);
    }
  }

  fieldType(name: string): FieldType | undefined {
    return this.store.describe(this.table).fields[name];
  }

  #isFilled(): boolean {
    const messages = this.store.handlers?.checkFilling(this) ?? [];
    this.store.messages.push(...messages);
    return messages.length === 0;
  }

  #key(): string {
    return `${this.table}:${this.id}`;
  }

  #lock(): void {
    const holder = this.store.locks.get(this.#key()) ?? this;
    if (holder !== this) throw new BslException("Ошибка блокировки объекта. Объект уже заблокирован");
    this.store.locks.set(this.#key(), this);
  }

  #write(given: Value): void {
    const mode = (given === undefined ? "Запись" : String(given).split(".")[1]) as WriteMode;
    if (mode === "Проведение" && !this.#isFilled()) {
      throw new BslException("Ошибка при вызове метода контекста (Записать): Документ не проведен");
    }
    if (mode === "Проведение") this.values.Проведен = true;
    if (mode === "ОтменаПроведения") this.values.Проведен = false;
    this.store.write(this, mode);
  }
}
