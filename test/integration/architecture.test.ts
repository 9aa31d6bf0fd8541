import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Source {
  readonly path: string;
  readonly text: string;
  /** Imports of the file: package names, `node:` names, or paths from the root. */
  readonly imports: readonly string[];
}

function sources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(ROOT, path), "utf8");
      const found = [
        ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/g),
      ];
      const bare = [...text.matchAll(/(?:^|\n)import\s+"([^"]+)"/g)];
      const names = [...found, ...bare].map((match) => match[1] ?? match[2] ?? "");
      const imports = names.map((to) => (to.startsWith(".") ? normalize(join(dirname(path), to)) : to));
      return { path, text, imports };
    });
}

const ALL = [...sources("core"), ...sources("adapters"), ...sources("server")];

/** A development script: it builds the font tables and is never imported. */
const FONT_BUILD = "core/print/fonts/build.ts";
const NODE_ONLY =
  /^server\/cli\.ts$|^server\/(node|cli)\/|^server\/db\/(sqlite|postgres(-[a-z]+)?)\.ts$|^server\/demo\/assets-node\.ts$/;

/** Files for Workers only; the package leaves these files out. */
const WORKER_ONLY = /^server\/worker\/|^server\/db\/d1\.ts$/;
const WORKER_TYPES = "@cloudflare/workers-types";

interface Rule {
  readonly name: string;
  readonly files: (path: string) => boolean;
  readonly allowed: (to: string, from: string) => boolean;
}

const isCore = (to: string) => to.startsWith("core/");
const plain = (to: string) => to === "valibot";

const RULES: Rule[] = [
  {
    name: "core imports core and valibot only, and not its own relay's or print's workings",
    files: (path) => /^core\/[^/]+\.ts$/.test(path),
    allowed: (to) => plain(to) || /^core\/[^/]+\.ts$/.test(to) || to === "core/job.ts",
  },
  {
    name: "core/relay knows neither print nor adapters nor server",
    files: (path) => path.startsWith("core/relay/"),
    allowed: (to) => plain(to) || (isCore(to) && !to.startsWith("core/print/")),
  },
  {
    name: "core/print knows neither relay nor adapters nor server",
    files: (path) => path.startsWith("core/print/") && path !== FONT_BUILD,
    allowed: (to) => plain(to) || to === "pdf-lib" || (isCore(to) && !to.startsWith("core/relay/")),
  },
  {
    name: "an adapter imports core, its own folder, and what 1C adapters share",
    files: (path) => path.startsWith("adapters/"),
    allowed: (to, from) =>
      plain(to) ||
      isCore(to) ||
      to === "ofetch" ||
      to.startsWith("adapters/onec/") ||
      to.startsWith(`${from.split("/").slice(0, 2).join("/")}/`),
  },
  {
    name: "only the entry points and database drivers know a runtime or a driver",
    files: (path) => path.startsWith("server/") && !NODE_ONLY.test(path),
    allowed: (to) => !to.startsWith("node:") && !["better-sqlite3", "pg", "pg-boss", "@hono/node-server"].includes(to),
  },
  {
    name: "only the worker and its database know Cloudflare's types",
    files: (path) => !WORKER_ONLY.test(path),
    allowed: (to, from) => to !== WORKER_TYPES && (!WORKER_ONLY.test(to) || from === to),
  },
  {
    name: "the worker knows no other runtime, and no driver but its own",
    files: (path) => WORKER_ONLY.test(path),
    allowed: (to) => !NODE_ONLY.test(to) && !to.startsWith("server/cli") && !to.startsWith("server/demo/"),
  },
  {
    name: "only server/adapters.ts chooses an adapter",
    files: (path) => path.startsWith("server/") && path !== "server/adapters.ts" && !path.startsWith("server/demo/"),
    allowed: (to) => !to.startsWith("adapters/") || to === "adapters/mock/index.ts",
  },
  {
    name: "nothing but the server imports the server",
    files: (path) => !path.startsWith("server/"),
    allowed: (to) => !to.startsWith("server/"),
  },
];

for (const rule of RULES) {
  test(rule.name, () => {
    const files = ALL.filter((file) => rule.files(file.path));
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap((file) =>
      file.imports.filter((to) => !rule.allowed(to, file.path)).map((to) => `${file.path} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });
}

test("adapters are imported elsewhere as types only", () => {
  const values = ALL.filter((file) => file.path.startsWith("server/") && file.path !== "server/adapters.ts").flatMap(
    (file) =>
      [...file.text.matchAll(/import\s+(?!type\b)[^;]*?from\s+"([^"]*adapters\/[^"]+)"/g)].map(
        (m) => `${file.path} → ${m[1]}`,
      ),
  );
  expect(values).toEqual([]);
});

test("Cloudflare's package gives types only", () => {
  const using = ALL.filter((file) => file.imports.includes(WORKER_TYPES));
  expect(using.map((file) => file.path).sort()).toEqual([
    "server/db/d1.ts",
    "server/worker/index.ts",
    "server/worker/parts.ts",
    "server/worker/wake-ups.ts",
  ]);
  for (const { text } of using) expect(text).toMatch(/import type \{[^}]+\} from "@cloudflare\/workers-types"/);
});

test("every import names an existing file with its ending", () => {
  const paths = new Set(ALL.map((file) => file.path));
  const lost = ALL.flatMap((file) =>
    file.imports
      .filter((to) => /^(core|adapters|server)\//.test(to) && !paths.has(to))
      .map((to) => `${file.path} → ${to}`),
  );
  expect(lost).toEqual([]);
});

test("no file is over 400 lines, except generated files", () => {
  const long = ALL.filter((file) => !file.path.endsWith(".generated.ts")).flatMap((file) => {
    const lines = file.text.split("\n").length;
    return lines > 400 ? [`${file.path}: ${lines}`] : [];
  });
  expect(long).toEqual([]);
});

/** Removes the comments from a text. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

test("core reads no clock and no randomness of its own", () => {
  const own = ALL.filter((file) => file.path.startsWith("core/") && file.path !== FONT_BUILD).flatMap((file) =>
    [
      ...code(file.text).matchAll(
        /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|setTimeout\(|randomUUID\(/g,
      ),
    ].map((match) => `${file.path}: ${match[0]}`),
  );
  expect(own).toEqual([]);
});

test("no file imports itself through others, not even for types", () => {
  const imports = new Map(ALL.map((file) => [file.path, file.imports]));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) circles.push([...way.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const to of imports.get(path) ?? []) if (imports.has(to)) visit(to, [...way, path]);
    done.add(path);
  };
  for (const { path } of ALL) visit(path, []);
  expect(circles).toEqual([]);
});
