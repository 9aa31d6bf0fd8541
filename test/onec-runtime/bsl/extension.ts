import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseModule } from "./parser.ts";
import type { Module } from "./syntax.ts";

const ROOT = fileURLToPath(new URL("../../../adapters/onec-http/extension/src/", import.meta.url));
/** Folder of the second extension, with the role of rights to БП's own objects. */
export const RIGHTS_ROOT = fileURLToPath(new URL("../../../adapters/onec-http/extension/rights/", import.meta.url));
const BOM = "\uFEFF";

/** Paths of all files of a dump, with `/`. */
export function extensionFiles(root = ROOT): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\/+/, ""))
    .toSorted();
}

/** A file's text as it is, its byte order mark included. */
export function rawText(path: string, root = ROOT): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(root + path));
}

/** A file's text without its byte order mark. */
export function textOf(path: string, root = ROOT): string {
  return rawText(path, root).replace(BOM, "");
}

/** What the dump must begin every file with. */
export const BYTE_ORDER_MARK = BOM;

/** Every module of the extension by its path. */
export function extensionModules(): Map<string, Module> {
  const paths = extensionFiles().filter((path) => path.endsWith(".bsl"));
  return new Map(paths.map((path) => [path, parseModule(path, textOf(path))]));
}

/** The common modules, ready to be called by their names. */
export function commonModules(): Module[] {
  const paths = extensionFiles().filter((path) => path.startsWith("CommonModules/") && path.endsWith(".bsl"));
  return paths.map((path) => parseModule(path.split("/")[1] as string, textOf(path)));
}
