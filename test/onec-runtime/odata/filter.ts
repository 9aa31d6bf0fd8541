import { refusal } from "./errors.ts";

/** What stands in a filter, as a tree. */
export type Filter =
  | { readonly op: "and" | "or"; readonly left: Filter; readonly right: Filter }
  | { readonly op: "not"; readonly of: Filter }
  | { readonly op: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly op: TextTest; readonly text: Operand; readonly pattern: Operand };

export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";
export type TextTest = "substringof" | "startswith" | "endswith" | "like";

/** A side of a comparison. `cast` names the type of a composite's value (DOC). */
export type Operand =
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "guid" | "string" | "datetime"; readonly value: string; readonly cast?: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean };

const TOKEN =
  /\s*(?:(guid|datetime)'([^']*)'|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)(?![\w-])|([\p{L}_][\p{L}\p{N}_]*)|([(),]))/uy;
const COMPARISONS = new Set<string>(["eq", "ne", "gt", "ge", "lt", "le"]);
const TESTS = new Set<string>(["substringof", "startswith", "endswith", "like"]);
const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

type Token = { readonly word: string } | { readonly sign: string } | { readonly operand: Operand };

/** The options of a query cannot be read: 400 and code 14 (DOC). */
export const badOption = (what: string) => refusal(400, 14, what);

/**
 * Reads `$filter`: comparisons, and, or, not, brackets, `cast(guid'…','Catalog_X')`, `substringof('x',Поле)`,
 * `startswith`, `endswith`, `like`. What else the documentation knows is not played and refused as unreadable; `length`,
 * `tolower`, `indexof` and v4's `contains` 1C refuses too (DOC, GY).
 */
export function parseFilter(text: string): Filter {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at];
  const isWord = (word: string) => {
    const token = peek();
    return token !== undefined && "word" in token && token.word === word;
  };
  function take(): Token {
    const token = tokens[at];
    if (token === undefined) throw badOption("неожиданный конец выражения");
    at += 1;
    return token;
  }
  function sign(expected: string): void {
    const token = take();
    if (!("sign" in token) || token.sign !== expected) throw badOption(`ожидается «${expected}»`);
  }
  function operand(): Operand {
    const token = take();
    if ("operand" in token) return token.operand;
    if ("sign" in token) throw badOption(`неожиданный знак «${token.sign}»`);
    if (token.word === "true" || token.word === "false") return { kind: "boolean", value: token.word === "true" };
    const next = peek();
    if (next === undefined || !("sign" in next) || next.sign !== "(") return { kind: "property", name: token.word };
    if (token.word !== "cast") throw badOption(`функция ${token.word}`);
    sign("(");
    const value = operand();
    sign(",");
    const type = operand();
    sign(")");
    if (value.kind !== "guid" || type.kind !== "string") throw badOption("cast");
    return { ...value, cast: type.value };
  }
  function primary(): Filter {
    const token = peek();
    if (token !== undefined && "sign" in token && token.sign === "(") {
      at += 1;
      const inner = or();
      sign(")");
      return inner;
    }
    if (token !== undefined && "word" in token && TESTS.has(token.word)) return test();
    const left = operand();
    const op = take();
    if (!("word" in op) || !COMPARISONS.has(op.word)) throw badOption("ожидается операция сравнения");
    return { op: op.word as Comparison, left, right: operand() };
  }
  function test(): Filter {
    const op = (take() as { word: string }).word as TextTest;
    sign("(");
    const first = operand();
    sign(",");
    const second = operand();
    sign(")");
    // Only substringof has the text sought first.
    const [pattern, text] = op === "substringof" ? [first, second] : [second, first];
    if (pattern.kind !== "string" || text.kind !== "property") throw badOption(op);
    return { op, text, pattern };
  }
  function not(): Filter {
    if (!isWord("not")) return primary();
    at += 1;
    return { op: "not", of: not() };
  }
  function and(): Filter {
    let left = not();
    while (isWord("and")) {
      at += 1;
      left = { op: "and", left, right: not() };
    }
    return left;
  }
  function or(): Filter {
    let left = and();
    while (isWord("or")) {
      at += 1;
      left = { op: "or", left, right: and() };
    }
    return left;
  }
  const filter = or();
  if (at < tokens.length) throw badOption("лишнее после выражения");
  return filter;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    // «+» is not a space here: it stops the reading (EB, P8).
    if (match === null) throw badOption(`символ в позиции ${at}`);
    at = TOKEN.lastIndex;
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf([, typed, literal = "", string, number, word, sign]: RegExpExecArray): Token {
  if (typed === "guid") {
    if (!GUID.test(literal)) throw badOption("guid");
    return { operand: { kind: "guid", value: literal.toLowerCase() } };
  }
  if (typed === "datetime") {
    if (!DATE.test(literal)) throw badOption("datetime");
    return { operand: { kind: "datetime", value: literal } };
  }
  if (string !== undefined) return { operand: { kind: "string", value: string.replaceAll("''", "'") } };
  if (number !== undefined) return { operand: { kind: "number", value: Number(number) } };
  return word === undefined ? { sign: sign ?? "" } : { word };
}
