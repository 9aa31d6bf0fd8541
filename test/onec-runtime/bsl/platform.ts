import { createHash } from "node:crypto";
import { BslArray, BslMap, BslStructure, newStructure } from "./collections.ts";
import { formatValue, fromXml, spellNumber, toXml } from "./formats.ts";
import type { CallFrame, Surroundings } from "./interpreter.ts";
import { parseJson, toJson } from "./json.ts";
import { BslError } from "./lexer.ts";
import {
  BslBinary,
  BslDate,
  BslException,
  type BslObject,
  BslType,
  BslUuid,
  requireNumber,
  requireString,
  typeName,
  unknown,
  type Value,
} from "./values.ts";

type Functions = Record<string, (args: readonly Value[], call: CallFrame) => Value>;

/** What a test decides about the platform. */
export interface PlatformOptions {
  /** Текущий момент, epoch milliseconds. */
  readonly now?: () => number;
  /** What `Новый УникальныйИдентификатор` gives. */
  readonly uuid?: () => string;
  /** Language of the session. Default Russian. */
  readonly language?: "ru" | "en";
  /** СообщенияПользователю of the session. */
  readonly messages?: string[];
  /** Objects and modules that the code under test names. */
  readonly globals?: Readonly<Record<string, Value>>;
}

const BOM = "\uFEFF";

