import type { BslArray } from "../collections.ts";
import { BslError } from "../lexer.ts";
import { BslDate, BslException, requireString, same, type Value } from "../values.ts";
import { Ref, type RegisterRow, type Store } from "./store.ts";

/*
 * The query language as far as the extension uses it: one source, conditions, order. A construction that is not here
 * throws BslError, and a comparison that 1C refuses throws BslException.
 */

type Parameters = ReadonlyMap<string, Value>;
type Source = Ref | RegisterRow;
type Evaluate = (source: Source, parameters: Parameters) => Value;
/** `unlimited`: a text without a length, which a query compares only inside of ВЫРАЗИТЬ. */
interface Operand {
  readonly evaluate: Evaluate;
  readonly unlimited?: boolean;
}

const TOKEN = /"(?:[^"]|"")*"|&[\p{L}\d_]+|[\p{L}_][\p{L}\d_]*(?:\.[\p{L}_][\p{L}\d_]*)*|\d+|<>|<=|>=|[=<>(),*]/gu;

/** Answers a query over a store. */
export function answerQuery(store: Store, text: string, parameters: Parameters): Record<string, Value>[] {
  store.requireWhole();
  return new QueryReader(store, text.match(TOKEN) ?? []).read(parameters);
}

class QueryReader {
  readonly #store: Store;
  readonly #tokens: readonly string[];
  #at = 0;
  #alias = "";
  #table = "";

  constructor(store: Store, tokens: readonly string[]) {
    this.#store = store;
    this.#tokens = tokens;
  }

