import { type Counts, countRules, type RuleName } from "./counts.ts";
import { judgeName } from "./function-names.ts";
import { findPronouns } from "./pronouns.ts";
import { findRelativeStart } from "./relative-starts.ts";
import { isOnlyLink, type Sentence, splitSentences } from "./sentences.ts";
import type { NamedFunction, Source, TestTitle } from "./source.ts";

/** The longest sentence, in words. */
const LONGEST = 20;
/** A sentence is listed from this number of pronouns on, or above this share of its words. */
const MANY_PRONOUNS = 2;
const PRONOUN_SHARE = 0.12;

/** A word at the start of a title in the place of its verb or noun. */
const WEAK_START =
  /^(?:it|its|that|this|those|these|they|them|their|such|so|there|here|with|without|by|from|to|as|and|or|but|than)(?![\p{L}'’-])/iu;

/** A place against a rule. `text`: the sentence, the name or the title. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: RuleName;
  readonly reason: string;
  readonly text: string;
}

/** The counts and findings of a file. */
export interface Verdict {
  readonly path: string;
  readonly counts: Counts;
  readonly findings: readonly Finding[];
}

type Found = Omit<Finding, "path">;

/**
 * Holds a file against the rules for words. `memberNames`: names that an interface of the project gives. An object or an
 * inner function under such a name is left to the interface.
 */
export function judgeSource(source: Source, memberNames: ReadonlySet<string>): Verdict {
  const { path, comments, titles } = source;
  const sentences = comments.flatMap(({ text, line }) => splitSentences(text, line));
  const members = source.functions.filter(({ kind }) => kind === "member");
  const functions = source.functions.filter(
    ({ kind, name }) => kind === "function" || (kind !== "member" && !memberNames.has(name)),
  );
  const links = comments.filter(({ doc, text }) => doc && isOnlyLink(text));
  const found: Found[] = [
    ...sentences.flatMap(judgeSentence),
    ...links.map(({ line, text }) => ({
      line,
      rule: "link-only" as const,
      reason: "a link is no description",
      text: text.trim(),
    })),
    ...functions.flatMap((named) => judgeFunction(named, "function")),
    ...members.flatMap((named) => judgeFunction(named, "member")),
    ...titles.flatMap(judgeTitle),
  ];
  const counts: Counts = {
    files: 1,
    comments: comments.length,
    sentences: sentences.length,
    clauses: sentences.flatMap(({ clauses }) => clauses).length,
    words: sentences.flatMap(({ tokens }) => tokens).length,
    pronouns: sentences.flatMap(findPronouns).length,
    functions: functions.length,
    members: members.length,
    titles: titles.length,
    broken: countRules((name) => found.filter(({ rule }) => rule === name).length),
  };
  const findings = found.map((place) => ({ ...place, path })).sort((a, b) => a.line - b.line);
  return { path, counts, findings };
}

function judgeSentence(sentence: Sentence): Found[] {
  const { line, text, tokens, clauses } = sentence;
  const found: Found[] = [];
  for (const [n, clause] of clauses.entries()) {
    const start = findRelativeStart(clause);
    const reason = `begins with “${start}”`;
    if (start !== null && n === 0) found.push({ line, rule: "relative", reason, text });
    else if (start !== null) found.push({ line, rule: "clause", reason, text: `… ${clause}` });
  }
  const pronouns = findPronouns(sentence);
  if (pronouns.length >= MANY_PRONOUNS || pronouns.length > PRONOUN_SHARE * tokens.length)
    found.push({ line, rule: "pronouns", reason: `${pronouns.join(", ")} (${tokens.length} words)`, text });
  if (tokens.length > LONGEST) found.push({ line, rule: "long", reason: `${tokens.length} words`, text });
  return found;
}

function judgeFunction({ name, line, owner, returnsBoolean }: NamedFunction, rule: "function" | "member"): Found[] {
  const reason = judgeName(name, returnsBoolean);
  return reason === null ? [] : [{ line, rule, reason, text: owner === null ? name : `${owner}.${name}` }];
}

/** A title states behaviour: it begins with a verb or a noun. */
function judgeTitle({ text, line }: TestTitle): Found[] {
  const found: Found[] = [];
  const start = findRelativeStart(text) ?? WEAK_START.exec(text)?.[0];
  if (start !== undefined) found.push({ line, rule: "title", reason: `begins with “${start}”`, text });
  const pronouns = splitSentences(text, line).flatMap(findPronouns);
  if (pronouns.length >= MANY_PRONOUNS) found.push({ line, rule: "title-pronouns", reason: pronouns.join(", "), text });
  return found;
}
