import { describe, expect, test } from "vitest";
import { addCounts, computeShares, type RuleName } from "../support/plain-words/counts.ts";
import { judgeProject, type Part, partOf } from "../support/plain-words/files.ts";

/*
 * The gate for words in comments, names and test titles. `npm run words` prints the counts; with a path the command
 * lists every place.
 */

/** Upper limits, each in percent. */
const LIMITS = { relative: 0.5, pronouns: 3, long: 1 };

/** Functions without a verb, each with a reason. */
const NAMED_OTHERWISE = [
  // Cloudflare calls the handler of a cron trigger by this name.
  "scheduled",
  // The package exports this name.
  "subsetFont",
];

const PARTS: readonly Part[] = ["product", "extension"];
const VERDICTS = judgeProject();

/** Lists the places against a rule. */
function listPlaces(part: Part, rule: RuleName): string[] {
  return VERDICTS.filter(({ path }) => partOf(path) === part)
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.rule === rule)
    .map(({ path, line, reason, text }) => `${path}:${line} ${reason}: ${text}`);
}

describe.each(PARTS)("comments of the %s", (part) => {
  const shares = computeShares(
    addCounts(VERDICTS.filter(({ path }) => partOf(path) === part).map(({ counts }) => counts)),
  );

  test(`begin ${LIMITS.relative} % of sentences or fewer with a relative word`, () => {
    expect(shares.relative, listPlaces(part, "relative").join("\n")).toBeLessThanOrEqual(LIMITS.relative);
  });

  test(`keep the share of pronouns at ${LIMITS.pronouns} % or below`, () => {
    expect(shares.pronouns, listPlaces(part, "pronouns").join("\n")).toBeLessThanOrEqual(LIMITS.pronouns);
  });

  test(`have ${LIMITS.long} % of sentences or fewer above twenty words`, () => {
    expect(shares.long, listPlaces(part, "long").join("\n")).toBeLessThanOrEqual(LIMITS.long);
  });

  test("describe the thing beside any link", () => {
    expect(listPlaces(part, "link-only")).toEqual([]);
  });
});

test("functions of the product begin with a verb", () => {
  const found = listPlaces("product", "function").filter(
    (place) => !NAMED_OTHERWISE.some((name) => place.endsWith(name)),
  );
  expect(found).toEqual([]);
});

test("titles of tests begin with a verb or a noun", () => {
  expect(listPlaces("test", "title")).toEqual([]);
});