  read(parameters: Parameters): Record<string, Value>[] {
    this.#expect("ВЫБРАТЬ");
    const limit = this.#skip("ПЕРВЫЕ") ? Number(this.#next()) : Number.POSITIVE_INFINITY;
    const start = this.#at;
    while (this.#peek() !== "ИЗ") this.#next();
    this.#expect("ИЗ");
    this.#table = this.#next();
    this.#expect("КАК");
    this.#alias = this.#next();
    const afterSource = this.#at;
    this.#at = start;
    const columns = this.#readColumns();
    this.#at = afterSource;
    const where = this.#skip("ГДЕ") ? this.#readOr() : null;
    const order = this.#readOrder(columns);
    if (this.#peek() !== undefined) throw new BslError(`This query has an unknown part: ${this.#peek()}`);

    const rows = this.#sources().filter((row) => where === null || where.evaluate(row, parameters) === true);
    const sorted = rows.toSorted((a, b) => compareBy(order, a, b, parameters)).slice(0, limit);
    if (columns.some(({ count }) => count)) return [Object.fromEntries(columns.map(({ name }) => [name, rows.length]))];
    return sorted.map((row) => Object.fromEntries(columns.map(({ name, of }) => [name, of.evaluate(row, parameters)])));
  }

  #sources(): Source[] {
    const register = this.#table.replace("РегистрСведений.", "");
    if (register !== this.#table) return [...(this.#store.registers[register] ?? this.#refuse())];
    const [kind, name, section] = this.#table.split(".");
    if (section !== undefined) return this.#sectionRows(`${kind}.${name}`, section);
    this.#store.describe(this.#table);
    return this.#store.rows(this.#table).map(({ id }) => this.#store.ref(this.#table, id));
  }

  /** Rows of a tabular section, each with its owner as «Ссылка». */
  #sectionRows(table: string, section: string): RegisterRow[] {
    if (this.#store.describe(table).sections[section] === undefined) this.#refuse();
    return this.#store
      .rows(table)
      .flatMap(({ id, sections }) =>
        (sections[section] ?? []).map((row) => ({ ...row, Ссылка: this.#store.ref(table, id) })),
      );
  }

  #readColumns(): { name: string; of: Operand; count: boolean }[] {
    const columns: { name: string; of: Operand; count: boolean }[] = [];
    do {
      const count = this.#peek() === "КОЛИЧЕСТВО";
      if (count) this.#at += 4;
      const of = count ? { evaluate: () => undefined } : this.#readOperand();
      this.#expect("КАК");
      columns.push({ name: this.#next(), of, count });
    } while (this.#skip(","));
    return columns;
  }

  #readOrder(columns: readonly { name: string; of: Operand }[]): { of: Operand; down: boolean }[] {
    if (!this.#skip("УПОРЯДОЧИТЬ")) return [];
    this.#expect("ПО");
    const order: { of: Operand; down: boolean }[] = [];
    do {
      const column = columns.find(({ name }) => name === this.#peek());
      if (column !== undefined) this.#next();
      order.push({ of: column?.of ?? this.#readOperand(), down: this.#skip("УБЫВ") });
    } while (this.#skip(","));
    return order;
  }

  #readOr(): Operand {
    let left = this.#readAnd();
    while (this.#skip("ИЛИ")) left = combine(left, this.#readAnd(), (a, b) => a === true || b === true);
    return left;
  }

  #readAnd(): Operand {
    let left = this.#readNot();
    while (this.#skip("И")) left = combine(left, this.#readNot(), (a, b) => a === true && b === true);
    return left;
  }

  #readNot(): Operand {
    if (!this.#skip("НЕ")) return this.#readCondition();
    const inner = this.#readNot();
    return { evaluate: (source, parameters) => inner.evaluate(source, parameters) !== true };
  }

  #readCondition(): Operand {
    if (this.#skip("(")) {
      const inner = this.#readOr();
      this.#expect(")");
      return inner;
    }
    const left = this.#readOperand();
    if (this.#skip("ПОДОБНО")) return this.#readLike(limited(left));
    if (this.#skip("В")) {
      this.#expect("(");
      const list = this.#readOperand();
      this.#expect(")");
      return combine(left, list, (a, b) => (b as BslArray).list.some((one) => same(one, a)));
    }
    const sign = this.#peek() ?? "";
    if (!/^(?:=|<>|<|<=|>|>=)$/.test(sign)) return left;
    this.#next();
    return combine(limited(left), limited(this.#readOperand()), (a, b) => compareSign(sign, a, b));
  }

  #readLike(left: Operand): Operand {
    const pattern = this.#readOperand();
    this.#expect("СПЕЦСИМВОЛ");
    const escapeChar = unquote(this.#next());
    return combine(left, pattern, (a, b) => toPattern(requireString(b, "ПОДОБНО"), escapeChar).test(String(a)));
  }

  #readOperand(): Operand {
    const token = this.#next();
    if (token.startsWith("&")) {
      const name = token.slice(1);
      return {
        evaluate(_, parameters) {
          if (!parameters.has(name)) throw new BslException(`Не задано значение параметра "${name}"`);
          return parameters.get(name);
        },
      };
    }
    if (token.startsWith('"')) return { evaluate: () => unquote(token) };
    if (token === "ИСТИНА" || token === "ЛОЖЬ") return { evaluate: () => token === "ИСТИНА" };
    if (token === "ВЫРАЗИТЬ" || token === "ПРЕДСТАВЛЕНИЕ") return this.#readFunction(token);
    return this.#readPath(token);
  }

  #readFunction(name: string): Operand {
    this.#expect("(");
    const of = this.#readOperand();
    if (name === "ПРЕДСТАВЛЕНИЕ") {
      this.#expect(")");
      return { evaluate: (source, parameters) => (of.evaluate(source, parameters) as Ref).title() };
    }
    this.#expect("КАК");
    this.#expect("СТРОКА");
    this.#expect("(");
    const length = Number(this.#next());
    this.#expect(")");
    this.#expect(")");
    return { evaluate: (source, parameters) => String(of.evaluate(source, parameters)).slice(0, length) };
  }

  #readPath(path: string): Operand {
    const [alias, field, ...more] = path.split(".");
    if (alias !== this.#alias || field === undefined) throw new BslError(`This query does not know ${path}`);
    const isObject = !this.#table.startsWith("РегистрСведений.") && this.#table.split(".").length === 2;
    const isOwnField = isObject && more.length === 0;
    const type = isOwnField ? this.#store.describe(this.#table).fields[field] : undefined;
    return {
      unlimited: type?.kind === "text" && type.length === 0,
      evaluate: (source) =>
        more.reduce<Value>((of, name) => (of as Ref).get(name.toLowerCase()), readField(source, field)),
    };
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new BslError("This query has no end");
    this.#at += 1;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#skip(token)) throw new BslError(`This query has ${this.#peek()} in place of ${token}`);
  }

  #refuse(): never {
    throw new BslException(`Таблица не найдена "${this.#table}"`);
  }
}

function readField(source: Source, field: string): Value {
  if (source instanceof Ref) return source.get(field.toLowerCase());
  return source[field];
}

function combine(left: Operand, right: Operand, join: (a: Value, b: Value) => boolean): Operand {
  return {
    evaluate: (source, parameters) => join(left.evaluate(source, parameters), right.evaluate(source, parameters)),
  };
}

function limited(operand: Operand): Operand {
  if (operand.unlimited === true) throw new BslException("Нельзя сравнивать поля неограниченной длины");
  return operand;
}

function compareSign(sign: string, a: Value, b: Value): boolean {
  if (sign === "=") return equals(a, b);
  if (sign === "<>") return !equals(a, b);
  const order = compareValues(a, b);
  if (sign === "<") return order < 0;
  if (sign === "<=") return order <= 0;
  return sign === ">" ? order > 0 : order >= 0;
}

/** A database ignores the case of letters and the spaces at the end. */
function equals(a: Value, b: Value): boolean {
  if (typeof a === "string" && typeof b === "string") {
    return a.replace(/ +$/, "").toLowerCase() === b.replace(/ +$/, "").toLowerCase();
  }
  return same(a, b);
}

function compareBy(order: readonly { of: Operand; down: boolean }[], a: Source, b: Source, parameters: Parameters) {
  for (const { of, down } of order) {
    const found = compareValues(of.evaluate(a, parameters), of.evaluate(b, parameters));
    if (found !== 0) return down ? -found : found;
  }
  return 0;
}

function compareValues(a: Value, b: Value): number {
  const [left, right] = [toOrder(a), toOrder(b)];
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}

function toOrder(value: Value): number | string {
  if (value instanceof BslDate) return value.seconds;
  if (value instanceof Ref) return value.id;
  if (typeof value === "boolean") return Number(value);
  return typeof value === "number" ? value : String(value);
}

function toPattern(like: string, escapeChar: string): RegExp {
  let source = "";
  for (let at = 0; at < like.length; at += 1) {
    const char = like[at] as string;
    if (char === escapeChar) {
      at += 1;
      source += escapePattern(like[at] as string);
    } else if (char === "%") source += ".*";
    else if (char === "_") source += ".";
    else source += escapePattern(char);
  }
  return new RegExp(`^${source}$`, "isu");
}

function escapePattern(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|]/, "\\$&");
}

function unquote(token: string): string {
  return token.slice(1, -1).replaceAll('""', '"');
}
