import { describe, expect, it } from "vitest";
import { readBsl } from "../support/plain-words/bsl-source.ts";
import { judgeName } from "../support/plain-words/function-names.ts";
import { judgeSource } from "../support/plain-words/judge.ts";
import { findPronouns } from "../support/plain-words/pronouns.ts";
import { findRelativeStart } from "../support/plain-words/relative-starts.ts";
import { isOnlyLink, splitSentences } from "../support/plain-words/sentences.ts";
import { readTypeScript } from "../support/plain-words/typescript-source.ts";

const readComments = (text: string) =>
  readTypeScript("a.ts", text).comments.map((comment) => `${comment.line}: ${comment.text.trim()}`);
const splitTexts = (text: string) => splitSentences(text, 1).map((sentence) => sentence.text);
const listPronouns = (text: string) => splitSentences(text, 1).flatMap(findPronouns);

describe("comments of TypeScript", () => {
  it.each([
    ["a string with both kinds of signs", 'const a = "// no /* no */"; // yes'],
    ["a string with an escaped quote", "const a = 'it\\'s // no'; // yes"],
    ["a template in a template", `const a = \`// no \${b ? \`/* no */ \${c /* yes */}\` : \`// no\`} // no\`;`],
    ["a regular expression with slashes", "const a = /\\/\\/ no [/*] no/.test(b); // yes"],
    ["a regular expression after a bracket", "if (a) /\\/\\*/.test(b); // yes"],
    ["a division", "const a = b / c; /* yes */ const d = e / f;"],
    ["a type argument", "const a = f<Map<string, B>>(/* yes */ 1);"],
  ])("are found beside %s", (_, text) => {
    expect(readComments(text)).toEqual(["1: yes"]);
  });

  it("join neighbouring lines, and no line after code", () => {
    const text = "// one\n// two\nconst a = 1; // three\n// four\n\n// five\n  // six";
    expect(readComments(text)).toEqual(["1: one\n two", "3: three", "4: four", "6: five", "7: six"]);
  });

  it("lose stars and keep lines", () => {
    const [comment] = readTypeScript("a.ts", "\n/**\n * One.\n *\n * Two.\n */\nlet a;").comments;
    expect(comment).toEqual({ line: 2, text: "\nOne.\n\nTwo.\n", doc: true });
  });

  it("leave out notes for tools", () => {
    const text = "// biome-ignore lint: x\n// @ts-expect-error: y\nconst a = /* @__PURE__ */ f(); /*! yes */";
    expect(readComments(text)).toEqual(["3: ! yes"]);
  });
});

describe("comments of 1C modules", () => {
  it("are found outside strings, texts over many lines included", () => {
    const text = '\uFEFF// Да.\nА = "// нет ""// нет""";\nБ = "нет // нет\n// да\n| // нет"; // да';
    expect(readBsl("a.bsl", text).comments.map(({ line, text }) => `${line}:${text}`)).toEqual(["1: Да.", "5: да"]);
  });

  it("keep descriptions of parameters, and neither names nor types", () => {
    const text =
      "// Делает.\n//\n// Параметры:\n//  А - Строка - имя счёта\n//  Б - Число\n//\n// Возвращаемое значение:\n//  Массив - счета\n// * В - Число - сумма";
    const [comment] = readBsl("a.bsl", text).comments;
    expect(splitSentences(comment?.text ?? "", 1).map(({ line, text }) => `${line} ${text}`)).toEqual([
      "1 Делает.",
      "4 имя счёта",
      "8 счета",
      "9 сумма",
    ]);
  });
});

describe("sentences", () => {
  it.each([
    ["One act. Two acts? Three!", ["One act.", "Two acts?", "Three!"]],
    [
      "Reads an id, e.g. a UUID, of 1.5 MB in app.ts. Then stops.",
      ["Reads an id, e.g. a UUID, of 1.5 MB in app.ts.", "Then stops."],
    ],
    ["Reads ids, names etc. Then stops.", ["Reads ids, names etc.", "Then stops."]],
    ["Waits… and goes on. Ends", ["Waits… and goes on.", "Ends"]],
    ["Writes «Акт. Счёт» and `a. B`. Ends.", ["Writes «Акт. Счёт» and `a. B`.", "Ends."]],
    ["`a`: the first · `b`: the second", ["`a`: the first ·", "`b`: the second"]],
    ["Двести руб. за акт и т.д. до конца. Всё.", ["Двести руб. за акт и т.д. до конца.", "Всё."]],
    ["Two kinds:\n- the first one\n  of all\n- the second", ["Two kinds:", "the first one of all", "the second"]],
    ["One\n\ntwo", ["One", "two"]],
  ])("are split in %j", (text, sentences) => {
    expect(splitTexts(text)).toEqual(sentences);
  });

  it("know their lines", () => {
    const lines = splitSentences("First\nline. Second\nline `a\nb`. Third.", 10).map(({ line }) => line);
    expect(lines).toEqual([10, 11, 13]);
  });

  it("count a quotation, code and a link as one word each", () => {
    const [sentence] = splitSentences("Calls {@link Store.getAct} — with `a b c` and «что это»", 1);
    expect(sentence?.tokens.map(({ word }) => word.replaceAll("\u00A0", " "))).toEqual([
      ..."Calls Store.getAct with".split(" "),
      "`a b c`",
      "and",
      "«что это»",
    ]);
  });

  it("come from tags with a text, and from no example", () => {
    const text = "Reads.\n@param name the id\n@throws {RangeError} for no date\n@example\nwhat(it);\n@returns the day";
    expect(splitTexts(text)).toEqual(["Reads.", "the id", "for no date", "the day"]);
  });

  it("have clauses between semicolons and colons", () => {
    expect(splitSentences("One act: two lines; no sum", 1)[0]?.clauses).toEqual(["One act", "two lines", "no sum"]);
  });
});

