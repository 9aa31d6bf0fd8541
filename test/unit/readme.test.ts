import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { parseEvent } from "../../core/inbound.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const RUSSIAN = readFileSync(join(ROOT, "README.ru.md"), "utf8");
const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, { default: string } | string>;
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
};

/** Fenced blocks of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap((match) =>
    match[1] === language ? [match[2] ?? ""] : [],
  );
}

/** The code with the package's names pointing at the sources they are built from. */
function onSources(code: string): string {
  return code.replace(/from "onec-relay(\/[\w/-]+)?"/g, (_, path: string | undefined) => {
    const entry = PACKAGE.exports[path === undefined ? "." : `.${path}`];
    if (entry === undefined || typeof entry === "string") throw new Error(`${path} is no entry of the package`);
    const source = entry.default.replace("./dist/", "").replace(/\.js$/, ".ts");
    return `from ${JSON.stringify(pathToFileURL(join(ROOT, source)).href)}`;
  });
}

test.each(blocks(README, "ts").map((code, n) => [n + 1, code] as const))(
  "example %d runs and prints what it says",
  (_, code) => {
    const folder = mkdtempSync(join(tmpdir(), "onec-relay-readme-"));
    try {
      const file = join(folder, "example.ts");
      writeFileSync(file, onSources(code));
      const output = execFileSync(process.execPath, [file], { encoding: "utf8" });
      for (const [, promised] of code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm))
        expect(output.trim()).toBe(promised);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test("the event to send from a shell is valid", () => {
  const json = blocks(README, "sh")
    .map((block) => block.match(/<<'JSON'\n([\s\S]*?)\nJSON/)?.[1])
    .find((found) => found !== undefined);
  const rules = {
    timeZone: "Europe/Moscow",
    allowedKinds: ["company"],
    missingCharacters: () => [],
    futureToleranceMs: 0,
  } as const;
  const event = parseEvent("platform", new TextEncoder().encode(json), rules, Date.parse("2026-11-24T12:00:00Z"));
  expect(event.type).toBe("act.requested");
});

test("every dependency earns its place in one line, and no other is named", () => {
  const named = [...README.slice(README.indexOf("| dependency |")).matchAll(/^\| ([@\w/-]+) \| [^|]+ \|$/gm)].map(
    (match) => match[1],
  );
  expect(named.filter((name) => name !== "dependency").sort()).toEqual(Object.keys(PACKAGE.dependencies).sort());
});

test("commands and files that the pages name exist", () => {
  for (const text of [README, RUSSIAN]) {
    for (const [, script] of text.matchAll(/npm run (\w+)/g)) expect(PACKAGE.scripts).toHaveProperty(script ?? "");
    for (const [, file] of text.matchAll(/\]\((?!http)([^)#]+)\)/g))
      expect(existsSync(join(ROOT, file ?? ""))).toBe(true);
  }
});
