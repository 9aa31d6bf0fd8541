import { readFileSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import {
  formatRequestId,
  isRequestId,
  OPERATIONS,
  type Operation,
  REFUSALS,
  type RequestMessage,
  requestSchema,
  toAnswerId,
} from "../../../adapters/onec-http/protocol.ts";
import { PENDING } from "../../../core/adapter.ts";
import { PROBLEMS } from "../../../core/errors.ts";
import { createSecret, importSecrets, sign, verify } from "../../../core/webhook.ts";
import { protocolDocument } from "../../onec-runtime/http/document.ts";
import { actParams, bareContractor, fullContractor, orderParams, refOf } from "../../support/accounting.ts";
import { CALLS } from "../../support/mock-calls.ts";

const DOCUMENT = new URL("../../../adapters/onec-http/protocol.openapi.json", import.meta.url);

/** Calls a method of the adapter and returns the command for 1C. */
async function left(call: (adapter: ReturnType<typeof pull>, context: never) => Promise<unknown>, options = {}) {
  let command: unknown = null;
  const id = "msg_1:step:0";
  const leave = (body: object) => {
    command = { ...body, id };
  };
  const context = { id, leaveCommand: leave };
  expect(await call(pull(options), context as never)).toBe(PENDING);
  return v.parse(requestSchema, command);
}

function pull(options = {}) {
  return createOnecHttpAdapter({ organizationInn: MOCK_ORGANIZATION.inn, ...options });
}

const CARD = refOf("card", 1);

describe("messages", () => {
  test("have, for an act, money, quantity and days as text, the marker and the days of the period", async () => {
    const lines = [{ name: "Консультации", quantity: 2500, unit: "ч", price: 33_333, amount: 83_333 }];
    const params = actParams(CARD, 1, { amount: 83_333, lines });
    const { operation, settings, params: sent } = await left((adapter, at) => adapter.createAct(params, at));
    expect(operation).toBe("act");
    expect(settings).toEqual({ organizationInn: MOCK_ORGANIZATION.inn, actDocument: "receipt" });
    expect(sent).toMatchObject({
      ref: params.ref,
      amount: "833.33",
      date: "2026-10-31",
      marker: `onec-relay:${params.ref}`,
      comment: `onec-relay:${params.ref} 2026-10-01..2026-10-31`,
      lines: [
        {
          content: "Консультации, с 01.10.2026 по 31.10.2026",
          quantity: "2.5",
          price: "333.33",
          amount: "833.33",
        },
      ],
    });
  });

  test.each([
    [1, "0.001"],
    [1000, "1"],
    [1_000_125, "1000.125"],
    [20_000, "20"],
  ])("write a quantity of %i thousandths as %s", async (quantity, text) => {
    const lines = [{ name: "Услуги", quantity, unit: "усл.", price: 1, amount: 1_500_000 }];
    const { params } = await left((adapter, at) => adapter.createAct(actParams(CARD, 1, { lines }), at));
    expect(params.lines).toMatchObject([{ quantity: text }]);
  });

  test("do not repeat the days where the template names the days", async () => {
    const name = "Услуги за период с\u00A001.10.2026 по\u00A031.10.2026";
    const lines = [{ name, quantity: 1000, unit: "усл.", price: 1_500_000, amount: 1_500_000 }];
    const { params } = await left((adapter, at) => adapter.createAct(actParams(CARD, 1, { lines }), at));
    expect(params.lines).toMatchObject([{ content: name }]);
  });

  test("have, for a card, the update rules and the contract's line", async () => {
    const bare = { ref: CARD, contractor: bareContractor(1) };
    const plain = await left((adapter, at) => adapter.upsertCounterparty(bare, at));
    expect(plain.params).toMatchObject({ updateExisting: "always", confirmed: false });
    expect(plain.params.contractLine).toBeUndefined();
    const full = { ref: CARD, contractor: fullContractor(1), boundRef: refOf("card", 2), confirmed: true };
    const careful = await left((adapter, at) => adapter.upsertCounterparty(full, at), { updateExisting: "confirm" });
    expect(careful.params).toMatchObject({
      updateExisting: "confirm",
      confirmed: true,
      boundRef: refOf("card", 2),
      contractLine: { prefix: "Договор: ", url: "https://platform.example/contracts/1" },
    });
  });

  test("carry the settings of this relay", async () => {
    const options = { actDocument: "sale", organizationAccount: "40702810938000012345" };
    const { settings } = await left((adapter, at) => adapter.createPaymentOrder(orderParams(CARD), at), options);
    expect(settings).toEqual({ organizationInn: MOCK_ORGANIZATION.inn, ...options });
  });

  test("fit the schema of the operation, for every call", async () => {
    const seen = new Set<Operation>();
    for (const [name, call] of Object.entries(CALLS)) {
      if (name === "check") continue;
      const commands: RequestMessage[] = [];
      const adapter = pull();
      const leaving = Object.fromEntries(
        Object.entries(adapter).map(([method, member]) => [
          method,
          typeof member !== "function"
            ? member
            : (...args: unknown[]) =>
                (member as (...all: unknown[]) => unknown)(...args.slice(0, -1), {
                  id: "msg_1:step:0",
                  leaveCommand: (body: object) => void commands.push({ ...body, id: "msg_1:step:0" } as RequestMessage),
                }),
        ]),
      );
      await call(leaving as never);
      for (const { operation, params } of commands) {
        v.parse(OPERATIONS[operation].params as v.GenericSchema, params);
        seen.add(operation);
      }
    }
    expect([...seen].sort()).toEqual(Object.keys(OPERATIONS).sort());
  });
});

describe("ids", () => {
  const id = "msg_019ab_1_0:states-0-1f:12";
  test("bind operation, call and sending, and an answer to all three", () => {
    const webhookId = formatRequestId("payment-states", id, "0123456789abcdef");
    expect(isRequestId(webhookId, "payment-states", id)).toBe(true);
    for (const [operation, other] of [
      ["payment-order", id],
      ["payment-states", `${id}:0`],
      ["payment-states", "msg_019ab_1_0"],
    ] as const) {
      expect(isRequestId(webhookId, operation, other)).toBe(false);
    }
    expect(isRequestId(toAnswerId(webhookId), "payment-states", id)).toBe(false);
  });

  test("never fit an operation with a longer name of the same beginning", () => {
    expect(isRequestId(formatRequestId("act-find", "x", "0123456789abcdef"), "act", "x")).toBe(false);
    expect(isRequestId(formatRequestId("act", "find:x", "0123456789abcdef"), "act-find", "x")).toBe(false);
  });

  test("fit Standard Webhooks at the greatest length", async () => {
    const longest = toAnswerId(formatRequestId("payment-order-find", "x".repeat(180), "n".repeat(40)));
    const keys = await importSecrets(createSecret());
    const body = new Uint8Array();
    const headers = { ...(await sign({ id: longest, timestamp: 1, body, keys })) };
    expect(await verify({ headers, body, keys, now: 1000 })).toMatchObject({ ok: true, id: longest });
  });
});

test("every refusal is a problem of the contract, except an operation unknown to an old extension", () => {
  expect(REFUSALS.filter((code) => !(code in PROBLEMS))).toEqual(["operation_unknown"]);
  expect(new Set(REFUSALS).size).toBe(REFUSALS.length);
});

describe("the document", () => {
  test("matches the schemas and comments (UPDATE_DOCS=1 writes the document)", () => {
    const document = JSON.parse(JSON.stringify(protocolDocument()));
    if (process.env.UPDATE_DOCS === "1") writeFileSync(DOCUMENT, `${JSON.stringify(document, null, 2)}\n`);
    expect(JSON.parse(readFileSync(DOCUMENT, "utf8"))).toEqual(document);
  });

  test("describes every operation in words, and links to existing schemas", () => {
    const text = JSON.stringify(protocolDocument());
    const document = JSON.parse(text) as {
      paths: Record<string, { post: { description: string } }>;
      components: { schemas: Record<string, unknown> };
    };
    expect(Object.keys(document.paths)).toHaveLength(Object.keys(OPERATIONS).length + 2);
    for (const { post } of Object.values(document.paths)) expect(post.description.length).toBeGreaterThan(50);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/([^"]+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });
});
