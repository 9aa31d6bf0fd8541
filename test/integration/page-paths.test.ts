import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["core", "adapters", "server", "test", ".ci"];

const FILES = FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
);
/** Pages of the present state. The changelog also names files of former versions. */
const PAGES = [...readdirSync(ROOT), ...FILES].filter(
  (path) => path.endsWith(".md") && path !== "CHANGELOG.md" && statSync(join(ROOT, path)).isFile(),
);

/** A path from the root or one relative to another folder; no address and no route of the server. */
const FROM_ROOT = new RegExp(`^(?:${FOLDERS.map((name) => name.replace(".", "\\.")).join("|")})/`);
const WITH_ENDING = /^[^/:=]+\/.*\.(?:ts|md|bsl|json|xml|toml|yaml)$/;

/** Lists the paths of a page between backquotes and in blocks of shell commands, without numbers of lines. */
function listPaths(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)];
  const codes = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)];
  const words = [...blocks, ...codes]
    .flatMap(([, code = ""]) => code.split(/\s+/))
    .map((word) => word.replace(/:[\d-]+$/, ""));
  return [...new Set(words)].filter((word) => FROM_ROOT.test(word) || WITH_ENDING.test(word));
}

/** `*` and `…` stand for any text. A suite goes without `.test.ts`, as vitest takes names. */
function isInTree(path: string, page: string): boolean {
  const isFromRoot = FROM_ROOT.test(path);
  if (!isFromRoot && path.startsWith(".")) return existsSync(join(ROOT, dirname(page), path));
  const escaped = path.replace(/[.+^$()|[\]\\{}]/g, "\\$&").replace(/[*…]/g, ".*");
  const pattern = new RegExp(`${isFromRoot ? "^" : "(?:^|/)"}${escaped.replace(/\/$/, "")}(?:\\.test\\.ts)?$`);
  return FILES.some((file) => pattern.test(file));
}

test("paths are read between backquotes and in commands, addresses and routes are not", () => {
  const page = "`core/act.ts` `POST /api/acts` `https://a.example/x.json`\n```sh\nnpx vitest run test/sim/kill\n```\n";
  expect(listPaths(page)).toEqual(["test/sim/kill", "core/act.ts"]);
  expect(
    ["core/act.ts", "test/sim/kill", "core/print/fonts/*.generated.ts"].map((path) => isInTree(path, "README.md")),
  ).not.toContain(false);
  expect(
    ["core/acts.ts", "test/sim/ki", "core/none/*.ts", "../gone.ts"].map((path) => isInTree(path, "core/a.md")),
  ).not.toContain(true);
});

describe("the pages", () => {
  test("name many paths", () => {
    expect(PAGES).toEqual(expect.arrayContaining(["README.md", "ARCHITECTURE.md", "server/OPERATIONS.md"]));
    const named = PAGES.flatMap((page) => listPaths(readFileSync(join(ROOT, page), "utf8")));
    expect(named.length).toBeGreaterThan(80);
  });

  test.each(PAGES)("%s names existing paths", (page) => {
    const paths = listPaths(readFileSync(join(ROOT, page), "utf8"));
    expect(paths.filter((path) => !isInTree(path, page))).toEqual([]);
  });
});
