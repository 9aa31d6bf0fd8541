import { readFileSync } from "node:fs";

/** Reads the version of this package from the nearest package.json above. */
export function readPackageVersion(): string {
  // The sources are one level less deep than the build.
  for (const up of ["../../", "../../../"]) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), "utf8");
      return (JSON.parse(text) as { version: string }).version;
    } catch {}
  }
  return "0.0.0";
}
