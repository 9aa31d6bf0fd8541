import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSecret, importSecrets, sign, verify } from "../../core/webhook.ts";
import { SETTING_NAMES } from "../../server/config/schema.ts";
import { makeContractorData } from "../support/builders.ts";
import { freePort, listen, type Running, startProcess } from "../support/process.ts";

const CLI = fileURLToPath(new URL("../../server/cli.ts", import.meta.url));
const COMMANDS = ["serve", "migrate", "doctor", "reconcile", "backup", "secret", "send"];

const ODATA = {
  ACCOUNTING: "onec-odata",
  ONEC_URL: "https://1c.example/buh",
  ONEC_USER: "relay",
  ONEC_PASSWORD: "hidden",
  ONEC_ORGANIZATION_INN: "7709123453",
};

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = "";
let children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-cli-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Runs the command line in the test's folder until it ends. */
function run(args: readonly string[], env: Record<string, string> = {}, input: string | Buffer = ""): Promise<Result> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { PATH: process.env.PATH ?? "", ...env } });
  children.push(child);
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    out.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    out.stderr += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...out })));
}

async function serve(env: Record<string, string> = {}, args: readonly string[] = []): Promise<Running> {
  const server = await startProcess({ DATABASE_URL: `file:${join(folder, "data", "relay.db")}`, ...env }, args);
  children.push(server.process);
  return server;
}

function event(payoutId = "payout-1"): Buffer {
  const timestamp = new Date().toISOString();
  const data = { payoutId, requestedAt: timestamp, amount: "100.00", contractor: makeContractorData(2) };
  return Buffer.from(`${JSON.stringify({ type: "act.requested", timestamp, data }, null, 2)}\n`);
}

function ownSecrets(): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, "data", "secrets.json"), "utf8"));
}

async function act(server: Running, actId: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${ownSecrets().API_TOKEN}` };
  return (await (await fetch(`${server.url}/api/acts/${actId}`, { headers })).json()) as Record<string, unknown>;
}

async function until<T>(look: () => Promise<T> | T, wanted: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + 15_000; ; ) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (Date.now() > end) throw new Error(`It did not come to pass: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("the command line", () => {
  test("helps, and lists every command", async () => {
    for (const args of [[], ["--help"], ["-h"], ["help"]]) {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
    }
  });

  test("helps with every command, asked either way", async () => {
    for (const command of COMMANDS) {
      const [one, other] = await Promise.all([run([command, "--help"]), run(["help", command])]);
      expect(one).toMatchObject({ code: 0, stderr: "" });
      expect(one.stdout).toContain(`Usage: onec-relay ${command}`);
      expect(one.stdout).toContain("--help");
      expect(other).toEqual(one);
    }
  });

  test("tells its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each([
    [["serv"], "There is no command serv, did you mean serve?"],
    [["--hepl"], "There is no option --hepl"],
    [["serve", "--dmeo"], "There is no option --dmeo, did you mean --demo?"],
    [["secret", "twice"], 'There is no argument "twice" here'],
    [["send"], "FILE.json is missing"],
    [["send", "x.json"], "--to URL is missing"],
    [["send", "x.json", "--to", "ftp://localhost"], "--to takes an http or https address"],
    [["send", "x.json", "--to", "http://10.0.0.1"], "--to is a plain http address of another machine"],
  ])("refuses %j and names the help", async (args, hint) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(hint);
    expect(stderr).toMatch(/See onec-relay .*--help\n$/);
  });

  test("makes a secret, another one each time", async () => {
    const [one, other] = await Promise.all([run(["secret"]), run(["secret"])]);
    await expect(importSecrets(one.stdout.trim())).resolves.toMatchObject({ hmac: [expect.anything()] });
    expect(one.stdout).not.toBe(other.stdout);
  });

  test("migrates, and says when there was nothing to do", async () => {
    const env = { DATABASE_URL: `file:${join(folder, "new", "relay.db")}` };
    expect((await run(["migrate"], env)).stdout).toMatch(/^Applied: 0001/);
    expect(await run(["migrate"], env)).toEqual({ code: 0, stdout: "Nothing to apply\n", stderr: "" });
  });
});

