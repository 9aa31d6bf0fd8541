import { BslError } from "./lexer.ts";

/** A value while BSL runs: Неопределено is undefined, Null is null; everything with members is a {@link BslObject}. */
export type Value = undefined | null | boolean | number | string | BslObject;

/** An object of the platform. Names come in lower case; what an object does not have, it refuses with BslError. */
export interface BslObject {
  /** Name of its type, as `Тип("…")` takes it. */
  readonly type: string;
  get?(name: string): Value;
  set?(name: string, value: Value): void;
  call?(name: string, args: readonly Value[]): Value;
  /** By index or key: `Объект[Ключ]`. */
  item?(key: Value): Value;
  setItem?(key: Value, value: Value): void;
  /** What «Для Каждого» walks over. */
  items?(): Iterable<Value>;
}

/** An exception that BSL code can catch: one that it raised, or one that the platform would raise. */
export class BslException extends Error {
  override readonly name = "BslException";
  readonly inner: BslException | undefined;
  constructor(message: string, inner?: BslException) {
    super(message);
    this.inner = inner;
  }
}

/** Дата: seconds since year 1, without a zone. */
export class BslDate implements BslObject {
  readonly type = "Дата";
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
  static of(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): BslDate {
    const ms = new Date(0).setUTCFullYear(year, month - 1, day);
    const date = new BslDate(ms / 1000 + hour * 3600 + minute * 60 + second);
    const [y, m, d] = date.parts();
    if (y !== year || m !== month || d !== day || hour > 23 || minute > 59 || second > 59) {
      throw new BslException("Преобразование значения к типу Дата не может быть выполнено");
    }
    return date;
  }
  parts(): readonly [number, number, number, number, number, number] {
    const it = new Date(this.seconds * 1000);
    return [
      it.getUTCFullYear(),
      it.getUTCMonth() + 1,
      it.getUTCDate(),
      it.getUTCHours(),
      it.getUTCMinutes(),
      it.getUTCSeconds(),
    ];
  }
}

/** ДвоичныеДанные: bytes that do not change. */
export class BslBinary implements BslObject {
  readonly type = "ДвоичныеДанные";
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  call(name: string): Value {
    if (name === "размер") return this.bytes.length;
    throw unknown(this, name);
  }
}

/** УникальныйИдентификатор. */
export class BslUuid implements BslObject {
  readonly type = "УникальныйИдентификатор";
  readonly text: string;
  constructor(text: string) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
      throw new BslException("Недопустимое значение параметра (параметр номер '1')");
    }
    this.text = text.toLowerCase();
  }
}

/** Тип. */
export class BslType implements BslObject {
  readonly type = "Тип";
  readonly named: string;
  constructor(named: string) {
    this.named = named;
  }
}

/** The error for a member that is not known here. */
export function unknown(object: BslObject, name: string): BslError {
  return new BslError(`${object.type}.${name} is not known to this interpreter`);
}

/** Equality of BSL: by value for plain values, dates, ids and types; by bytes for binary data; else by identity. */
export function same(a: Value, b: Value): boolean {
  if (a instanceof BslDate && b instanceof BslDate) return a.seconds === b.seconds;
  if (a instanceof BslUuid && b instanceof BslUuid) return a.text === b.text;
  if (a instanceof BslType && b instanceof BslType) return a.named.toLowerCase() === b.named.toLowerCase();
  if (a instanceof BslBinary && b instanceof BslBinary) return Buffer.compare(a.bytes, b.bytes) === 0;
  return a === b;
}

/** What a value is called in `ТипЗнч`. */
export function typeName(value: Value): string {
  if (value === undefined) return "Неопределено";
  if (value === null) return "Null";
  if (typeof value === "boolean") return "Булево";
  if (typeof value === "number") return "Число";
  return typeof value === "string" ? "Строка" : value.type;
}

export function isObject(value: Value): value is BslObject {
  return typeof value === "object" && value !== null;
}

export function requireString(value: Value, where: string): string {
  if (typeof value !== "string") throw new BslError(`${where} takes a string, not ${typeName(value)}`);
  return value;
}

export function requireNumber(value: Value, where: string): number {
  if (typeof value !== "number") throw new BslError(`${where} takes a number, not ${typeName(value)}`);
  return value;
}
