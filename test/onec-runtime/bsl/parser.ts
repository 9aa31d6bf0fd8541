import { readExpression } from "./expressions.ts";
import { BslError, lex } from "./lexer.ts";
import { createReader, type Reader } from "./reader.ts";
import type { Block, Branch, Method, Module, Parameter, Statement } from "./syntax.ts";

/**
 * Parses a common module.
 *
 * @throws {BslError} for whatever is not known here, with its line: an unknown construct never passes
 */
export function parseModule(name: string, source: string): Module {
  const reader = createReader(name, lex(source).tokens);
  const methods: Method[] = [];
  while (!reader.atEnd()) methods.push(readMethod(reader));
  const seen = new Set<string>();
  for (const method of methods) {
    const key = method.name.toLowerCase();
    if (seen.has(key)) throw new BslError(`${name}: ${method.name} is defined twice`);
    seen.add(key);
  }
  return { name, methods };
}

function readMethod(reader: Reader): Method {
  const { line } = reader.peek();
  const returns = reader.isWord("функция");
  reader.word(returns ? "функция" : "процедура");
  const name = reader.name();
  const parameters = reader.list(() => readParameter(reader));
  const exported = reader.skipWord("экспорт");
  const end = returns ? "конецфункции" : "конецпроцедуры";
  const body = readBlock(reader, [end]);
  const last = reader.peek().line;
  reader.word(end);
  return { name, returns, exported, parameters, body, line, lines: last - line + 1 };
}

function readParameter(reader: Reader): Parameter {
  const byValue = reader.skipWord("знач");
  const name = reader.name();
  const fallback = reader.skipSign("=") ? readExpression(reader) : null;
  return { name, byValue, fallback };
}

function readBlock(reader: Reader, ends: readonly string[]): Block {
  const statements: Statement[] = [];
  while (!ends.some((end) => reader.isWord(end))) {
    if (reader.skipSign(";")) continue;
    statements.push(readStatement(reader));
    if (!ends.some((end) => reader.isWord(end))) reader.sign(";");
  }
  return statements;
}

function readStatement(reader: Reader): Statement {
  const { line, text } = reader.peek();
  switch (text.toLowerCase()) {
    case "если":
      return readIf(reader, line);
    case "пока":
      return readWhile(reader, line);
    case "для":
      return readFor(reader, line);
    case "попытка":
      return readTry(reader, line);
    case "возврат":
    case "вызватьисключение": {
      reader.word(text);
      const value = reader.isSign(";") ? null : readExpression(reader);
      return { kind: text.toLowerCase() === "возврат" ? "return" : "raise", value, line };
    }
    case "прервать":
    case "продолжить":
      reader.word(text);
      return { kind: text.toLowerCase() === "прервать" ? "break" : "continue", line };
    default:
      return readSimple(reader, line);
  }
}

/** An assignment or a call. The left side is read as a term, since `=` in an expression is a comparison. */
function readSimple(reader: Reader, line: number): Statement {
  const left = readExpression(reader, "term");
  if (reader.skipSign("=")) {
    if (left.kind !== "name" && left.kind !== "member" && left.kind !== "index") {
      throw reader.error("this cannot be assigned to");
    }
    return { kind: "assign", to: left, value: readExpression(reader), line };
  }
  if (left.kind !== "call") throw reader.error("a statement is an assignment or a call");
  return { kind: "do", call: left, line };
}

function readIf(reader: Reader, line: number): Statement {
  const branches: Branch[] = [];
  const ends = ["иначеесли", "иначе", "конецесли"];
  reader.word("если");
  do {
    const test = readExpression(reader);
    reader.word("тогда");
    branches.push({ test, body: readBlock(reader, ends) });
  } while (reader.skipWord("иначеесли"));
  const otherwise = reader.skipWord("иначе") ? readBlock(reader, ["конецесли"]) : null;
  reader.word("конецесли");
  return { kind: "if", branches, otherwise, line };
}

function readWhile(reader: Reader, line: number): Statement {
  reader.word("пока");
  const test = readExpression(reader);
  return { kind: "while", test, body: readLoop(reader), line };
}

function readFor(reader: Reader, line: number): Statement {
  reader.word("для");
  if (reader.skipWord("каждого")) {
    const variable = reader.name();
    reader.word("из");
    const of = readExpression(reader);
    return { kind: "each", variable, of, body: readLoop(reader), line };
  }
  const variable = reader.name();
  reader.sign("=");
  const from = readExpression(reader);
  reader.word("по");
  const to = readExpression(reader);
  return { kind: "for", variable, from, to, body: readLoop(reader), line };
}

function readLoop(reader: Reader): Block {
  reader.word("цикл");
  const body = readBlock(reader, ["конеццикла"]);
  reader.word("конеццикла");
  return body;
}

function readTry(reader: Reader, line: number): Statement {
  reader.word("попытка");
  const body = readBlock(reader, ["исключение"]);
  reader.word("исключение");
  const except = readBlock(reader, ["конецпопытки"]);
  reader.word("конецпопытки");
  return { kind: "try", body, except, line };
}