describe("a relative start", () => {
  it.each([
    "What stands",
    "Whose INN",
    "(Where none is",
    "Of a 1C",
    "One that asks",
    "Those who",
    "Что стоит",
    "То, что",
  ])("is seen in %j", (text) => expect(findRelativeStart(text)).not.toBeNull());

  it.each(["Whatsoever", "One act", "How often", "Offers", "`what` is", "«Что»", "When", "Что-то"])(
    "is not seen in %j",
    (text) => expect(findRelativeStart(text)).toBeNull(),
  );
});

describe("pronouns", () => {
  it.each([
    ["A card that a person chose", ["that"]],
    ["Says that a card exists, so that nobody asks", []],
    ["This act and one call of these ports", []],
    ["The newest one, and this is one of many", ["one", "this", "one"]],
    ["Counts one by one", []],
    ["It keeps its form and repeats itself", ["it", "its"]],
    ["Шлюз помнит его до этого, и этот акт тоже", ["его", "этого"]],
  ])("are counted in %j", (text, pronouns) => {
    expect(listPronouns(text)).toEqual(pronouns);
  });
});

describe("a doc comment", () => {
  it.each([
    ["{@link createBreaker}", true],
    [" {@link Store.getAct}. ", true],
    ["{@link Worker} over a context.", false],
  ])("%j is a link alone: %s", (text, expected) => {
    expect(isOnlyLink(text)).toBe(expected);
  });
});

describe("the name of a function", () => {
  it.each(["readDate", "isOpen", "toHex", "onChange", "statusOf", "requestAct", "x", "Entity", "uuidV5"])(
    "%s is good",
    (name) => expect(judgeName(name, false)).toBeNull(),
  );

  it.each([
    ["standing", "participle"],
    ["markedPeriod", "participle"],
    ["unread", "adjective"],
    ["drawn", "participle"],
    ["actRef", "no verb"],
    ["answerType", "no verb"],
    ["byPayout", "no verb"],
    ["string", "no verb"],
  ])("%s is refused: %s", (name, reason) => {
    expect(judgeName(name, false)).toContain(reason);
  });

  it("asks for is, has or can before a boolean", () => {
    expect(judgeName("covers", true)).toContain("boolean");
    expect(judgeName("hasRoom", true)).toBeNull();
  });
});

describe("a verdict on a file", () => {
  const judge = (text: string, members: readonly string[] = []) =>
    judgeSource(readTypeScript("a.ts", text), new Set(members)).findings.map(({ line, rule, text }) => [
      line,
      rule,
      text,
    ]);

  it("names functions of modules, objects and interfaces", () => {
    const text = `function drawn() {}
const kept = () => 1;
const books = { sealed() {}, get open() { return 1; } };
interface Store { acts(): void; readonly clock: () => number; readonly size: number }
class Card extends Base { constructor() {} marked() {} override found() {} }
function read() { function left() {} const right = 1; }`;
    expect(judge(text)).toEqual([
      [1, "function", "drawn"],
      [2, "function", "kept"],
      [3, "function", "sealed"],
      [4, "member", "Store.acts"],
      [4, "member", "Store.clock"],
      [5, "function", "marked"],
      [6, "function", "left"],
    ]);
  });

  it("leaves to an interface the names that the interface gives", () => {
    expect(judge("const books = { acts() {} }; function read() { function acts() {} }", ["acts"])).toEqual([]);
    expect(judge("function acts() {}", ["acts"])).toEqual([[1, "function", "acts"]]);
  });

  it("reads titles of tests, modifiers and templates included", () => {
    const text = [
      'test("that day is gone", () => {});',
      'it.skipIf(x).each([1])("what %s is", () => {});',
      `describe(\`of \${name}\`, () => {});`,
      'it.each`a`("it is", () => {});',
      'list.map((it) => it.send("what"));',
      'test("an act that it keeps is its own", () => {});',
    ].join("\n");
    expect(judge(text).map(([line, rule]) => `${line} ${rule}`)).toEqual([
      "1 title",
      "2 title",
      "3 title",
      "4 title",
      "6 title-pronouns",
    ]);
  });

  it("lists a sentence under every rule that the sentence breaks", () => {
    const text = `// What it is: one that ${"very ".repeat(18)}long.`;
    expect(judge(text).map(([, rule]) => rule)).toEqual(["relative", "clause", "pronouns", "long"]);
  });
});
