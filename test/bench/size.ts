/*
 * Measures an embedder's cost of each entry of the package, and finds code out of place. Bytes alone do not name a leak.
 * Therefore every entry also names the permitted packages, and the forbidden files and words.
 */
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

/** The limits of one bundle. */
interface Budget {
  readonly entry: string;
  /** Imports only this name: the rest of the entry after tree-shaking. */
  readonly name?: string;
  /** Minified and gzipped bytes of what is loaded at once: measured, and a tenth on top. */
  readonly ceiling: number;
  /** Permitted packages. */
  readonly packages: readonly string[];
  /** Forbidden folders of the project. */
  readonly without: readonly string[];
  /** Forbidden words. `node:` is always forbidden. */
  readonly words?: readonly string[];
}

const BUDGETS: readonly Budget[] = [
  {
    entry: "onec-relay",
    ceiling: 22_600,
    packages: ["valibot"],
    without: ["core/print/", "core/relay/", "adapters/", "server/"],
    words: ["fetch(", "Catalog_", "FontFile2"],
  },
  {
    entry: "onec-relay",
    name: "parseMoney",
    ceiling: 210,
    packages: [],
    without: ["core/wire.js", "core/lifecycle.js"],
  },
  {
    entry: "onec-relay/webhook",
    ceiling: 1_860,
    packages: [],
    without: ["core/print/", "core/relay/", "adapters/", "server/"],
    words: ["fetch("],
  },
  {
    entry: "onec-relay/relay",
    ceiling: 43_100,
    packages: ["valibot"],
    without: ["core/print/", "adapters/", "server/"],
    words: ["Catalog_", "FontFile2"],
  },
  {
    entry: "onec-relay/print",
    ceiling: 67_000,
    // Loaded on demand: all but valibot.
    packages: ["valibot", "pdf-lib", "@pdf-lib/standard-fonts", "@pdf-lib/upng", "pako", "tslib"],
    without: ["core/relay/", "adapters/", "server/"],
    words: ["fetch(", "Catalog_"],
  },
  {
    entry: "onec-relay/adapters/mock",
    ceiling: 9_380,
    packages: [],
    without: ["core/print/", "core/relay/", "adapters/onec", "server/"],
    words: ["fetch(", "Catalog_"],
  },
  {
    entry: "onec-relay/adapters/onec-http",
    ceiling: 31_000,
    packages: ["valibot", "ofetch", "destr", "ufo"],
    without: ["core/print/", "adapters/mock/", "adapters/onec-odata/", "server/"],
    words: ["Catalog_", "FontFile2"],
  },
  {
    entry: "onec-relay/adapters/onec-odata",
    ceiling: 39_000,
    packages: ["valibot", "ofetch", "destr", "ufo"],
    without: ["core/print/", "adapters/mock/", "adapters/onec-http/", "server/"],
    words: ["FontFile2"],
  },
  {
    entry: "onec-relay/server",
    ceiling: 39_900,
    packages: ["hono", "valibot", "@valibot/to-json-schema"],
    without: ["core/print/", "server/db/", "server/demo/", "server/cli"],
  },
];

/** One finished bundle. */
interface Bundle {
  readonly minified: number;
  readonly gzipped: number;
  /** Gzipped bytes of the parts with a load on demand. */
  readonly lazy: number;
  readonly text: string;
  /** Files with code in the bundle. */
  readonly files: readonly string[];
}

async function bundle({ entry, name }: Budget, platform: "neutral" | "browser"): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${name === undefined ? "*" : `{ ${name} }`} from "${entry}";`, resolveDir: "." },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform,
    mainFields: ["module", "main"],
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const outputs = Object.entries(metafile.outputs).map(([path, output]) => {
    const file = outputFiles.find((made) => made.path.endsWith(path));
    if (file === undefined) throw new Error(`esbuild names ${path} and does not give it`);
    return { path, output, contents: file.contents };
  });
  const atOnce = loadedAtOnce(metafile);
  const now = outputs.filter(({ path }) => atOnce.has(path));
  const later = outputs.filter(({ path }) => !atOnce.has(path));
  const sum = (of: typeof outputs, size: (contents: Uint8Array) => number) =>
    of.reduce((total, { contents }) => total + size(contents), 0);
  return {
    minified: sum(now, (contents) => contents.length),
    gzipped: sum(now, (contents) => gzipSync(contents, { level: 9 }).length),
    lazy: sum(later, (contents) => gzipSync(contents, { level: 9 }).length),
    text: outputs.map(({ contents }) => new TextDecoder().decode(contents)).join("\n"),
    files: outputs.flatMap(({ output }) =>
      Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    ),
  };
}

/** Lists the entry's own output and all static imports of this output. */
function loadedAtOnce({ outputs }: Metafile): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const made of outputs[path]?.imports ?? []) if (made.kind === "import-statement") add(made.path);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === "<stdin>") add(path);
  return found;
}

/** Everything wrong with a bundle, in sentences. */
function complaints(budget: Budget, { gzipped, text, files }: Bundle): string[] {
  const said: string[] = [];
  if (gzipped > budget.ceiling) {
    said.push(`is ${gzipped} bytes, ${gzipped - budget.ceiling} over its ceiling: if that is meant, raise the ceiling`);
  }
  for (const file of files) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    if (name !== undefined && !budget.packages.includes(name)) said.push(`contains the package ${name} (${file})`);
    const folder = budget.without.find((part) => file.startsWith(`dist/${part}`));
    if (folder !== undefined) said.push(`contains ${file}, and nothing of ${folder} belongs into it`);
  }
  for (const word of ["node:", ...(budget.words ?? [])]) {
    const at = text.indexOf(word);
    if (at >= 0) said.push(`contains the word ${word} (…${text.slice(Math.max(0, at - 40), at + 40)}…)`);
  }
  return said;
}

const row = (cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, n) => (n === 0 ? String(cell).padEnd(42) : String(cell).padStart(10))).join(""));

const failures: string[] = [];
row(["bytes of", "minified", "gzip", "ceiling", "on demand"]);
for (const budget of BUDGETS) {
  const what = budget.name === undefined ? budget.entry : `{ ${budget.name} } of ${budget.entry}`;
  try {
    // A runtime without Node's modules and a browser resolve packages differently: each must be able to build it.
    const [made] = await Promise.all([bundle(budget, "neutral"), bundle(budget, "browser")]);
    row([what, made.minified, made.gzipped, budget.ceiling, made.lazy === 0 ? "" : made.lazy]);
    failures.push(...complaints(budget, made).map((said) => `${what} ${said}`));
  } catch (error) {
    failures.push(`${what} cannot be bundled: ${error instanceof Error ? error.message : String(error)}`);
  }
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
