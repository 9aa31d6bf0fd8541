import { readFileSync } from "node:fs";

/** Version of this package, from the nearest package.json above. */
export function readPackageVersion(): string {
  // One level less in the sources than in what is built of them.
  for (const up of ["../../", "../../../"]) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), "utf8");
      return (JSON.parse(text) as { version: string }).version;
    } catch {}
  }
  return "0.0.0";
}
