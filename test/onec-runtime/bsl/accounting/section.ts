import { BslArray, type BslStructure } from "../collections.ts";
import { BslException, type BslObject, requireNumber, requireString, same, unknown, type Value } from "../values.ts";
import type { FieldType } from "./schema.ts";
import type { Store } from "./store.ts";

type Fields = Readonly<Record<string, FieldType>>;

/** A row of a tabular section. */
export class SectionRow implements BslObject {
  readonly type = "СтрокаТабличнойЧасти";
  readonly values: Record<string, Value>;
  readonly #store: Store;
  readonly #fields: Fields;
  constructor(store: Store, fields: Fields, values: Readonly<Record<string, Value>> = {}) {
    this.#store = store;
    this.#fields = fields;
    this.values = { ...values };
  }
  get(name: string): Value {
    const field = this.#field(name);
    return this.#store.convert(this.#fields[field] as FieldType, this.values[field]);
  }
  set(name: string, value: Value): void {
    const field = this.#field(name);
    this.values[field] = this.#store.convert(this.#fields[field] as FieldType, value);
  }
  item(key: Value): Value {
    return this.get(String(key).toLowerCase());
  }
  setItem(key: Value, value: Value): void {
    this.set(String(key).toLowerCase(), value);
  }
  #field(name: string): string {
    const found = Object.keys(this.#fields).find((key) => key.toLowerCase() === name);
    if (found === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
    return found;
  }
}

/** ТабличнаяЧасть. */
export class Section implements BslObject {
  readonly type = "ТабличнаяЧасть";
  readonly rows: SectionRow[];
  readonly #store: Store;
  readonly #fields: Fields;
  constructor(store: Store, fields: Fields, rows: readonly Readonly<Record<string, Value>>[]) {
    this.#store = store;
    this.#fields = fields;
    this.rows = rows.map((row) => new SectionRow(store, fields, row));
  }
  add(): SectionRow {
    const row = new SectionRow(this.#store, this.#fields);
    this.rows.push(row);
    if (this.#fields.НомерСтроки !== undefined) row.set("номерстроки", this.rows.length);
    return row;
  }
  find(filter: BslStructure): SectionRow[] {
    const wanted = [...filter.fields.values()];
    return this.rows.filter((row) => wanted.every(({ key, value }) => same(row.get(key.toLowerCase()), value)));
  }
  remove(row: Value): void {
    this.rows.splice(0, this.rows.length, ...this.rows.filter((each) => each !== row));
  }
  items(): Iterable<Value> {
    return [...this.rows];
  }
  item(key: Value): Value {
    const row = this.rows[requireNumber(key, "ТабличнаяЧасть[]")];
    if (row === undefined) throw new BslException("Индекс находится за границами массива");
    return row;
  }
  call(name: string, args: readonly Value[]): Value {
    switch (name) {
      case "добавить":
        return this.add();
      case "количество":
        return this.rows.length;
      case "очистить":
        this.rows.length = 0;
        return undefined;
      case "удалить":
        this.remove(args[0]);
        return undefined;
      case "найтистроки":
        return new BslArray(this.find(args[0] as BslStructure));
      case "итог": {
        const field = requireString(args[0], "Итог").toLowerCase();
        return this.rows.reduce((sum, row) => sum + requireNumber(row.get(field), "Итог"), 0);
      }
      default:
        throw unknown(this, name);
    }
  }
}
