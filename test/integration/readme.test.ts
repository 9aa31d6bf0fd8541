import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parseEvent } from "../../core/parse-event.ts";
import { type Example, listBlocks, listExamples } from "../support/readme.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const RUSSIAN = readFileSync(join(ROOT, "README.ru.md"), "utf8");
const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, { default: string } | string>;
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
};

/** The source of each entry, by the import name of the entry. */
const SOURCES = Object.fromEntries(
  Object.entries(PACKAGE.exports).flatMap(([entry, paths]) =>
    typeof paths === "string"
      ? []
      : [[`onec-relay${entry.slice(1)}`, join(ROOT, paths.default.replace("./dist/", "").replace(/\.js$/, ".ts"))]],
  ),
);

/** The code with the package's names pointing at the sources they are built from. */
function onSources(code: string): string {
  return code.replace(/from "(onec-relay[\w/-]*)"/g, (_, name: string) => {
    const source = SOURCES[name];
    if (source === undefined) throw new Error(`${name} is no entry of the package`);
    return `from ${JSON.stringify(pathToFileURL(source).href)}`;
  });
}

describe("examples", () => {
  const folder = mkdtempSync(join(tmpdir(), "onec-relay-readme-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const all = listExamples(README);

  test("are of the four ways to embed, and of an adapter's test", () => {
    expect(all.map(({ name }) => name)).toEqual(["webhook", "period", "print", "lifecycle", "contract"]);
  });

  test("compile in the strictest mode", () => {
    const paths = Object.fromEntries(Object.entries(SOURCES).map(([name, source]) => [name, [source]]));
    const compilerOptions = { noEmit: true, rootDir: "/", paths, typeRoots: [join(ROOT, "node_modules/@types")] };
    for (const { name, code } of all) writeFileSync(join(folder, `${name}.ts`), code);
    const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const output = runOf([join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], ROOT);
    // Errors in other files belong to the tests of those files.
    expect(output.split("\n").filter((line) => all.some(({ name }) => line.includes(`/${name}.ts(`)))).toEqual([]);
  });

  test.each(all.filter(({ runner }) => runner === "node").map((example): [string, Example] => [example.name, example]))(
    "run to the end with the promised output: %s",
    (name, { program, output, check }) => {
      const file = join(folder, `${name}-run.ts`);
      writeFileSync(file, onSources(program));
      expect(execFileSync(process.execPath, [file], { encoding: "utf8", cwd: folder }).trim()).toBe(output);
      check(folder);
    },
  );

  test("run the contract suite under vitest and pass", () => {
    const { code } = all.find(({ runner }) => runner === "vitest") ?? { code: "" };
    writeFileSync(join(folder, "contract.test.ts"), onSources(code));
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const file = join(folder, "report.json");
    const said = runOf([vitest, "run", "--root", folder, "--reporter", "json", "--outputFile.json", file], folder);
    expect(existsSync(file), said).toBe(true);
    const report = JSON.parse(readFileSync(file, "utf8")) as { numPassedTests: number; numFailedTests: number };
    expect(report.numFailedTests).toBe(0);
    expect(report.numPassedTests).toBeGreaterThan(50);
  });
});

/** Runs a script and returns the printed text, after success or failure. */
function runOf(args: readonly string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, args, { encoding: "utf8", cwd, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

test("the event to send from a shell is valid", () => {
  const json = listBlocks(README, "sh")
    .map((block) => block.match(/<<'JSON'\n([\s\S]*?)\nJSON/)?.[1])
    .find((found) => found !== undefined);
  const rules = {
    timeZone: "Europe/Moscow",
    allowedKinds: ["company"],
    listMissingCharacters: () => [],
    futureToleranceMs: 0,
  } as const;
  const event = parseEvent("platform", new TextEncoder().encode(json), rules, Date.parse("2026-11-24T12:00:00Z"));
  expect(event.type).toBe("act.requested");
});

test("every dependency has a reason in one line, and no other package is named", () => {
  const named = [...README.slice(README.indexOf("| dependency |")).matchAll(/^\| ([@\w/-]+) \| [^|]+ \|$/gm)].map(
    (match) => match[1],
  );
  expect(named.filter((name) => name !== "dependency").sort()).toEqual(Object.keys(PACKAGE.dependencies).sort());
});

test("commands and files on the pages exist", () => {
  for (const text of [README, RUSSIAN]) {
    for (const [, script] of text.matchAll(/npm run (\w+)/g)) expect(PACKAGE.scripts).toHaveProperty(script ?? "");
    for (const [, file] of text.matchAll(/\]\((?!http)([^)#]+)\)/g))
      expect(existsSync(join(ROOT, file ?? ""))).toBe(true);
  }
});
