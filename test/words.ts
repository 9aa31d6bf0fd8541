/*
 * Counts the words of comments, names and test titles against the rules of the project.
 *
 * - `node test/words.ts` prints a table of counts by folder.
 * - `node test/words.ts core/relay server/app.ts` lists every place against a rule under these paths.
 * - `node test/words.ts core --only relative,long` lists the places for some rules.
 */
import { parseArgs } from "node:util";
import { RULES, type RuleName } from "./support/plain-words/counts.ts";
import { judgeProject } from "./support/plain-words/files.ts";
import { writeFindings, writeTable } from "./support/plain-words/report.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
const rules = values.only === undefined ? RULES : readRules(values.only);
const paths = positionals.map((path) => path.replace(/^\.\/|\/+$/g, ""));
const verdicts = judgeProject().filter(({ path }) => paths.length === 0 || paths.some((under) => isUnder(path, under)));

if (verdicts.length === 0) throw new Error(`No source under ${paths.join(", ")}`);
if (paths.length > 0 || values.only !== undefined) console.log(`${writeFindings(verdicts, rules)}\n`);
console.log(writeTable(verdicts));

function readRules(list: string): RuleName[] {
  return list.split(",").map((name) => {
    const rule = RULES.find((known) => known === name);
    if (rule === undefined) throw new Error(`No rule ${name}; the rules: ${RULES.join(", ")}`);
    return rule;
  });
}

function isUnder(path: string, under: string): boolean {
  return path === under || path.startsWith(`${under}/`) || path === `${under}.ts`;
}
