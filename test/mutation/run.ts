/*
 * `npm run mutation` makes one small change in the core at a time, a mutant, and runs the fast tests against it. A mutant
 * that fails no test has survived: nobody would notice if that code were wrong.
 *
 * `npm run mutation -- core/money.ts` takes only the named files, `core/money.ts:90-101` only these lines. `npm test`
 * does not run any of it. `.mutation/report.json` has every mutant.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { type Report, survivors, table } from "./report.ts";

const REPORT = ".mutation/report.json";

/** A wrong operator here costs money or an act. */
const MUTATED = ["core/relay/**/*.ts", "core/lifecycle*.ts", "core/period.ts", "core/money.ts", "core/requisites.ts"];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !existsSync(name.replace(/:[\d:-]+$/, "")));
if (unknown.length > 0) {
  console.error(`No such file: ${unknown.join(", ")}`);
  process.exit(2);
}

// Every mutant starts a thread and loads the test runner: compiled code on the disk saves a tenth of the time.
process.env.NODE_COMPILE_CACHE ??= resolve(".mutation/compiled");
const began = Date.now();
try {
  await new Stryker({
    mutate: asked.length > 0 ? asked : MUTATED,
    testRunner: "vitest",
    vitest: { configFile: "test/mutation/vitest.config.ts" },
    // Each mutant meets only the tests that reach it.
    coverageAnalysis: "perTest",
    concurrency: 2,
    // A mutant has twice the time of its tests and 10 s more. A slower one loops without end, and counts as killed.
    timeoutFactor: 2,
    timeoutMS: 10_000,
    plugins: ["@stryker-mutator/vitest-runner", "./test/mutation/messages.ts"],
    // This is the only class that is left out; the plug-in says why. Mutants of constants stay, though they are slow.
    ignorers: ["messages"],
    // Stryker mutates a copy of these. The tests need no other file.
    ignorePatterns: ["**", "!core/**", "!adapters/**", "!server/**", "!test/**", "!package.json", "!tsconfig.json"],
    // Stryker rewrites this file with the compiler's API, which TypeScript 7 lacks. The copy needs no rewriting.
    tsconfigFile: "none",
    tempDirName: ".mutation/tmp",
    reporters: ["progress-append-only", "json"],
    jsonReporter: { fileName: REPORT },
  }).runMutationTest();
} catch {
  // Stryker has told why.
  process.exit(1);
}
const report: Report = JSON.parse(readFileSync(REPORT, "utf8"));
console.log(`\n${survivors(report)}\n\n${table(report)}`);
console.log(`\n${Math.ceil((Date.now() - began) / 60_000)} min, every mutant: ${REPORT}`);
