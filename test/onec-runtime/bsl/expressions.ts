import type { Reader } from "./reader.ts";
import type { Argument, BinarySign, Expression } from "./syntax.ts";

/** From the weakest to the strongest. */
const LEVELS: readonly (readonly BinarySign[])[] = [
  ["или"],
  ["и"],
  ["=", "<>", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
];
/** «Не» binds weaker than a comparison and stronger than «И». */
const NOT_LEVEL = 2;

/** Reads an expression; a `term` is one operand with its members, indexes and calls. */
export function readExpression(reader: Reader, as: "whole" | "term" = "whole"): Expression {
  return as === "term" ? readTerm(reader) : readLevel(reader, 0);
}

function readLevel(reader: Reader, level: number): Expression {
  const signs = LEVELS[level];
  if (signs === undefined) return readUnary(reader);
  if (level === NOT_LEVEL && reader.isWord("не")) {
    const { line } = reader.next();
    return { kind: "unary", sign: "не", of: readLevel(reader, level), line };
  }
  let left = readLevel(reader, level + 1);
  for (;;) {
    const sign = signs.find((one) => (level < NOT_LEVEL ? reader.isWord(one) : reader.isSign(one)));
    if (sign === undefined) return left;
    const { line } = reader.next();
    left = { kind: "binary", sign, left, right: readLevel(reader, level + 1), line };
  }
}

function readUnary(reader: Reader): Expression {
  for (const sign of ["-", "+"] as const) {
    if (reader.isSign(sign)) {
      const { line } = reader.next();
      return { kind: "unary", sign, of: readUnary(reader), line };
    }
  }
  return readTerm(reader);
}

function readTerm(reader: Reader): Expression {
  let term = readOperand(reader);
  for (;;) {
    const { line } = reader.peek();
    if (reader.skipSign(".")) {
      term = { kind: "member", of: term, name: reader.memberName(), line };
    } else if (reader.skipSign("[")) {
      term = { kind: "index", of: term, by: readLevel(reader, 0), line };
      reader.sign("]");
    } else if (reader.isSign("(")) {
      if (term.kind !== "name" && term.kind !== "member") throw reader.error("this cannot be called");
      term = { kind: "call", of: term, args: readArguments(reader), line };
    } else {
      return term;
    }
  }
}

function readArguments(reader: Reader): Argument[] {
  return reader.list<Argument>(() => (reader.isSign(",") || reader.isSign(")") ? null : readLevel(reader, 0)));
}

function readOperand(reader: Reader): Expression {
  const { kind, text, line } = reader.peek();
  if (kind === "string" || kind === "number") {
    reader.next();
    return { kind: "literal", value: kind === "string" ? text : Number(text), line };
  }
  if (kind === "date") {
    reader.next();
    return { kind: "date", text: text.slice(1, -1), line };
  }
  if (reader.skipSign("(")) {
    const inner = readLevel(reader, 0);
    reader.sign(")");
    return inner;
  }
  if (reader.skipSign("?")) {
    const [test, yes, no, more] = reader.list(() => readLevel(reader, 0));
    if (test === undefined || yes === undefined || no === undefined || more !== undefined) {
      throw reader.error("a choice ?() has three parts");
    }
    return { kind: "choice", test, yes, no, line };
  }
  return readWordOperand(reader, text.toLowerCase(), line);
}

function readWordOperand(reader: Reader, word: string, line: number): Expression {
  switch (word) {
    case "истина":
    case "ложь":
      reader.next();
      return { kind: "literal", value: word === "истина", line };
    case "неопределено":
      reader.next();
      return { kind: "literal", value: undefined, line };
    case "null":
      reader.next();
      return { kind: "literal", value: null, line };
    case "новый": {
      reader.next();
      const type = reader.name();
      return { kind: "new", type, args: reader.isSign("(") ? readArguments(reader) : [], line };
    }
    default:
      return { kind: "name", name: reader.name(), line };
  }
}
