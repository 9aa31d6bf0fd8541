import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSecret } from "../../core/webhook.ts";
import { makeContractorData } from "../support/builders.ts";
import {
  copyInto,
  isSent,
  listTexts,
  parseDockerfile,
  parseList,
  readVariables,
  type Stage,
} from "../support/dockerfile.ts";
import { findFreePort } from "../support/process.ts";
import { sendSigned } from "../support/signed.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const STAGES = parseDockerfile(read("Dockerfile"));
const [BUILD, RUN] = STAGES as [Stage, Stage];
const MANIFEST = JSON.parse(read("package.json"));
/** The user id of the container. This user does not own the files of the image. */
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

describe("Dockerfile", () => {
  test("builds in one stage and runs in another, as a user without rights", () => {
    expect(STAGES.map(({ name }) => name)).toEqual(["build", null]);
    expect(new Set(STAGES.map(({ image }) => image))).toEqual(new Set(["node:24-bookworm-slim"]));
    expect(listTexts(RUN, "USER")).toEqual(["node"]);
    expect(RUN.instructions.findIndex(({ name }) => name === "USER")).toBeGreaterThan(
      RUN.instructions.findLastIndex(({ name }) => name === "RUN"),
    );
    const major = Number(/^node:(\d+)/.exec(RUN.image)?.[1]);
    expect(major).toBeGreaterThanOrEqual(Number(/\d+/.exec(MANIFEST.engines.node)?.[0]));
  });

  test("sends the copied files to the build, and no secret or large file", () => {
    const rules = read(".dockerignore");
    for (const path of [".env", "relay.env", "data/relay.db", "node_modules/x", "dist/x", ".git/config", "test/x.ts"]) {
      expect([path, isSent(path, rules)]).toEqual([path, false]);
    }
    expect(isSent("server/cli.ts", rules)).toBe(true);
    expect(isSent("server/demo/page/index.html", rules)).toBe(true);
  });

  test("writes only to the volume, and runs the package's own program", () => {
    expect(listTexts(RUN, "VOLUME")).toEqual(["/data"]);
    expect(readVariables(RUN)).toMatchObject({ DATABASE_URL: "file:/data/relay.db", NODE_ENV: "production" });
    expect(listTexts(RUN, "EXPOSE")).toEqual([readVariables(RUN).PORT]);
    const [program = "", flag = "", script = ""] = parseList(listTexts(RUN, "ENTRYPOINT")[0]);
    expect([program, flag, `./${script}`]).toEqual(["node", "--disable-sigusr1", MANIFEST.bin["onec-relay"]]);
    expect(parseList(listTexts(RUN, "CMD")[0])).toEqual(["serve"]);
  });
});

describe("compose.yaml", () => {
  const text = read("compose.yaml");
  /** The lines of one top-level block or service, by its indentation. */
  const block = (name: string, depth = 2) =>
    new RegExp(`^ {${depth}}${name}:.*\\n((?: {${depth + 1}}.*\\n|\\n)*)`, "m").exec(`${text}\n`)?.[0] ?? "";

  test("has two nodes, a proxy and Postgres, each hardened and started again", () => {
    const services = [...block("services", 0).matchAll(/^ {2}([a-z0-9-]+):/gm)].map((match) => match[1]);
    expect(services).toEqual(["node-1", "node-2", "proxy", "postgres"]);
    for (const each of [block("x-node", 0), block("proxy"), block("postgres")]) expect(each).toContain("<<: *hardened");
    for (const rule of ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "restart: unless-stopped"]) {
      expect(block("x-hardened", 0)).toContain(rule);
    }
    for (const node of ["node-1", "node-2"]) {
      expect(block(node)).toContain(`${node}: *node`);
      expect(block("caddyfile")).toMatch(new RegExp(`reverse_proxy .*\\b${node}:8080`));
    }
  });

  test("waits for health, keeps its data, writes no secret", () => {
    expect(block("x-node", 0)).toMatch(/depends_on:\n +postgres: \{ condition: service_healthy \}/);
    expect(block("postgres")).toContain("pg_isready");
    expect(block("postgres")).toContain("postgres-data:/var/lib/postgresql/data");
    expect(block("volumes", 0)).toContain("postgres-data:");
    expect(block("x-node", 0)).toContain("env_file: relay.env");
    for (const [, value = ""] of text.matchAll(/(?:PASSWORD|SECRET|TOKEN): (.*)$/gm))
      expect(value).toMatch(/^\$\{.*\}$/);
    expect(text).toMatch(/DATABASE_URL: postgres:\/\/relay:\$\{POSTGRES_PASSWORD:\?[^}]*\}@postgres:5432\/relay$/m);
    expect(read(".gitignore")).toMatch(/^\.env$/m);
    expect(read(".gitignore")).toMatch(/^relay\.env$/m);
  });

  test("lets a node finish running work", () => {
    expect(Number(/stop_grace_period: (\d+)s/.exec(block("x-node", 0))?.[1])).toBeGreaterThan(10);
  });
});

