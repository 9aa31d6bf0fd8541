import { readdir, readFile } from "node:fs/promises";
import type { DemoAssets } from "./assets.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

export async function readDemoAssets(): Promise<DemoAssets> {
  const folder = new URL("./page/", import.meta.url);
  const files: [string, { type: string; body: string }][] = [];
  for (const name of await readdir(folder)) {
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (type !== undefined) files.push([name, { type, body: await readFile(new URL(name, folder), "utf8") }]);
  }
  return Object.fromEntries(files);
}
