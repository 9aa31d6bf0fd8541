import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listExamples } from "../support/readme.ts";

/*
 * The package of an embedder: built and packed from the sources, installed into an empty project, and used there. The
 * project lies outside the repository. Needs npm's registry, unless the npm cache has everything.
 */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The oldest Node.js that the package supports. */
const OLDEST = "22.14.0";
/** Sources of the build and of npm pack. */
const SOURCES = ["core", "adapters", "server", "test/contract", "test/support"];
const FILES = ["package.json", "tsconfig.json", "tsconfig.build.json", "README.md", "LICENSE", "CHANGELOG.md"];

const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
  engines: { node: string };
};
const EXAMPLES = listExamples(readFileSync(join(ROOT, "README.md"), "utf8"));

const folder = mkdtempSync(join(tmpdir(), "onec-relay-package-"));
const project = join(folder, "project");
const RUNTIMES = {
  "the Node.js of the tests": process.execPath,
  [`Node.js ${OLDEST}`]: join(project, "node_modules/node/bin/node"),
};

let packed: readonly string[] = [];

/** An outer npm passes settings of the outer project, and the inner npm must not see these settings. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(lifecycle|package|command|config_local_prefix)|INIT_CWD)/.test(name),
  ),
);

function run(command: string, args: readonly string[], options: ExecFileSyncOptions = {}): string {
  try {
    return String(execFileSync(command, args, { cwd: project, env: ENV, stdio: "pipe", ...options }));
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: unknown; stderr?: unknown };
    throw new Error(`${basename(command)} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

beforeAll(() => {
  const source = join(folder, "source");
  for (const path of [...SOURCES, ...FILES, ".env.example"])
    cpSync(join(ROOT, path), join(source, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(source, "node_modules"));
  run("npm", ["run", "build"], { cwd: source });
  const [made] = JSON.parse(run("npm", ["pack", "--json"], { cwd: source })) as [
    { filename: string; files: readonly { path: string }[] },
  ];
  packed = made.files.map(({ path }) => path);
  mkdirSync(project);
  // Allows npm to run the script of the package with the old Node.js, which downloads the binary for this machine.
  const manifest = { name: "embedder", private: true, type: "module", allowScripts: { node: true } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", join(source, made.filename), `node@${OLDEST}`]);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package", () => {
  test("holds the code with types, and the texts that go along", () => {
    for (const file of [
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
      ".env.example",
      "dist/core/print/fonts/OFL.txt",
      "dist/core/print/fonts/NOTICE.txt",
      "dist/server/demo/page/index.html",
      "dist/test/contract/index.d.ts",
      "adapters/onec-odata/SETUP.ru.md",
      "server/OPERATIONS.md",
      "adapters/onec-http/extension/src/Configuration.xml",
    ]) {
      expect(packed).toContain(file);
    }
  });

  test("holds nothing else", () => {
    const wanted = [
      /^dist\/.+\.(js|d\.ts|txt)$/,
      /^dist\/server\/demo\/page\//,
      /^adapters\/[^/]+\/[\w.]+\.md$/,
      /^server\/[A-Z]+(\.ru)?\.md$/,
      /^adapters\/onec-http\/extension\//,
      /^[^/]+$/,
    ];
    expect(packed.filter((path) => !wanted.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(packed.filter((path) => /\.test\.|fonts\/build/.test(path))).toEqual([]);
  });
});

describe("installed into an empty project", { timeout: 60_000 }, () => {
  test("works as a command on the oldest promised Node.js, with a database", () => {
    expect(`${PACKAGE.engines.node}.0`).toBe(`>=${OLDEST}`);
    // npx puts the project's own node first.
    expect(run("npx", ["--no-install", "node", "--version"]).trim()).toBe(`v${OLDEST}`);
    expect(run("npx", ["--no-install", "onec-relay", "--version"]).trim()).toBe(PACKAGE.version);
    expect(run("npx", ["--no-install", "onec-relay", "--help"])).toContain("Usage: onec-relay COMMAND");
    const env = { ...ENV, DATABASE_URL: "file:./relay.db" };
    run("npx", ["--no-install", "onec-relay", "migrate"], { env });
    expect(existsSync(join(project, "relay.db"))).toBe(true);
  });

  describe.each(Object.entries(RUNTIMES))("under %s", (_, node) => {
    test.each(EXAMPLES.filter(({ runner }) => runner === "node").map((example) => [example.name, example] as const))(
      "runs the example %s, and the example does its work",
      async (name, { program, output, check }) => {
        const { code } = await transform(program, { loader: "ts", format: "esm" });
        writeFileSync(join(project, `${name}.mjs`), code);
        rmSync(join(project, "act-12.pdf"), { force: true });
        expect(run(node, [`${name}.mjs`]).trim()).toBe(output);
        check(project);
      },
    );
  });

  test.each(["webhook", "period", "lifecycle"])("bundles the example %s for a browser", async (name) => {
    const code = EXAMPLES.find((example) => example.name === name)?.code ?? "";
    const { outputFiles } = await build({
      stdin: { contents: code, loader: "ts", resolveDir: project },
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    expect(outputFiles[0]?.text).not.toContain("node:");
  });

  test("gives types that pass the strictest settings", () => {
    for (const { name, code } of EXAMPLES) writeFileSync(join(project, `${name}.ts`), code);
    linkVitest();
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
    const modules = ["--module", "nodenext", "--target", "es2023", "--skipLibCheck", "false"];
    const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const files = EXAMPLES.map(({ name }) => `${name}.ts`);
    let said = "";
    try {
      run(process.execPath, [tsc, ...options, ...modules, ...types, ...files]);
    } catch (error) {
      said = String(error);
    }
    // Other packages' types are not ours to judge.
    expect(said.split("\n").filter((line) => /^(node_modules\/onec-relay\/|\w+\.ts\()/.test(line))).toEqual([]);
  });

  test("runs the suite for adapters with vitest alone", () => {
    linkVitest();
    const contract = EXAMPLES.find(({ runner }) => runner === "vitest")?.code ?? "";
    writeFileSync(join(project, "contract.test.ts"), contract);
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const report = join(folder, "report.json");
    run(process.execPath, [vitest, "run", "--root", project, "--reporter", "json", "--outputFile.json", report]);
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    expect(numFailedTests).toBe(0);
    expect(numPassedTests).toBeGreaterThan(50);
    expect(existsSync(join(project, "node_modules/fast-check"))).toBe(false);
  });
});

/** The repository's vitest, as if the project had installed it. */
function linkVitest(): void {
  const link = join(project, "node_modules/vitest");
  if (!existsSync(link)) symlinkSync(join(ROOT, "node_modules/vitest"), link);
}
