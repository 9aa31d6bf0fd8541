import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBsl } from "./bsl-source.ts";
import { judgeSource, type Verdict } from "./judge.ts";
import type { Source } from "./source.ts";
import { readTypeScript } from "./typescript-source.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDERS = ["core", "adapters", "server", "test"];

/** The parts of the project with separate counts. */
export type Part = "product" | "test" | "extension";

/** Judges every source of the project, in the order of paths. A file that a tool wrote is left out. */
export function judgeProject(): Verdict[] {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
  );
  const sources = paths.filter(isSource).sort().map(readSource);
  const members = sources.flatMap(({ functions }) => functions).filter(({ kind }) => kind === "member");
  const memberNames = new Set(members.map(({ name }) => name));
  return sources.map((source) => judgeSource(source, memberNames));
}

/** The part of the project that a file belongs to. */
export function partOf(path: string): Part {
  if (path.endsWith(".bsl")) return "extension";
  return path.startsWith("test/") ? "test" : "product";
}

/** The folder of a file in a table: at most two names deep. */
export function folderOf(path: string): string {
  if (path.endsWith(".bsl")) return "extension (1C)";
  return path.split("/").slice(0, -1).slice(0, 2).join("/");
}

function isSource(path: string): boolean {
  return /\.(?:ts|bsl)$/.test(path) && !/\.generated\.ts$|(?:^|\/)(?:node_modules|fixtures)\//.test(path);
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  return path.endsWith(".bsl") ? readBsl(path, text) : readTypeScript(path, text);
}
