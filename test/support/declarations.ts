import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Something declared: in which file, under which name there. */
interface Declared {
  readonly file: string;
  readonly name: string;
}

/** One emitted declaration file, as far as names go. */
interface DeclarationFile {
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly exports: ReadonlyMap<string, { readonly from: string | null; readonly name: string }>;
  /** Constants, for example behind `typeof` in a type. Users need no name for a constant. */
  readonly constants: ReadonlySet<string>;
  /** The text of each top-level declaration. */
  readonly bodies: ReadonlyMap<string, string>;
}

/** Reads the exports of emitted `.d.ts` files, and the names in these exports. */
export interface Declarations {
  /** Exported names, sorted. */
  names(file: string): string[];
  /** Lists names in a file's exports, at any depth, without an export of their own: `file → name`, with the place. */
  leaks(file: string, publicFiles: readonly string[]): string[];
}

/** Makes a reader of declaration files, fresh from tsc. */
export function createDeclarations(): Declarations {
  const read = new Map<string, DeclarationFile>();

  function load(file: string): DeclarationFile {
    const known = read.get(file) ?? parse(readFileSync(file, "utf8"));
    read.set(file, known);
    return known;
  }

  /** Finds the source of a name of a file; null for a name of another package. */
  function origin(file: string, name: string): Declared | null {
    const { exports, imports, bodies } = load(file);
    const exported = exports.get(name);
    const [from, there] = exported === undefined ? [null, name] : [exported.from, exported.name];
    if (from !== null) return follow(file, from, there);
    const imported = imports.get(there);
    if (imported !== undefined) return follow(file, imported.from, imported.name);
    return bodies.has(there) ? { file, name: there } : null;
  }

  function follow(file: string, from: string, name: string): Declared | null {
    if (!from.startsWith(".")) return null;
    return origin(join(dirname(file), from.replace(/(\.d)?\.[tj]s$/, ".d.ts")), name);
  }

  function mentioned({ file, name }: Declared): Declared[] {
    const words = new Set(
      load(file)
        .bodies.get(name)
        ?.match(/\b[A-Za-z_]\w*\b/g) ?? [],
    );
    words.delete(name);
    return [...words].flatMap((word) => origin(file, word) ?? []);
  }

  const exportsOf = (file: string) => [...load(file).exports.keys()].flatMap((name) => origin(file, name) ?? []);
  const key = ({ file, name }: Declared) => `${file} → ${name}`;

  return {
    names: (file) => [...load(file).exports.keys()].sort(),
    leaks(file, publicFiles) {
      const known = new Set(publicFiles.flatMap(exportsOf).map(key));
      const seen = new Set<string>();
      const found: string[] = [];
      const visit = (declared: Declared, by: string): void => {
        if (seen.has(key(declared))) return;
        seen.add(key(declared));
        const named = !load(declared.file).constants.has(declared.name);
        if (named && !known.has(key(declared))) found.push(`${key(declared)} (${by} mentions it)`);
        for (const next of mentioned(declared)) visit(next, declared.name);
      };
      for (const declared of exportsOf(file)) visit(declared, "the entry");
      return found;
    },
  };
}

const IMPORT = /^import (?:type )?\{([^}]*)\} from "([^"]+)"/gm;
const EXPORT_LIST = /^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?/gm;
const DECLARATION = /^(export )?(?:declare )?(?:abstract )?(interface|type|function|const|class) (\w+)/gm;

function parse(source: string): DeclarationFile {
  const text = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  if (/^export (\*|default)/m.test(text))
    throw new Error("a public list is written by hand, without export * or default");
  const imports = new Map<string, { from: string; name: string }>();
  for (const [, list = "", from = ""] of text.matchAll(IMPORT)) {
    for (const { name, as } of listed(list)) imports.set(as, { from, name });
  }
  const exports = new Map<string, { from: string | null; name: string }>();
  for (const [, list = "", from] of text.matchAll(EXPORT_LIST)) {
    for (const { name, as } of listed(list)) exports.set(as, { from: from ?? null, name });
  }
  const bodies = new Map<string, string>();
  const constants = new Set<string>();
  const heads = [...text.matchAll(DECLARATION)];
  for (const [n, head] of heads.entries()) {
    const [, exported, keyword, name = ""] = head;
    if (keyword === "const") constants.add(name);
    bodies.set(name, (bodies.get(name) ?? "") + text.slice(head.index, heads[n + 1]?.index));
    if (exported !== undefined) exports.set(name, { from: null, name });
  }
  return { imports, exports, constants, bodies };
}

function listed(list: string): { name: string; as: string }[] {
  return list
    .split(",")
    .map((part) => part.trim().replace(/^type /, ""))
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", as = name] = part.split(" as ");
      return { name, as };
    });
}
