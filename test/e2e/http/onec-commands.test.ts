import { describe, expect, test } from "vitest";
import { type AnswerMessage, formatRequestId } from "../../../adapters/onec-http/protocol.ts";
import { createMemoryStore } from "../../../core/relay/index.ts";
import { importSecrets, sign } from "../../../core/webhook.ts";
import { formOf } from "../../onec-runtime/http/books.ts";
import { createPull, type PullHarness } from "../../onec-runtime/http/pull.ts";
import { bodyOf } from "../../onec-runtime/http/service.ts";
import { makeRequestData } from "../../support/builders.ts";
import { RELAY_URL, SECRETS } from "../../support/harness.ts";
import { json, refused } from "../../support/http.ts";
import { createHttpHarness } from "../../support/http-harness.ts";

const NONCE = "0123456789abcdef";

interface Sent {
  readonly path: string;
  readonly webhookId: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type?: string;
  readonly secret?: string;
  readonly at?: number;
}

/** Posts bytes with the given signature. */
async function post({ relay }: PullHarness, sent: Sent, headers: Record<string, string | null> = {}) {
  const keys = await importSecrets(sent.secret ?? SECRETS.onecInbound);
  const timestamp = sent.at ?? Math.floor(relay.now() / 1000);
  const all = new Headers(
    (await sign({ id: sent.webhookId, timestamp, body: sent.body, keys })) as unknown as HeadersInit,
  );
  all.set("content-type", sent.type ?? "application/json");
  for (const [name, value] of Object.entries(headers)) value === null ? all.delete(name) : all.set(name, value);
  return relay.app.request(`${RELAY_URL}${sent.path}`, { method: "POST", body: sent.body, headers: all });
}

const bytes = (message: object) => new TextEncoder().encode(JSON.stringify(message));
const resultPath = (id: string) => `/onec/commands/${encodeURIComponent(id)}/result`;

function claimBody(id = "c1", params: object = {}) {
  const whole = { worker: "buh", limit: 10, waitSeconds: 0, extension: "1.0.0", ...params };
  return bytes({ protocol: 1, operation: "claim", id, params: whole });
}

const CLAIM: Sent = {
  path: "/onec/commands/claim",
  webhookId: formatRequestId("claim", "c1", NONCE),
  body: claimBody(),
};

/** Creates a harness with one command fetched and not answered, and 1C's answer to the command. */
async function fetched(): Promise<PullHarness & { readonly answer: AnswerMessage }> {
  const pull = await createPull();
  await pull.relay.request();
  await pull.relay.settle();
  const [command] = await pull.poller.claim();
  return { ...pull, answer: await pull.extension.execute(command!) };
}

/** The same with the command of a form. */
async function printing(): Promise<PullHarness & { readonly answer: AnswerMessage; readonly actId: string }> {
  const pull = await createPull();
  const actId = await pull.relay.request();
  for (;;) {
    await pull.relay.settle();
    const [command] = await pull.poller.claim();
    const answer = await pull.extension.execute(command!);
    if (answer.operation === "act-form") return { ...pull, answer, actId };
    await pull.poller.post(answer);
  }
}

const statusOf = async ({ relay }: PullHarness, id: string) => (await relay.store.getAct(id))?.status;

