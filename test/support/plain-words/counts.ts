/** The rules, each under the name that the listing shows. */
export const RULES = [
  "relative",
  "clause",
  "pronouns",
  "long",
  "link-only",
  "function",
  "member",
  "title",
  "title-pronouns",
] as const;
export type RuleName = (typeof RULES)[number];

/** Numbers of a file or of many files. */
export interface Counts {
  readonly files: number;
  readonly comments: number;
  readonly sentences: number;
  /** Parts between full stops, semicolons and colons. */
  readonly clauses: number;
  readonly words: number;
  readonly pronouns: number;
  readonly functions: number;
  readonly members: number;
  readonly titles: number;
  /** How many places break each rule. */
  readonly broken: Readonly<Record<RuleName, number>>;
}

/** Shares in percent. */
export interface Shares {
  /** Sentences with a relative start among clauses. */
  readonly relative: number;
  /** Pronouns among words. */
  readonly pronouns: number;
  /** Sentences above the limit of words among sentences. */
  readonly long: number;
}

/** Makes a record of every rule. */
export function countRules(count: (rule: RuleName) => number): Record<RuleName, number> {
  return Object.fromEntries(RULES.map((rule) => [rule, count(rule)])) as Record<RuleName, number>;
}

/** Adds up the counts of many files. */
export function addCounts(list: readonly Counts[]): Counts {
  const add = (read: (counts: Counts) => number) => list.reduce((total, counts) => total + read(counts), 0);
  return {
    files: add(({ files }) => files),
    comments: add(({ comments }) => comments),
    sentences: add(({ sentences }) => sentences),
    clauses: add(({ clauses }) => clauses),
    words: add(({ words }) => words),
    pronouns: add(({ pronouns }) => pronouns),
    functions: add(({ functions }) => functions),
    members: add(({ members }) => members),
    titles: add(({ titles }) => titles),
    broken: countRules((rule) => add(({ broken }) => broken[rule])),
  };
}

/** Computes the shares for the gate. */
export function computeShares({ broken, clauses, words, pronouns, sentences }: Counts): Shares {
  return {
    relative: toPercent(broken.relative, clauses),
    pronouns: toPercent(pronouns, words),
    long: toPercent(broken.long, sentences),
  };
}

const toPercent = (part: number, whole: number) => (whole === 0 ? 0 : (part / whole) * 100);
