import { describe, expect, test } from "vitest";
import { createSecret } from "../../../core/webhook.ts";
import { createAdapter } from "../../../server/adapters.ts";
import { ConfigError, readConfig } from "../../../server/config/index.ts";
import { companyInn } from "../../support/builders.ts";

const PULL = {
  ACCOUNTING: "onec-http",
  ONEC_TRANSPORT: "pull",
  ONEC_ORGANIZATION_INN: companyInn(1),
  ONEC_INBOUND_SECRET: createSecret(),
  API_TOKEN: "token-of-the-tests-0123456789",
  DOCUMENT_SECRET: "document-secret-of-the-tests-0123456789",
  PLATFORM_INBOUND_SECRET: createSecret(),
  PLATFORM_OUTBOUND_SECRET: createSecret(),
};
const PUSH = {
  ...PULL,
  ONEC_TRANSPORT: "push",
  ONEC_URL: "https://1c.example/buh/",
  ONEC_USER: "Обмен",
  ONEC_PASSWORD: "пароль",
  ONEC_OUTBOUND_SECRET: createSecret(),
};

const connected = async (env: Record<string, string>) => createAdapter(await readConfig(env), { clock: Date.now });

describe("ACCOUNTING=onec-http", () => {
  test("calls 1C in push, and hands out nothing", async () => {
    const {
      adapter,
      openCommandQueue: commands,
      mock,
      organizationInn,
    } = await connected({ ...PUSH, ONEC_TIMEOUT_MS: "5000" });
    expect(adapter).toMatchObject({ name: "onec-http", flags: { prints: true }, timeoutMs: 5000 });
    expect([commands, mock, organizationInn]).toEqual([undefined, null, companyInn(1)]);
  });

  test("hands out commands in pull, and needs no address of 1C", async () => {
    const { adapter, openCommandQueue: commands } = await connected(PULL);
    expect(adapter.name).toBe("onec-http");
    expect(commands).toBeTypeOf("function");
  });

  test("cannot answer 1C with a public key", async () => {
    const env = { ...PULL, ONEC_INBOUND_SECRET: `whpk_${btoa("k".repeat(32))}` };
    const refused = connected(env);
    await expect(refused).rejects.toBeInstanceOf(ConfigError);
    await expect(refused).rejects.toThrow(/ONEC_INBOUND_SECRET has only public keys; expected a whsec_/);
    // Only events may be signed with a public key.
    expect((await connected({ ...PUSH, ONEC_INBOUND_SECRET: env.ONEC_INBOUND_SECRET })).adapter.name).toBe("onec-http");
  });
});