/** БуферДвоичныхДанных. */
class BslBuffer implements BslObject {
  readonly type = "БуферДвоичныхДанных";
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get(name: string): Value {
    if (name === "размер") return this.bytes.length;
    throw unknown(this, name);
  }
  item(key: Value): Value {
    return this.bytes[this.#index(key)];
  }
  setItem(key: Value, value: Value): void {
    const byte = requireNumber(value, "БуферДвоичныхДанных[]");
    if (!Number.isInteger(byte) || byte < 0 || byte > 255) throw new BslException("Значение не помещается в байт");
    this.bytes[this.#index(key)] = byte;
  }
  #index(key: Value): number {
    const at = requireNumber(key, "БуферДвоичныхДанных[]");
    if (at < 0 || at >= this.bytes.length) throw new BslException("Индекс находится за границами буфера");
    return at;
  }
}

/** ХешированиеДанных with SHA256. */
class BslHash implements BslObject {
  readonly type = "ХешированиеДанных";
  readonly #parts: Uint8Array[] = [];
  call(name: string, args: readonly Value[]): Value {
    if (name !== "добавить") throw unknown(this, name);
    this.#parts.push(bytesOf(args[0], "ХешированиеДанных.Добавить"));
    return undefined;
  }
  get(name: string): Value {
    if (name !== "хешсумма") throw unknown(this, name);
    return new BslBinary(createHash("sha256").update(Buffer.concat(this.#parts)).digest());
  }
}

/** A system enumeration: each value is its own name. */
export function enumeration(type: string, names: readonly string[]): BslObject {
  const values = new Map(names.map((name) => [name.toLowerCase(), `${type}.${name}`]));
  return {
    type,
    get(name) {
      const value = values.get(name);
      if (value === undefined) throw new BslError(`${type}.${name} is not known to this interpreter`);
      return value;
    },
  };
}

const text = (args: readonly Value[], at: number, where: string) => requireString(args[at], where);
const number = (args: readonly Value[], at: number, where: string) => requireNumber(args[at], where);

function bytesOf(value: Value, where: string): Uint8Array {
  if (value instanceof BslBinary) return value.bytes;
  throw new BslError(`${where} takes ДвоичныеДанные, not ${typeName(value)}`);
}

const STRINGS: Functions = {
  сокрлп: (args) => text(args, 0, "СокрЛП").trim(),
  сокрп: (args) => text(args, 0, "СокрП").trimEnd(),
  нрег: (args) => text(args, 0, "НРег").toLowerCase(),
  стрдлина: (args) => text(args, 0, "СтрДлина").length,
  стрнайти: (args) => text(args, 0, "СтрНайти").indexOf(text(args, 1, "СтрНайти")) + 1,
  // The platform compares without regard to a byte order mark: every text begins with the mark.
  стрначинаетсяс: (args) =>
    text(args, 0, "СтрНачинаетсяС")
      .replaceAll(BOM, "")
      .startsWith(text(args, 1, "СтрНачинаетсяС").replaceAll(BOM, "")),
  стрзаканчиваетсяна: (args) => text(args, 0, "СтрЗаканчиваетсяНа").endsWith(text(args, 1, "СтрЗаканчиваетсяНа")),
  стрзаменить: (args) =>
    text(args, 0, "СтрЗаменить").replaceAll(text(args, 1, "СтрЗаменить"), () => text(args, 2, "СтрЗаменить")),
  // Every character of the second argument is a separator of its own.
  стрразделить(args) {
    const separators = [...text(args, 1, "СтрРазделить")];
    if (separators.length === 0 || args.length > 2) throw new BslError("СтрРазделить is known with separators only");
    const parts = separators.reduce(
      (all, one) => all.flatMap((part) => part.split(one)),
      [text(args, 0, "СтрРазделить")],
    );
    return new BslArray(parts);
  },
  стрсоединить(args) {
    const [parts] = args;
    if (!(parts instanceof BslArray)) throw new BslError("СтрСоединить takes Массив");
    return parts.list.map((part) => requireString(part, "СтрСоединить")).join(text(args, 1, "СтрСоединить"));
  },
  стршаблон: (args) =>
    text(args, 0, "СтрШаблон").replace(/%(\d)/g, (_, digit) => requireString(args[Number(digit)], "СтрШаблон")),
  сред(args) {
    const from = Math.max(number(args, 1, "Сред"), 1);
    const length = args.length > 2 ? number(args, 2, "Сред") : Number.POSITIVE_INFINITY;
    return text(args, 0, "Сред").slice(from - 1, from - 1 + length);
  },
  лев: (args) => text(args, 0, "Лев").slice(0, Math.max(number(args, 1, "Лев"), 0)),
  прав(args) {
    const count = Math.max(number(args, 1, "Прав"), 0);
    return count === 0 ? "" : text(args, 0, "Прав").slice(-count);
  },
  кодсимвола: (args) =>
    text(args, 0, "КодСимвола").charCodeAt((args.length > 1 ? number(args, 1, "КодСимвола") : 1) - 1),
  символ: (args) => String.fromCharCode(number(args, 0, "Символ")),
};

const BINARY: Functions = {
  получитьдвоичныеданныеизстроки: (args) => new BslBinary(new TextEncoder().encode(text(args, 0, "bytes of a text"))),
  получитьстрокуиздвоичныхданных(args) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(args[0], "text of bytes"));
    } catch {
      throw new BslError("How 1C reads bytes that are not UTF-8 is not known to this interpreter");
    }
  },
  получитьдвоичныеданныеизbase64строки: (args) => new BslBinary(Buffer.from(text(args, 0, "base64"), "base64")),
  // The platform may break lines: the code under test has to take that.
  получитьbase64строкуиздвоичныхданных: (args) =>
    Buffer.from(bytesOf(args[0], "base64"))
      .toString("base64")
      .replace(/.{76}(?=.)/g, "$&\r\n"),
  получитьhexстрокуиздвоичныхданных: (args) => Buffer.from(bytesOf(args[0], "hex")).toString("hex").toUpperCase(),
  получитьбуфердвоичныхданныхиздвоичныхданных: (args) => new BslBuffer(Uint8Array.from(bytesOf(args[0], "buffer"))),
  получитьдвоичныеданныеизбуферадвоичныхданных(args) {
    if (!(args[0] instanceof BslBuffer)) throw new BslError("A buffer is expected");
    return new BslBinary(Uint8Array.from(args[0].bytes));
  },
  соединитьдвоичныеданные(args) {
    if (!(args[0] instanceof BslArray)) throw new BslError("СоединитьДвоичныеДанные takes Массив");
    return new BslBinary(Buffer.concat(args[0].list.map((part) => bytesOf(part, "СоединитьДвоичныеДанные"))));
  },
  побитовоеили: (args) => (number(args, 0, "ПобитовоеИли") | number(args, 1, "ПобитовоеИли")) >>> 0,
  побитовоеисключительноеили: (args) => (number(args, 0, "Исключительное") ^ number(args, 1, "Исключительное")) >>> 0,
};

const VALUES: Functions = {
  тип: (args) => new BslType(text(args, 0, "Тип")),
  типзнч: (args) => new BslType(typeName(args[0])),
  xmlстрока: (args) => toXml(args[0]),
  xmlзначение: (args) => fromXml(args[0], text(args, 1, "XMLЗначение")),
  строка(args) {
    const [value] = args;
    if (typeof value === "string") return value;
    if (value instanceof BslUuid) return value.text;
    throw new BslError(`Строка of ${typeName(value)} is not known to this interpreter`);
  },
  число(args) {
    const digits = text(args, 0, "Число").trim();
    if (!/^-?\d{1,15}$/.test(digits))
      throw new BslException("Преобразование значения к типу Число не может быть выполнено");
    return Number(digits);
  },
  дата(args) {
    const parts =
      typeof args[0] === "string"
        ? (args[0].match(/^\d{4}|\d{2}/g) ?? []).map(Number)
        : args.map((_, at) => number(args, at, "Дата"));
    return BslDate.of(...(parts as [number, number, number]));
  },
  записатьjson(args) {
    if (!(args[0] instanceof JsonText)) throw new BslError("ЗаписатьJSON takes ЗаписьJSON");
    args[0].text = toJson(args[1]);
    return undefined;
  },
  прочитатьjson(args) {
    if (!(args[0] instanceof JsonText) || args[1] !== true)
      throw new BslError("ПрочитатьJSON is known into Соответствие only");
    return parseJson(args[0].text);
  },
  информацияобошибке(_, { caught }) {
    if (caught === undefined) throw new BslError("ИнформацияОбОшибке outside of «Исключение»");
    return errorInfo(caught);
  },
};

function errorInfo(error: BslException): BslObject {
  return {
    type: "ИнформацияОбОшибке",
    get(name) {
      if (name === "описание") return error.message;
      if (name === "причина") return error.inner === undefined ? undefined : errorInfo(error.inner);
      throw unknown(this, name);
    },
  };
}

/** ЧтениеJSON and ЗаписьJSON over a text. */
class JsonText implements BslObject {
  readonly type: string;
  text = "";
  constructor(type: string) {
    this.type = type;
  }
  call(name: string, args: readonly Value[]): Value {
    if (name === "закрыть") return this.type === "ЗаписьJSON" ? this.text : undefined;
    if (name !== "установитьстроку") throw unknown(this, name);
    if (this.type === "ЧтениеJSON") this.text = requireString(args[0], "УстановитьСтроку");
    return undefined;
  }
}

/** The platform as far as the pure modules of the extension use it. What is not here throws BslError when it is used. */
export function platform(options: PlatformOptions = {}): Surroundings {
  const { now, uuid, language = "ru", messages = [], globals = {} } = options;
  return {
    functions: {
      ...STRINGS,
      ...BINARY,
      ...VALUES,
      формат: (args) => formatValue(args[0], text(args, 1, "Формат"), language),
      числопрописью: (args) => spellNumber(number(args, 0, "ЧислоПрописью"), text(args, 1, "ЧислоПрописью"), language),
      получитьсообщенияпользователю([take]) {
        const texts = take === true ? messages.splice(0) : [...messages];
        return new BslArray(texts.map((one) => new BslStructure({ Текст: one })));
      },
      текущаяуниверсальнаядата() {
        if (now === undefined) throw new BslError("This test has no clock");
        return new BslDate(Math.floor(now() / 1000));
      },
    },
    types: {
      массив: () => new BslArray(),
      соответствие: () => new BslMap(),
      структура: newStructure,
      хешированиеданных: () => new BslHash(),
      буфердвоичныхданных: (args) => new BslBuffer(new Uint8Array(number(args, 0, "БуферДвоичныхДанных"))),
      чтениеjson: () => new JsonText("ЧтениеJSON"),
      записьjson: () => new JsonText("ЗаписьJSON"),
      параметрызаписиjson: () => new BslStructure({}, "ПараметрыЗаписиJSON"),
      уникальныйидентификатор(args) {
        if (args.length > 0) return new BslUuid(text(args, 0, "УникальныйИдентификатор"));
        if (uuid === undefined) throw new BslError("This test has no random ids");
        return new BslUuid(uuid());
      },
      httpсервисответ: (args) => response(number(args, 0, "HTTPСервисОтвет")),
    },
    globals: {
      кодировкатекста: enumeration("КодировкаТекста", ["UTF8"]),
      хешфункция: enumeration("ХешФункция", ["SHA256"]),
      переносстрокjson: enumeration("ПереносСтрокJSON", ["Нет"]),
      символы: new BslStructure({ ПС: "\n", ВК: "\r", Таб: "\t" }, "Символы"),
      ...Object.fromEntries(Object.entries(globals).map(([name, value]) => [name.toLowerCase(), value])),
    },
  };
}

/** HTTPСервисОтвет; `body` is what was set. */
export interface Response extends BslObject {
  readonly status: number;
  readonly headers: BslMap;
  body: Uint8Array;
}

function response(status: number): Response {
  const made: Response = {
    type: "HTTPСервисОтвет",
    status,
    headers: new BslMap(),
    body: new Uint8Array(),
    get(name) {
      if (name === "заголовки") return made.headers;
      throw unknown(made, name);
    },
    call(name, args) {
      if (name !== "установитьтелоиздвоичныхданных") throw unknown(made, name);
      made.body = bytesOf(args[0], "HTTPСервисОтвет");
      return undefined;
    },
  };
  return made;
}

/** A module or object of 1C that a test plays: its methods by name. */
export function played(type: string, methods: Readonly<Record<string, (...args: Value[]) => Value>>): BslObject {
  const byName = new Map(Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method]));
  const object: BslObject = {
    type,
    call(name, args) {
      const method = byName.get(name);
      if (method === undefined) throw unknown(object, name);
      return method(...args);
    },
  };
  return object;
}

/** A plain value as BSL sees it: objects become Соответствие, arrays Массив. */
export function toBsl(value: unknown): Value {
  if (Array.isArray(value)) return new BslArray(value.map(toBsl));
  if (value instanceof Uint8Array) return new BslBinary(value);
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const map = new BslMap();
    for (const [key, inner] of Object.entries(value)) map.map.set(key, toBsl(inner));
    return map;
  }
  return value as Value;
}
