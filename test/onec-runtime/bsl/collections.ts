import { BslError } from "./lexer.ts";
import { BslException, type BslObject, requireNumber, requireString, same, unknown, type Value } from "./values.ts";

/** Массив. */
export class BslArray implements BslObject {
  readonly type = "Массив";
  readonly list: Value[];
  constructor(list: Value[] = []) {
    this.list = list;
  }
  call(name: string, args: readonly Value[]): Value {
    switch (name) {
      case "добавить":
        this.list.push(args[0]);
        return undefined;
      case "количество":
        return this.list.length;
      case "вграница":
        return this.list.length - 1;
      case "найти": {
        const at = this.list.findIndex((value) => same(value, args[0]));
        return at < 0 ? undefined : at;
      }
      default:
        throw unknown(this, name);
    }
  }
  item(key: Value): Value {
    return this.list[this.#index(key)];
  }
  setItem(key: Value, value: Value): void {
    this.list[this.#index(key)] = value;
  }
  items(): Iterable<Value> {
    return [...this.list];
  }
  #index(key: Value): number {
    const at = requireNumber(key, "Массив[]");
    if (!Number.isInteger(at) || at < 0 || at >= this.list.length) {
      throw new BslException("Индекс находится за границами массива");
    }
    return at;
  }
}

/** КлючИЗначение, what «Для Каждого» over a map or a structure gives. */
class Entry implements BslObject {
  readonly type = "КлючИЗначение";
  readonly #key: Value;
  readonly #value: Value;
  constructor(key: Value, value: Value) {
    this.#key = key;
    this.#value = value;
  }
  get(name: string): Value {
    if (name === "ключ") return this.#key;
    if (name === "значение") return this.#value;
    throw unknown(this, name);
  }
}

/** Соответствие: keys of any plain type. The order of keys is the order they came in; 1C promises none. */
export class BslMap implements BslObject {
  readonly type = "Соответствие";
  readonly map = new Map<Value, Value>();
  call(name: string, args: readonly Value[]): Value {
    switch (name) {
      case "вставить":
        this.map.set(args[0], args[1]);
        return undefined;
      case "получить":
        return this.map.get(args[0]);
      case "количество":
        return this.map.size;
      case "удалить":
        this.map.delete(args[0]);
        return undefined;
      default:
        throw unknown(this, name);
    }
  }
  item(key: Value): Value {
    return this.map.get(key);
  }
  setItem(key: Value, value: Value): void {
    this.map.set(key, value);
  }
  items(): Iterable<Value> {
    return [...this.map].map(([key, value]) => new Entry(key, value));
  }
}

/** Структура: keys are names, compared without regard to case, kept as first written. */
export class BslStructure implements BslObject {
  readonly type: string;
  readonly fields = new Map<string, { readonly key: string; value: Value }>();
  constructor(fields: Readonly<Record<string, Value>> = {}, type = "Структура") {
    this.type = type;
    for (const [key, value] of Object.entries(fields)) this.put(key, value);
  }
  put(key: string, value: Value): void {
    if (!/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(key)) {
      throw new BslException("Задано неправильное имя атрибута структуры");
    }
    const known = this.fields.get(key.toLowerCase());
    this.fields.set(key.toLowerCase(), { key: known?.key ?? key, value });
  }
  get(name: string): Value {
    const field = this.fields.get(name);
    if (field === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
    return field.value;
  }
  set(name: string, value: Value): void {
    const field = this.fields.get(name);
    if (field === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
    field.value = value;
  }
  call(name: string, args: readonly Value[]): Value {
    const key = () => requireString(args[0], `Структура.${name}`);
    switch (name) {
      case "вставить":
        this.put(key(), args[1]);
        return undefined;
      case "количество":
        return this.fields.size;
      case "удалить":
        this.fields.delete(key().toLowerCase());
        return undefined;
      case "свойство":
        if (args.length > 1) throw new BslError("Структура.Свойство with a variable is not known to this interpreter");
        return this.fields.has(key().toLowerCase());
      default:
        throw unknown(this, name);
    }
  }
  items(): Iterable<Value> {
    return [...this.fields.values()].map(({ key, value }) => new Entry(key, value));
  }
}

/** `Новый Структура("А, Б", 1, 2)`. */
export function newStructure(args: readonly Value[]): BslStructure {
  const structure = new BslStructure();
  if (args.length === 0) return structure;
  const keys = requireString(args[0], "Новый Структура")
    .split(",")
    .map((key) => key.trim());
  for (const [at, key] of keys.entries()) structure.put(key, args[at + 1]);
  return structure;
}
