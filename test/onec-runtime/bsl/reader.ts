import { BslError, type Token } from "./lexer.ts";

/** Words that cannot be names. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "если тогда иначеесли иначе конецесли для каждого из по пока цикл конеццикла процедура функция конецпроцедуры " +
    "конецфункции знач экспорт возврат прервать продолжить попытка исключение конецпопытки вызватьисключение " +
    "новый и или не истина ложь неопределено null перем перейти выполнить добавитьобработчик удалитьобработчик " +
    "асинх ждать"
  ).split(" "),
);

/** Reads a module's tokens one after another. Words are given in lower case. */
export interface Reader {
  peek(): Token;
  atEnd(): boolean;
  isWord(word: string): boolean;
  isSign(sign: string): boolean;
  skipWord(word: string): boolean;
  skipSign(sign: string): boolean;
  word(word: string): void;
  sign(sign: string): void;
  /** A name that is no keyword. */
  name(): string;
  /** A name after a dot: there a keyword is a name too. */
  memberName(): string;
  next(): Token;
  /** What stands between parentheses, parted by commas. */
  list<T>(item: () => T): T[];
  error(what: string): BslError;
}

/** A reader over tokens; `where` names the module in errors. Regions (#Область) are the only directives it knows. */
export function createReader(where: string, all: readonly Token[]): Reader {
  const tokens = all.filter((token) => {
    if (token.kind !== "directive") return true;
    if (/^#(Область [\p{L}_\d]+|КонецОбласти)\s*$/u.test(token.text)) return false;
    throw new BslError(`${where}, line ${token.line}: the directive ${token.text} is not known here`);
  });
  let at = 0;
  const peek = (): Token => tokens[at] as Token;
  const is = (kind: Token["kind"], text: string): boolean => peek().kind === kind && peek().text.toLowerCase() === text;
  const error = (what: string): BslError =>
    new BslError(`${where}, line ${peek().line}: ${what}, at «${peek().text.slice(0, 40)}»`);
  const next = (): Token => {
    const token = peek();
    if (token.kind === "end") throw error("the module ends too early");
    at += 1;
    return token;
  };
  const skip = (kind: Token["kind"], text: string): boolean => {
    if (!is(kind, text)) return false;
    at += 1;
    return true;
  };
  const reader: Reader = {
    peek,
    next,
    error,
    atEnd: () => peek().kind === "end",
    isWord: (word) => is("word", word),
    isSign: (sign) => is("sign", sign),
    skipWord: (word) => skip("word", word),
    skipSign: (sign) => skip("sign", sign),
    word(word) {
      if (!skip("word", word.toLowerCase())) throw error(`${word} is expected`);
    },
    sign(sign) {
      if (!skip("sign", sign)) throw error(`${sign} is expected`);
    },
    name() {
      if (peek().kind !== "word" || KEYWORDS.has(peek().text.toLowerCase())) throw error("a name is expected");
      return next().text;
    },
    memberName() {
      if (peek().kind !== "word") throw error("a name is expected");
      return next().text;
    },
    list(item) {
      const items: ReturnType<typeof item>[] = [];
      reader.sign("(");
      if (reader.skipSign(")")) return items;
      do items.push(item());
      while (reader.skipSign(","));
      reader.sign(")");
      return items;
    },
  };
  return reader;
}
