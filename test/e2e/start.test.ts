import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findFreePort } from "../support/process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ENV = {
  PATH: process.env.PATH ?? "",
  DATABASE_URL: "file:data/relay.db",
  LOG_LEVEL: "info",
  npm_config_update_notifier: "false",
};

interface Started {
  readonly url: string;
  readonly npm: ChildProcess;
  /** Returns the printed output of npm and the relay. */
  output(): string;
  /** The code that npm ends with, or the signal. */
  readonly ended: Promise<number | string | null>;
}

let folder = "";
let group = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-start-"));
  group = 0;
  // Scripts run in the folder of package.json: here they find no settings and no data of the developer.
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  for (const name of ["node_modules", "core", "adapters", "server"]) symlinkSync(join(ROOT, name), join(folder, name));
});
afterEach(() => {
  if (group !== 0 && members(group) > 0) process.kill(-group, "SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts a script of package.json by npm, at the head of a process group, and waits until the relay answers. */
async function start(args: readonly string[]): Promise<Started> {
  const port = await findFreePort();
  const npm = spawn("npm", ["run", ...args], {
    cwd: folder,
    detached: true,
    env: { ...ENV, HOME: folder, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  group = npm.pid ?? 0;
  let printed = "";
  for (const stream of [npm.stdout, npm.stderr])
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const ended = new Promise<number | string | null>((resolve) => npm.once("exit", (code, by) => resolve(code ?? by)));
  const url = `http://127.0.0.1:${port}`;
  await until(
    () => npm.exitCode !== null || printed.includes(url),
    30_000,
    () => printed,
  );
  expect(await answers(`${url}/health/live`), printed).toBe(true);
  return { url, npm, ended, output: () => printed };
}

async function until(seen: () => boolean | Promise<boolean>, ms: number, say: () => string): Promise<void> {
  for (const end = Date.now() + ms; !(await seen()); ) {
    if (Date.now() > end) throw new Error(`It did not come to pass:\n${say()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

/** How many processes of the group run. Nobody may have buried an orphan yet: the dead are not counted. */
function members(group: number): number {
  if (!existsSync("/proc/self/stat")) {
    try {
      process.kill(-group, 0);
      return 1;
    } catch {
      return 0;
    }
  }
  const stats = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return stats.filter((pid) => {
    try {
      const [state, , of] = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return Number(of) === group && state !== "Z";
    } catch {
      return false;
    }
  }).length;
}

/** Nothing is left: no process, nobody on the port, and the database closed as a stop closes it. */
async function expectGone({ url, output }: Started): Promise<void> {
  await until(
    () => members(group) === 0,
    5000,
    () => `${members(group)} processes still run\n${output()}`,
  );
  expect(await answers(`${url}/health/live`)).toBe(false);
  expect(existsSync(join(folder, "data/relay.db"))).toBe(true);
  expect(existsSync(join(folder, "data/relay.db-wal"))).toBe(false);
  expect(output()).toContain('"event":"stopped"');
}

/** Sends the beginning of a request and leaves the body unfinished. */
async function halfRequest(url: string): Promise<{ readonly socket: Socket; answer(): string }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    answer += chunk.toString();
  });
  socket.write("POST /webhooks/platform HTTP/1.1\r\nhost: relay\r\ncontent-length: 2\r\n\r\n{");
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { socket, answer: () => answer };
}

describe.skipIf(process.platform === "win32")("a relay that npm started", () => {
  test.each<[string, NodeJS.Signals]>([
    ["start", "SIGTERM"],
    ["start", "SIGINT"],
    ["demo", "SIGTERM"],
    ["relay -- serve", "SIGTERM"],
    ["dev", "SIGTERM"],
    ["dev", "SIGINT"],
  ])("under `npm run %s` stops when npm alone gets %s, and npm waits for the relay", async (script, signal) => {
    const started = await start(script.split(" "));
    started.npm.kill(signal);
    expect(await started.ended, started.output()).toBe(0);
    await expectGone(started);
  });

  test.each(["SIGHUP", "SIGKILL"] as const)("stops when npm ends by %s", async (signal) => {
    const started = await start(["start"]);
    started.npm.kill(signal);
    expect(await started.ended).toBe(signal);
    await expectGone(started);
  });

  test.each<[string, NodeJS.Signals]>([
    ["Ctrl-C", "SIGINT"],
    ["the end of the terminal", "SIGHUP"],
  ])("lets a running request finish on %s to %s", async (_, signal) => {
    const started = await start(["start"]);
    const { socket, answer } = await halfRequest(started.url);
    process.kill(-group, signal);
    await until(() => started.output().includes('"stopping"'), 5000, started.output);
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.end("}");
    await expectGone(started);
    expect(answer()).toMatch(/^HTTP\/1\.1 401 /);
  });
});