describe("1C fetches its commands", () => {
  test("makes the whole way from the request to the payment, with 1C's own form and without a call to 1C", async () => {
    const pull = await createPull();
    const { relay, onec } = pull;
    const payoutId = String(makeRequestData().payoutId);
    const actId = await relay.request({ payoutId });
    await pull.settle();
    expect(await statusOf(pull, actId)).toBe("ready");
    const { pdf } = await json<{ pdf: { url: string } }>(await relay.call(`/api/acts/${actId}`));
    expect(new Uint8Array(await (await relay.app.request(pdf.url)).arrayBuffer())).toEqual(formOf("0000-000001"));
    await relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: new Date(relay.now()).toISOString() } });
    await pull.settle();
    const [order] = onec.mock.takeSnapshot().paymentOrders;
    onec.mock.executePayment(order!.ref, "2026-11-25");
    const executed = { paymentOrderRef: order!.ref, executedAt: "2026-11-25" };
    expect((await relay.post({ type: "payment.executed", data: executed }, { source: "onec" })).status).toBe(202);
    await pull.settle();
    expect(await statusOf(pull, actId)).toBe("paid");
    expect(relay.delivered.map(({ type }) => type)).toEqual(["act.ready", "payment_order.created", "payment.executed"]);
    expect(pull.extension.executed).toEqual([
      ...(["counterparty", "latest-acts", "act", "act-form"] as const),
      ...(["act-find", "payment-order-find", "payment-order"] as const),
    ]);
  });

  test("finds a payment without the payment's event, too", async () => {
    const pull = await createPull();
    const { relay, onec } = pull;
    const payoutId = String(makeRequestData().payoutId);
    const actId = await relay.request({ payoutId });
    await pull.settle();
    await relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: new Date(relay.now()).toISOString() } });
    await pull.settle();
    onec.mock.executePayment(onec.mock.takeSnapshot().paymentOrders[0]!.ref, "2026-11-25");
    await relay.relay.prepare();
    relay.advance(11 * 60_000);
    await pull.settle();
    expect(await statusOf(pull, actId)).toBe("paid");
  });

  test("turns 1C's refusals into problems, and goes on once a person has mended the cause", async () => {
    const pull = await createPull();
    pull.onec.mock.blockPosting("Не заполнен счёт учёта расчётов");
    const actId = await pull.relay.request();
    await pull.settle();
    const act = await pull.relay.store.getAct(actId);
    expect(act?.problem).toMatchObject({ code: "act_not_posted", resolver: "accountant" });
    expect(act?.problem?.message).toContain("Не заполнен счёт учёта расчётов");
    pull.onec.mock.blockPosting(null);
    expect((await pull.relay.call(`/api/acts/${actId}/retry`, { method: "POST", json: {} })).status).toBe(200);
    await pull.settle();
    expect(await statusOf(pull, actId)).toBe("ready");
    expect(pull.onec.mock.takeSnapshot().acts).toHaveLength(1);
  });

  test("gives an unanswered command to the same job again, and the command is done once", async () => {
    const pull = await createPull();
    const actId = await pull.relay.request();
    await pull.relay.settle();
    const dying = (moment: string) =>
      pull.poll({
        between: (at, { operation }) => {
          if (at === moment && operation === "act") throw new Error("killed");
        },
      });
    for (const moment of ["before", "after", "after"]) {
      const turns = async () => {
        for (;;) {
          await pull.relay.settle();
          await dying(moment).turn();
        }
      };
      await expect(turns()).rejects.toThrow("killed");
    }
    await pull.settle();
    expect(await statusOf(pull, actId)).toBe("ready");
    expect(pull.onec.mock.takeSnapshot().acts).toHaveLength(1);
    expect(pull.extension.executed.filter((operation) => operation === "act")).toHaveLength(3);
  });

  test("gives an unanswered command to no other worker before five minutes have passed", async () => {
    const { relay, poll } = await fetched();
    expect(await poll({ worker: "other" }).claim()).toEqual([]);
    relay.advance(299_000);
    expect(await poll({ worker: "other" }).claim()).toEqual([]);
    relay.advance(1_000);
    expect(await poll({ worker: "other" }).claim()).toHaveLength(1);
  });

  test("gives the same commands from two relays over one store, and either relay takes the result", async () => {
    const store = createMemoryStore();
    const one = await createPull({ store });
    const two = await createPull({ store, onec: one.onec });
    const actId = await one.relay.request();
    await one.relay.settle();
    for (let turn = 0; (await statusOf(one, actId)) !== "ready"; turn += 1) {
      const [asked, told] = turn % 2 === 0 ? [one, two] : [two, one];
      const [command] = await asked.poller.claim();
      expect(await told.poller.claim()).toEqual([command]);
      expect(await told.poller.post(await one.extension.execute(command!))).toBe("taken");
      await (turn % 3 === 0 ? two : one).relay.settle();
    }
    expect(one.onec.mock.takeSnapshot().acts).toHaveLength(1);
  });

  test("voids an act that the relay gave up while 1C made the act", async () => {
    const pull = await createPull();
    const payoutId = String(makeRequestData().payoutId);
    const actId = await pull.relay.request({ payoutId });
    let late: AnswerMessage | null = null;
    while (late === null) {
      await pull.relay.settle();
      const [command] = await pull.poller.claim();
      const answer = await pull.extension.execute(command!);
      if (command?.operation === "act") late = answer;
      else await pull.poller.post(answer);
    }
    const declinedAt = new Date(pull.relay.now()).toISOString();
    await pull.relay.post({ type: "act.declined", data: { payoutId, declinedAt, reason: "Передумал" } });
    pull.relay.advance(16 * 60_000);
    await pull.relay.relay.sweep();
    await pull.relay.settle();
    expect(await pull.poller.post(late)).toBe("taken");
    expect(await pull.poller.post(late)).toBe("known");
    await pull.settle();
    expect((await pull.relay.store.getAct(actId))?.covers).toBe(false);
    expect(pull.onec.mock.takeSnapshot().acts).toMatchObject([{ posted: false, deletionMark: true }]);
  });
});

