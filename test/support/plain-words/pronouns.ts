import type { Sentence } from "./sentences.ts";

/** Pronouns with a noun elsewhere. A reflexive (`itself`) and `which`, `who`, `whose` after a noun are no part of the list. */
const PRONOUNS = new Set(
  "it it's its they they're them their theirs those what whatever whoever whichever that's ones one's".split(" "),
);

/** After these words `that` is a conjunction and stands for nothing. */
const BEFORE_CONJUNCTION = new Set(
  `so such say says said show shows know knows known mean means sure see sees tell tells provided expect expects
  prove proves ensure ensures guarantee guarantees check checks note notes except given mind believe believes require
  requires assert asserts agree agrees find finds think thinks fact verify verifies promise promises state states`.split(
    /\s+/,
  ),
);

/** Words after `this`, `these` and `one` that are no noun: the pronoun then stands alone. */
const NO_NOUN = new Set(
  `is was are were be has have had may must can could should would will does do did not that which who whose of in on at
  for with to by as when where while if and or but nor from after before than then so because until unless only also
  never always stays keeps goes comes makes means gives takes needs says holds begins ends`.split(/\s+/),
);

const RUSSIAN = new Set(
  `он она оно они его её ее ему ей им ею них нём нем ней ним ними нему неё него это чего чему чем чём кто кого кому кем чей
  чья чьё чьи`.split(/\s+/),
);
/** Demonstratives: before a noun each belongs to the noun, at the end of a clause each stands alone. */
const RUSSIAN_DEMONSTRATIVES = new Set(
  `этот эта эти этого этой этому этом этих этим этими эту тот та те то того той тому том тех тем теми ту`.split(" "),
);
const NOT_PRONOUNS = new Set(["чем в", "чем на", "чем у", "one by", "by one"]);

/** The pronouns of a sentence, in their order, by the rule of {@link PRONOUNS}. */
export function findPronouns(sentence: Sentence): string[] {
  const tokens = sentence.tokens;
  return tokens.flatMap(({ word, endsClause }, n) => {
    const lower = word.toLowerCase().replaceAll("’", "'");
    const previous = tokens[n - 1];
    const next = endsClause ? "" : (tokens[n + 1]?.word.toLowerCase() ?? "");
    return isPronoun(lower, previous?.endsClause === false ? previous.word.toLowerCase() : "", next) ? [lower] : [];
  });
}

/** `previous` and `next`: the neighbours within the clause; empty when there is none. */
function isPronoun(word: string, previous: string, next: string): boolean {
  if (NOT_PRONOUNS.has(`${word} ${next}`) || NOT_PRONOUNS.has(`${previous} ${word}`)) return false;
  if (PRONOUNS.has(word)) return true;
  if (word === "that") return !BEFORE_CONJUNCTION.has(previous);
  if (word === "one" || word === "this" || word === "these") return next === "" || NO_NOUN.has(next);
  return RUSSIAN.has(word) || (RUSSIAN_DEMONSTRATIVES.has(word) && next === "");
}
