import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSecret } from "../../core/webhook.ts";
import manifest from "../../package.json" with { type: "json" };
import { companyInn, makeRequestData } from "../support/builders.ts";
import { listen, startProcess } from "../support/process.ts";
import { sendSigned } from "../support/signed.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-stop-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Settings of a relay over a 1C at this address. */
const settings = (onecUrl: string) => ({
  ACCOUNTING: "onec-odata",
  ONEC_URL: onecUrl,
  ONEC_USER: "relay",
  ONEC_PASSWORD: "password-of-the-tests",
  ONEC_ORGANIZATION_INN: companyInn(1),
  API_TOKEN: "token-of-the-tests-0123456789",
  DOCUMENT_SECRET: "document-secret-of-the-tests-0123456789",
  PLATFORM_INBOUND_SECRET: createSecret(),
  PLATFORM_OUTBOUND_SECRET: createSecret(),
  DATABASE_URL: `file:${join(folder, "relay.db")}`,
});

test("a process that stops ends a call that 1C never answers, and nothing more reaches 1C", async () => {
  const requests: string[] = [];
  const onec = await listen((request) => void requests.push(String(request.url)));
  const env = settings(onec.url);
  const relay = await startProcess(env);
  await sendSigned(relay.url, env.PLATFORM_INBOUND_SECRET, "act.requested", makeRequestData());
  await expect.poll(() => requests.length, { timeout: 15_000 }).toBeGreaterThan(0);
  const asked = requests.length;
  expect(await relay.kill("SIGTERM")).toBe(0);
  expect(relay.output()).toMatch(/"event":"stopped","interrupted":[1-9]\d*,"running":0/);
  expect(requests).toHaveLength(asked);
  await onec.close();
}, 60_000);

describe.skipIf(process.platform === "win32")("the signal of Node's debugger", () => {
  test.each(["start", "demo"] as const)("opens no debugger under the flags of `npm run %s`", async (script) => {
    const [, flags = ""] = /^exec node (.*)server\/cli\.ts /.exec(manifest.scripts[script]) ?? [];
    const env = { DATABASE_URL: `file:${join(folder, "relay.db")}` };
    const relay = await startProcess(env, [], flags.split(" ").filter(Boolean));
    relay.process.kill("SIGUSR1");
    // Without the flag Node says at once that a debugger listens.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await fetch(`${relay.url}/health/ready`)).status).toBe(200);
    expect(await relay.kill("SIGTERM")).toBe(0);
    expect(relay.output()).not.toMatch(/debugger|inspector/i);
  });
});