describe("events from 1C", () => {
  test("tell the platform of a voided act, and have no effect again", async () => {
    const pull = await createPull();
    const actId = await pull.relay.request();
    await pull.settle();
    pull.onec.mock.voidActByHand(actId);
    const event = { type: "act.voided", data: { actRef: actId, reason: "Ошибка в сумме" } };
    const options = { source: "onec", id: "1c-1" } as const;
    expect((await pull.relay.post(event, options)).status).toBe(202);
    expect((await pull.relay.post(event, options)).status).toBe(200);
    await pull.settle();
    expect(await statusOf(pull, actId)).toBe("voided");
    const told = pull.relay.delivered.filter(({ type }) => type === "act.voided");
    expect(told).toMatchObject([{ data: { actId, reason: expect.stringContaining("Ошибка в сумме") } }]);
  });

  test("make the relay read and print a changed act before the acceptance", async () => {
    const pull = await createPull();
    const actId = await pull.relay.request();
    await pull.settle();
    pull.onec.mock.editAct(actId, { number: "0000-000777" });
    expect((await pull.relay.post({ type: "act.changed", data: { actRef: actId } }, { source: "onec" })).status).toBe(
      202,
    );
    await pull.settle();
    const told = pull.relay.delivered.filter(({ type }) => type === "act.ready");
    expect(told.map(({ data }) => data.number)).toEqual(["0000-000001", "0000-000777"]);
  });
});