describe("a start that fails", () => {
  test.each<[string, Record<string, string>]>([
    ["PORT", { PORT: "web" }],
    ["API_TOKEN", { HOST: "0.0.0.0" }],
    ["ACCOUNTING", { ACCOUNTING: "onec" }],
    ["DATABASE_URL", { DATABASE_URL: "postgres://user:hidden/@db/relay" }],
    ["DATABASE_URL", { DATABASE_URL: "mysql://user:hidden@db/relay" }],
    ["HOST", { HOST: "192.0.2.1", PUBLIC_URL: "https://relay.example", ...allSecrets() }],
    ["ACT_TEMPLATE", { ACT_TEMPLATE: "none.json" }],
    ["PLATFORM_OUTBOUND_SECRET", { PLATFORM_OUTBOUND_SECRET: "hidden" }],
    ["ONEC_PRESET", { ...allSecrets(), ...ODATA, ONEC_PRESET: "ut11" }],
  ])("ends with 1 and one line that names the cause: %s", async (name, env) => {
    const { code, stdout, stderr } = await run(["serve"], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(name);
    expect(stderr).toContain("expected");
    expect(stderr).not.toContain("hidden");
  });

  test.each(["serve", "migrate"])("ends %s with 1 and one line when Postgres does not answer", async (command) => {
    const env = { DATABASE_URL: `postgres://user:hidden@127.0.0.1:${await freePort()}/relay`, ...allSecrets() };
    const { code, stdout, stderr } = await run([command], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^[^\n]*ECONNREFUSED[^\n]*\n$/);
    expect(stderr).not.toContain("hidden");
  });

  test("ends with 1 and one line when the file is no database", async () => {
    writeFileSync(join(folder, "relay.db"), "This is no database at all, only some text that is long enough");
    const { code, stderr } = await run(["serve"], { DATABASE_URL: "file:relay.db", PORT: "0" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database relay\.db cannot be opened: [^\n]+\n$/);
  });

  test("reports a taken port and leaves the other server alone", async () => {
    const server = await serve();
    const { code, stderr } = await run(["serve"], { PORT: new URL(server.url).port, DATABASE_URL: "file:other.db" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^PORT \d+ on 127\.0\.0\.1 is taken by another program; expected a free one\n$/);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  test("makes no new secrets in silence when the secrets file is broken", async () => {
    writeFileSync(join(folder, "secrets.json"), "{}");
    const { code, stderr } = await run(["serve"], { DATABASE_URL: "file:relay.db", PORT: "0" });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^API_TOKEN and secrets are kept in secrets\.json, which cannot be read; expected [^\n]+\n$/,
    );
  });
});

function allSecrets(): Record<string, string> {
  const names = SETTING_NAMES.filter((name) => /^(DOCUMENT|PLATFORM_\w+)_SECRET$/.test(name));
  return { API_TOKEN: "token-0123456789abcdef", ...Object.fromEntries(names.map((name) => [name, createSecret()])) };
}

describe("settings", () => {
  test("come from .env in the working folder, from --env-file, and last from the environment", async () => {
    writeFileSync(join(folder, ".env"), "PORT=one\n");
    writeFileSync(join(folder, "other.env"), "PORT=two\n");
    expect((await run(["serve"])).stderr).toContain('PORT is "one"');
    expect((await run(["serve", "--env-file", "other.env"])).stderr).toContain('PORT is "two"');
    expect((await run(["serve"], { PORT: "three" })).stderr).toContain('PORT is "three"');
    // Node itself looks for the option among all arguments, and may be the first to miss the file.
    const lost = await run(["serve", "--env-file", "none.env"]);
    expect(lost.code).not.toBe(0);
    expect(lost.stderr).toContain("none.env");
  });

  test("are named in a warning when unknown", async () => {
    const server = await serve({ PLATFORM_ULR: "https://platform.example" });
    const warning = "Warning: PLATFORM_ULR is not a setting, did you mean PLATFORM_URL?\n";
    await until(server.output, (text) => text.includes(warning));
  });
});

describe("send", () => {
  test("signs the exact bytes, and the secrets that the relay made survive a restart", async () => {
    writeFileSync(join(folder, "event.json"), event());
    const env = { DATABASE_URL: "file:data/relay.db" };
    const server = await serve();
    expect(statSync(join(folder, "data", "secrets.json")).mode & 0o777).toBe(0o600);
    const secrets = ownSecrets();
    const first = await run(["send", "event.json", "--to", server.url, "--id", "evt_1"], env);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/^202 Accepted\n\{.*"duplicate":false/);
    const { actId } = JSON.parse(first.stdout.split("\n")[1] ?? "");
    const ready = await until(
      () => act(server, actId),
      ({ status }) => status === "ready",
    );
    expect(await server.kill("SIGTERM")).toBe(0);

    const again = await serve({ PORT: new URL(server.url).port });
    expect(ownSecrets()).toEqual(secrets);
    const { url, sha256 } = ready.pdf as { url: string; sha256: string };
    expect((await fetch(url)).headers.get("etag")).toContain(sha256);
    const to = `${again.url}/webhooks/platform`;
    const second = await run(["send", "-", "--to", to, "--id", "evt_1"], env, readFileSync(join(folder, "event.json")));
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/^200 OK\n\{.*"duplicate":true/);
    expect(await act(again, actId)).toMatchObject({ status: "ready", document: ready.document });
  });

  test("takes the secret from a named setting, prints a refusal and ends with 1", async () => {
    const keys = await importSecrets(createSecret());
    const text = createSecret();
    const verified: unknown[] = [];
    const platform = await listen(async (request, body, response) => {
      const headers = request.headers as Record<string, string>;
      const bytes = new Uint8Array(body);
      const ours = await importSecrets(text);
      verified.push(await verify({ headers, body: bytes, keys: ours, now: Date.now() }));
      verified.push((await verify({ headers, body: bytes, keys, now: Date.now() })).ok, request.url, body.toString());
      response.writeHead(418).end("no");
    });
    const env = { MY_SECRET: text };
    const result = await run(
      ["send", "-", "--to", `${platform.url}/in?a=1`, "--secret-env", "MY_SECRET"],
      env,
      " {} \n",
    );
    await platform.close();
    expect(result).toEqual({ code: 1, stdout: "418 I'm a Teapot\nno\n", stderr: "" });
    expect(verified).toEqual([expect.objectContaining({ ok: true }), false, "/in?a=1", " {} \n"]);
  });

  test("reports in one line a silent server or a missing secret", async () => {
    const to = `http://127.0.0.1:${await freePort()}`;
    const lost = await run(["send", "-", "--to", to], { PLATFORM_INBOUND_SECRET: createSecret() }, "{}");
    expect(lost).toMatchObject({ code: 1, stdout: "" });
    expect(lost.stderr).toMatch(/^No answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n$/);
    const unset = await run(["send", "-", "--to", to], {}, "{}");
    expect(unset).toMatchObject({
      code: 1,
      stderr: "PLATFORM_INBOUND_SECRET is missing; expected the secret to sign with\n",
    });
    const wrong = await run(["send", "-", "--to", to], { PLATFORM_INBOUND_SECRET: "hidden" }, "{}");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/^PLATFORM_INBOUND_SECRET cannot be used [^\n]+\n$/);
    expect(wrong.stderr).not.toContain("hidden");
  });
});

describe("a stop", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "lets a running request finish on %s and ends with 0",
    async (signal) => {
      const server = await serve();
      const body = event();
      const keys = await importSecrets(ownSecrets().PLATFORM_INBOUND_SECRET ?? "");
      const signed = await sign({ id: "evt_1", timestamp: Math.floor(Date.now() / 1000), body, keys });
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk.toString();
      });
      const headers = { host: "relay", "content-type": "application/json", "content-length": body.length, ...signed };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(`POST /webhooks/platform HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      socket.write(body.subarray(0, 10));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const gone = server.kill(signal);
      await until(
        () =>
          fetch(server.url).then(
            () => true,
            () => false,
          ),
        (answers) => !answers,
      );
      expect(server.process.exitCode).toBeNull();
      socket.write(body.subarray(10));
      expect(await gone).toBe(0);
      expect(answer).toMatch(/^HTTP\/1\.1 202 /);
      const again = await serve();
      const { actId } = JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? "");
      await until(
        () => act(again, actId),
        ({ status }) => status === "ready",
      );
    },
  );

  test("lets a running job finish, so that no webhook goes out twice", async () => {
    let calls = 0;
    const platform = await listen(async (_request, _body, response) => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      response.writeHead(204).end();
    });
    const env = { PLATFORM_URL: platform.url };
    const server = await serve(env);
    await run(["send", "-", "--to", server.url], { DATABASE_URL: "file:data/relay.db" }, event());
    await until(
      () => calls,
      (count) => count === 1,
    );
    expect(await server.kill("SIGTERM")).toBe(0);
    await serve(env);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(calls).toBe(1);
    await platform.close();
  });

  test("is immediate on a second signal", async () => {
    const platform = await listen(() => undefined);
    const server = await serve({ PLATFORM_URL: platform.url, LOG_LEVEL: "info" });
    await run(["send", "-", "--to", server.url], { DATABASE_URL: "file:data/relay.db" }, event());
    await until(
      () => server.output(),
      (text) => text.includes("202"),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const gone = server.kill("SIGTERM");
    await until(
      () => server.output(),
      (text) => text.includes('"stopping"'),
    );
    // A second signal at once counts as the first: on Ctrl-C the terminal and npm send one signal each.
    server.process.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(server.process.exitCode).toBeNull();
    server.process.kill("SIGTERM");
    expect(await gone).toBe(143);
    await platform.close();
  });

  test("does not wait for a page with an open event stream", async () => {
    const server = await serve({}, ["--demo"]);
    await until(server.output, (text) => text.includes(`Личный кабинет: ${server.url}/demo/\n`));
    const stream = await fetch(`${server.url}/demo/api/stream`);
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    const begun = Date.now();
    expect(await server.kill("SIGTERM")).toBe(0);
    expect(Date.now() - begun).toBeLessThan(3000);
    await stream.body?.cancel().catch(() => undefined);
  });
});
