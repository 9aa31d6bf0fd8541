import { describe, expect, test } from "vitest";
import { addCounts, computeShares, type RuleName } from "../support/plain-words/counts.ts";
import { folderOf, judgeProject, type Part, partOf } from "../support/plain-words/files.ts";
import type { Verdict } from "../support/plain-words/judge.ts";

/*
 * The gate for words in comments, names and test titles. `npm run words` prints the counts; with a path the command
 * lists every place.
 */

/** Upper limits, each in percent. */
const LIMITS = { relative: 0.5, pronouns: 3, long: 1 };

/** Upper limits for folders of tests, each in percent. */
const TEST_LIMITS = { relative: 0, pronouns: 2, long: 0 };
const TEST_FOLDERS = ["test/support", "test/bench", "test/sim", "test/contract"];

/** Functions without a verb, each with a reason. */
const NAMED_OTHERWISE = [
  // Cloudflare calls the handler of a cron trigger by this name.
  "scheduled",
  // The package exports this name.
  "subsetFont",
];

/** A builder of a test's value bears the value's name: `aContractor`, or `companyInn` beside the builders. */
const BUILDERS = /: an?[A-Z]\w*$|^test\/support\/(?:builders|accounting)\.ts:/;
/** Short names of test/support with a place in most tests. */
const SHORT_NAMES = ["refused", "json", "settled", "recording", "odataWorld", "odataEnv"];

const VERDICTS = judgeProject();
const PARTS = (["product", "extension"] as const).map((part) => ({
  name: `the ${part}`,
  ...selectPart(part),
  ...LIMITS,
}));
const FOLDERS = TEST_FOLDERS.map((name) => ({ name, ...selectFolder(name), ...TEST_LIMITS }));

function selectPart(part: Part): { verdicts: Verdict[] } {
  return { verdicts: VERDICTS.filter(({ path }) => partOf(path) === part) };
}

function selectFolder(folder: string): { verdicts: Verdict[] } {
  return { verdicts: VERDICTS.filter(({ path }) => folderOf(path) === folder) };
}

/** Lists the places against a rule. */
function listPlaces(verdicts: readonly Verdict[], rule: RuleName): string[] {
  return verdicts
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.rule === rule)
    .map(({ path, line, reason, text }) => `${path}:${line} ${reason}: ${text}`);
}

describe.each([...PARTS, ...FOLDERS])("comments of $name", ({ verdicts, relative, pronouns, long }) => {
  const shares = computeShares(addCounts(verdicts.map(({ counts }) => counts)));

  test(`begin ${relative} % of sentences or fewer with a relative word`, () => {
    expect(verdicts).not.toEqual([]);
    expect(shares.relative, listPlaces(verdicts, "relative").join("\n")).toBeLessThanOrEqual(relative);
  });

  test(`keep the share of pronouns at ${pronouns} % or below`, () => {
    expect(shares.pronouns, listPlaces(verdicts, "pronouns").join("\n")).toBeLessThanOrEqual(pronouns);
  });

  test(`have ${long} % of sentences or fewer above twenty words`, () => {
    expect(shares.long, listPlaces(verdicts, "long").join("\n")).toBeLessThanOrEqual(long);
  });

  test("describe the thing beside any link", () => {
    expect(listPlaces(verdicts, "link-only")).toEqual([]);
  });
});

test("functions of the product begin with a verb", () => {
  const found = listPlaces(selectPart("product").verdicts, "function").filter(
    (place) => !NAMED_OTHERWISE.some((name) => place.endsWith(name)),
  );
  expect(found).toEqual([]);
});

test("functions of test/support begin with a verb, except builders of values", () => {
  const found = listPlaces(selectFolder("test/support").verdicts, "function").filter(
    (place) => !BUILDERS.test(place) && !SHORT_NAMES.some((name) => place.endsWith(`: ${name}`)),
  );
  expect(found).toEqual([]);
});

test("titles of tests begin with a verb or a noun", () => {
  expect(listPlaces(selectPart("test").verdicts, "title")).toEqual([]);
});