describe("access to commands and results", () => {
  test.each([
    ["without a signature", {}, { "webhook-signature": null }, "signature_invalid"],
    ["with the platform's secret", { secret: SECRETS.platformInbound }, {}, "signature_invalid"],
    [
      "with other bytes than were signed",
      {},
      { "webhook-id": formatRequestId("claim", "c2", NONCE) },
      "signature_invalid",
    ],
    ["too late", { late: 301 }, {}, "timestamp_out_of_tolerance"],
    ["too early", { late: -301 }, {}, "timestamp_out_of_tolerance"],
  ])("is refused for a claim %s", async (_, more: { late?: number; secret?: string }, headers, code) => {
    const pull = await createPull();
    await pull.relay.request();
    await pull.relay.settle();
    const { late, ...rest } = more;
    const at = late === undefined ? {} : { at: Math.floor(pull.relay.now() / 1000) - late };
    await refused(await post(pull, { ...CLAIM, ...rest, ...at }, headers), 401, code);
    expect((await pull.poll({ worker: "somebody" }).claim()).length).toBe(1);
  });

  test("is refused for a replayed claim", async () => {
    const pull = await createPull();
    expect((await post(pull, CLAIM)).status).toBe(200);
    await pull.relay.request();
    await pull.relay.settle();
    await refused(await post(pull, CLAIM), 409, "webhook_id_conflict");
  });

  test("signs an answer for the request of that answer only", async () => {
    const pull = await createPull();
    const response = await post(pull, CLAIM);
    expect(response.headers.get("webhook-id")).toBe(`${CLAIM.webhookId}:answer`);
    // The same answer sent back as a request is none.
    const body = new Uint8Array(await response.arrayBuffer());
    const headers = new Headers(response.headers);
    const again = await pull.relay.app.request(`${RELAY_URL}/onec/commands/claim`, { method: "POST", body, headers });
    await refused(again, 422, "validation_failed");
  });

  test.each([
    ["for another command than the path names", (a: AnswerMessage) => ({ path: resultPath(`${a.id}0`) })],
    ["whose body names another command", (a: AnswerMessage) => ({ body: bytes({ ...a, id: `${a.id}0` }) })],
    ["whose body names another operation", (a: AnswerMessage) => ({ body: bytes({ ...a, operation: "act-void" }) })],
    [
      "signed for another command",
      (a: AnswerMessage) => ({ webhookId: formatRequestId(a.operation, `${a.id}0`, NONCE) }),
    ],
    ["signed for another operation", (a: AnswerMessage) => ({ webhookId: formatRequestId("act-void", a.id, NONCE) })],
    [
      "signed as an answer of push",
      (a: AnswerMessage) => ({ webhookId: `${formatRequestId(a.operation, a.id, NONCE)}:answer` }),
    ],
    [
      "of an operation that was not asked for",
      (a: AnswerMessage) => ({
        webhookId: formatRequestId("act-void", a.id, NONCE),
        body: bytes({ ...a, operation: "act-void", result: { found: true } }),
      }),
    ],
    [
      "that is a PDF where a card was asked for",
      (a: AnswerMessage) => ({
        webhookId: formatRequestId("act-form", a.id, NONCE),
        body: formOf("1"),
        type: "application/pdf",
      }),
    ],
  ])("is refused for a result %s", async (_, change) => {
    const pull = await fetched();
    const { answer } = pull;
    const right = {
      path: resultPath(answer.id),
      webhookId: formatRequestId(answer.operation, answer.id, NONCE),
      body: bytes(answer),
    };
    await refused(await post(pull, { ...right, ...change(answer) }), 422, "validation_failed");
    expect(await pull.relay.relay.findCommand(answer.id)).not.toBeNull();
    expect((await post(pull, right)).status).toBe(200);
  });

  test("is refused for a result with a stale or wrong signature", async () => {
    const pull = await fetched();
    const { answer } = pull;
    const right = {
      path: resultPath(answer.id),
      webhookId: formatRequestId(answer.operation, answer.id, NONCE),
      body: bytes(answer),
    };
    const at = Math.floor(pull.relay.now() / 1000) - 301;
    await refused(await post(pull, { ...right, at }), 401, "timestamp_out_of_tolerance");
    await refused(await post(pull, { ...right, secret: SECRETS.platformOutbound }), 401, "signature_invalid");
  });

  test("is refused for a form with a changed byte, and given for the form itself", async () => {
    const pull = await printing();
    const { answer } = pull;
    const { body, type } = bodyOf(answer);
    const right = { path: resultPath(answer.id), webhookId: formatRequestId("act-form", answer.id, NONCE), body, type };
    const headers = await sign({
      id: right.webhookId,
      timestamp: Math.floor(pull.relay.now() / 1000),
      body,
      keys: await importSecrets(SECRETS.onecInbound),
    });
    const tampered = Uint8Array.from(body, (byte, at) => (at === 100 ? byte ^ 1 : byte));
    const sent = { method: "POST", body: tampered, headers: { ...headers, "content-type": type } };
    await refused(await pull.relay.app.request(`${RELAY_URL}${right.path}`, sent), 401, "signature_invalid");
    for (const webhookId of [
      formatRequestId("act-form", `${answer.id}0`, NONCE),
      formatRequestId("act", answer.id, NONCE),
    ]) {
      await refused(await post(pull, { ...right, webhookId }), 422, "validation_failed");
    }
    expect((await post(pull, right)).status).toBe(200);
    await pull.settle();
    expect(await statusOf(pull, pull.actId)).toBe("ready");
  });

  test("ends at a body that is too large", async () => {
    const pull = await printing();
    const { answer } = pull;
    const right = {
      path: resultPath(answer.id),
      webhookId: formatRequestId("act-form", answer.id, NONCE),
      type: "application/pdf",
    };
    await refused(await post(pull, { ...right, body: new Uint8Array(23 * 1024 * 1024 + 1) }), 413, "body_too_large");
    const large = new Uint8Array(4 * 1024 * 1024 + 1);
    const stray = formatRequestId("act-form", "nobody:print:0", NONCE);
    const unsigned = { path: resultPath("nobody:print:0"), webhookId: stray, body: large };
    await refused(await post(pull, unsigned, { "webhook-signature": "v1,AAAA" }), 413, "body_too_large");
    await refused(await post(pull, { ...right, body: large }, { "webhook-signature": null }), 401, "signature_invalid");
    await refused(await post(pull, { ...CLAIM, body: new Uint8Array(16 * 1024 + 1) }), 413, "body_too_large");
    const state = { ...right, webhookId: formatRequestId("act", "x", NONCE), type: "application/json" };
    await refused(await post(pull, { ...state, body: new Uint8Array(4 * 1024 * 1024 + 1) }), 413, "body_too_large");
  });

  test("turns a result that is no form into a problem of the act.print job", async () => {
    const pull = await printing();
    const { answer } = pull;
    const right = { path: resultPath(answer.id), webhookId: formatRequestId("act-form", answer.id, NONCE) };
    const body = new TextEncoder().encode("<html>Нет печатной формы</html>");
    expect((await post(pull, { ...right, body, type: "application/pdf" })).status).toBe(200);
    await pull.relay.settle();
    expect((await pull.relay.store.getAct(pull.actId))?.problem).toMatchObject({ code: "print_failed" });
  });

  test("answers a repeated or unknown result, and changes nothing", async () => {
    const pull = await fetched();
    expect(await pull.poller.post(pull.answer)).toBe("taken");
    expect(await pull.poller.post(pull.answer)).toBe("known");
    expect(await pull.poller.post({ ...pull.answer, id: "msg_none:create:0" })).toBe("known");
    const { protocol, id } = pull.answer;
    const other = { protocol, id, operation: "act-find", ok: true, result: { act: null } } as const;
    expect(await pull.poller.post(other)).toBe("known");
  });

  test("has nothing to fetch where the relay calls 1C or a mock", async () => {
    const relay = await createHttpHarness();
    const without = await createHttpHarness({
      app: { inbound: { platform: await importSecrets(SECRETS.platformInbound), onec: null } },
    });
    expect((await relay.app.request("/onec/commands/claim", { method: "POST" })).status).toBe(401);
    for (const path of ["/onec/commands/claim", "/onec/commands/x/result"]) {
      await refused(await without.app.request(path, { method: "POST" }), 404, "not_found");
    }
  });
});