/** The image without Docker: each instruction done in folders, and the program run from there as the image would. */
describe("the image", () => {
  const base = mkdtempSync(join(tmpdir(), "relay-image-"));
  const roots = new Map<string, string>();
  const app = join(base, "run", "app");
  const data = join(base, "run", "data");

  beforeAll(() => {
    chmodSync(base, 0o755);
    for (const [name, stage] of [
      ["build", BUILD],
      ["run", RUN],
    ] as const) {
      const root = join(base, name);
      roots.set(name, root);
      const workdir = join(root, listTexts(stage, "WORKDIR")[0] ?? "");
      mkdirSync(workdir, { recursive: true });
      for (const instruction of stage.instructions) {
        if (instruction.name === "COPY") copyInto(workdir, instruction, ROOT, roots);
        else if (instruction.name === "RUN") runIn(workdir, instruction.text, root);
      }
    }
    execFileSync("chmod", ["-R", "a-w,a+rX", app]);
  }, 300_000);

  afterAll(() => {
    execFileSync("chmod", ["-R", "u+w", app]);
    rmSync(base, { recursive: true });
  });

  /** Runs a RUN line. `npm ci` runs only on request: the same packages from the same lock are here already. */
  function runIn(workdir: string, line: string, root: string): void {
    if (line === "mkdir /data && chown node:node /data") {
      mkdirSync(join(root, "data"));
      if (IS_ROOT) chownSync(join(root, "data"), NOBODY, NOBODY);
      return;
    }
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    if (line.startsWith("npm ci") && process.env.IMAGE_NPM_CI !== "1") {
      // Hard links copy the folder where both folders share a disk. A file that npm writes in place is removed from the
      // copy.
      const [modules, copy] = [join(ROOT, "node_modules"), join(workdir, "node_modules")];
      mkdirSync(copy);
      // The dot makes cp copy the content, also when the folder is a link.
      execFileSync("sh", ["-c", 'cp -al "$0/." "$1" || cp -a "$0/." "$1"', modules, copy]);
      // Caches of the tests are no packages.
      for (const name of [".package-lock.json", ".vitest-cache", ".vite", ".vite-temp"]) {
        rmSync(join(copy, name), { recursive: true, force: true });
      }
    } else {
      execFileSync("sh", ["-c", line], { cwd: workdir, env, stdio: ["ignore", "ignore", "pipe"] });
    }
  }

  function start(words: readonly string[], env: Record<string, string>) {
    const child = spawn(words[0] === "node" ? process.execPath : (words[0] ?? ""), words.slice(1), {
      cwd: app,
      env: { PATH: "/usr/bin:/bin", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    let output = "";
    const gather = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on("data", gather);
    child.stderr.on("data", gather);
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { child, ended, output: () => output };
  }

  async function imageEnv(): Promise<Record<string, string>> {
    const set = readVariables(RUN);
    return { ...set, DATABASE_URL: `file:${data}/relay.db`, PORT: String(await findFreePort()) };
  }

  test("holds the needed files and no more", async () => {
    expect(readdirSync(app).sort()).toEqual(["LICENSE", "dist", "node_modules", "package.json"]);
    const there = (name: string) => existsSync(join(app, "node_modules", name));
    expect(Object.keys(MANIFEST.devDependencies).filter(there)).toEqual([]);
    const imports = Object.keys(MANIFEST.dependencies).map((name) => `await import(${JSON.stringify(name)});`);
    const { ended, output } = start(["node", "--input-type=module", "-e", imports.join("")], {});
    expect([await ended, output()]).toEqual([0, ""]);
    const [size = ""] = execFileSync("du", ["-sm", app], { encoding: "utf8" }).split("\t");
    expect(Number(size)).toBeLessThan(70);
  });

  test("runs as nobody from read-only files, tells health, prints an act, stops on a signal", async () => {
    const secret = createSecret();
    const env: Record<string, string> = {
      ...(await imageEnv()),
      PUBLIC_URL: "https://relay.example.com",
      API_TOKEN: "token-of-the-image-test-0123456789",
      DOCUMENT_SECRET: "secret-of-the-image-test-0123456789abcdef",
      PLATFORM_INBOUND_SECRET: secret,
      PLATFORM_OUTBOUND_SECRET: createSecret(),
    };
    const health = parseList(listTexts(RUN, "HEALTHCHECK")[0]);
    expect(await start(health, env).ended).toBe(1);

    const program = [...parseList(listTexts(RUN, "ENTRYPOINT")[0]), ...parseList(listTexts(RUN, "CMD")[0])];
    const server = start(program, env);
    const until = Date.now() + 30_000;
    while ((await start(health, env).ended) !== 0) {
      if (Date.now() > until || server.child.exitCode !== null)
        throw new Error(`It is not healthy:\n${server.output()}`);
    }
    const url = `http://127.0.0.1:${env.PORT}`;
    const requestedAt = new Date().toISOString();
    const asked = { payoutId: "p-1", requestedAt, amount: "15000.00", contractor: makeContractorData(2) };
    const { actId } = await sendSigned(url, secret, "act.requested", asked);
    const headers = { authorization: `Bearer ${env.API_TOKEN}` };
    const pdf = async () => fetch(`${url}/api/acts/${actId}/pdf`, { headers });
    let printed = await pdf();
    while (!printed.ok && Date.now() < until) printed = await pdf();
    expect(new TextDecoder().decode(await printed.bytes()).slice(0, 5)).toBe("%PDF-");

    server.child.kill("SIGTERM");
    expect([await server.ended, server.output()]).toEqual([0, expect.stringContaining('"event":"stopped"')]);
    expect(readdirSync(data)).toContain("relay.db");
    expect(await start(health, env).ended).toBe(1);
  });

  test("runs any other command", async () => {
    const { ended, output } = start([...parseList(listTexts(RUN, "ENTRYPOINT")[0]), "--version"], await imageEnv());
    expect([await ended, output().trim()]).toEqual([0, MANIFEST.version]);
  });
});
