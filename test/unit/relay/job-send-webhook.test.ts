import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import type { SendWebhookJob } from "../../../core/job.ts";
import { KEPT_RESPONSE, sendWebhook } from "../../../core/relay/jobs/send-webhook.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { completeOptions } from "../../../core/relay/options.ts";
import type { Write } from "../../../core/store.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { aJob, anAct, companyInn, NOON } from "../../support/builders.ts";

const SECOND = 1000;
const LAST = { attempts: 9 };

type Answer = (request: Request) => Response | Error;

/** Sends one webhook whose other side answers like this. */
async function send(answer: Answer, more: object = {}, dead: readonly object[] = []) {
  const keys = await importSecrets(createSecret());
  const store = createMemoryStore();
  await store.commit(dead.map((fields): Write => ({ type: "job", job: aJob({ state: "dead", ...fields }) })));
  const requests: Request[] = [];
  const pauses: number[] = [];
  const logged: unknown[] = [];
  const context = completeOptions({
    store,
    adapter: createMockAdapter(),
    printer: {
      toServiceLines: () => [],
      print: () => {
        throw new Error("A webhook prints nothing");
      },
    },
    settings: { platformId: "platform", organizationInn: companyInn(1) },
    targets: { platform: { url: "https://platform.example/", keys }, ops: { url: "https://ops.example/", keys } },
    documentLink: async () => ({ url: "https://relay.example/", expiresAt: NOON }),
    fetch: async (url, init) => {
      const request = new Request(url, init);
      requests.push(request);
      const answered = answer(request);
      if (answered instanceof Error) throw answered;
      return answered;
    },
    clock: () => NOON,
    random: () => 0.5,
    newId: () => "id-1",
    log: (...line) => logged.push(line),
  });
  const end = await sendWebhook(context, aJob(more) as SendWebhookJob, (ms) => pauses.push(ms));
  return { end, requests, pauses, logged, also: await end.also?.(null) };
}

const withCode = (code: string, cause?: unknown) => Object.assign(new Error(code, { cause }), { code });

/** An error under so many other errors. */
const nest = (error: Error, depth: number): Error =>
  depth === 0 ? error : nest(new Error("outer", { cause: error }), depth - 1);

const lost = (code: string, outcome = "uncertain", detail = code) => ({
  outcome,
  code,
  detail,
  status: null,
  response: null,
});

describe("a webhook", () => {
  test("skips a job whose address is not set, and sends nothing", async () => {
    const { end, requests, pauses } = await send(() => new Response(), { destination: "nowhere" });
    expect(end).toEqual({
      state: "skipped",
      dueAt: NOON,
      progress: {},
      attempt: { outcome: "skipped", code: "no_address", detail: null, status: null, response: null },
    });
    expect([requests, pauses]).toEqual([[], []]);
  });

  test("is sent as signed JSON and ends as done", async () => {
    const { end, requests, pauses } = await send(() => new Response("thanks"), { id: "msg_1", input: { n: 1 } });
    expect(end).toEqual({
      state: "done",
      dueAt: NOON,
      progress: {},
      attempt: { outcome: "ok", code: null, detail: null, status: 200, response: "thanks" },
    });
    expect(pauses).toEqual([]);
    const [request] = requests;
    expect(request).toMatchObject({ method: "POST", redirect: "manual", url: "https://platform.example/" });
    expect(Object.fromEntries(request!.headers)).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "onec-relay",
      "webhook-id": "msg_1",
      "webhook-timestamp": String(NOON / SECOND),
    });
    expect(await request!.json()).toEqual({ n: 1 });
  });

  test("repeats after a refusal, counting the attempts since the last restart", async () => {
    const { end } = await send(() => new Response("no", { status: 400 }), { attempts: 7, attemptsBefore: 6 });
    expect(end).toEqual({
      state: "queued",
      dueAt: NOON + 300 * SECOND,
      progress: {},
      attempt: { outcome: "rejected", code: "http_400", detail: "Answered 400", status: 400, response: "no" },
    });
  });

  test("keeps the first 16 KiB of the answer without NUL characters", async () => {
    const parts = ["a\u0000b".repeat(3000), "c".repeat(KEPT_RESPONSE), "d"];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const { end } = await send(() => new Response(body));
    expect(end.attempt.response).toBe(`${"ab".repeat(3000)}${"c".repeat(KEPT_RESPONSE - 9000)}`);
  });

  test("keeps no answer whose body breaks off", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    const { end } = await send(() => new Response(body));
    expect(end.attempt).toEqual({ outcome: "ok", code: null, detail: null, status: 200, response: null });
  });

  test.each([
    [300, { location: "https://else.example/" }, "Redirects are not followed: https://else.example/"],
    [302, {}, "Redirects are not followed: "],
    [399, { location: "x".repeat(300) }, `Redirects are not followed: ${"x".repeat(200)}`],
    [400, { location: "https://else.example/" }, "Answered 400"],
    [500, {}, "Answered 500"],
  ])("explains the answer %i", async (status, headers: Record<string, string>, detail) => {
    const { end } = await send(() => new Response(null, { status, headers }));
    expect(end.attempt).toEqual({ outcome: "rejected", code: `http_${status}`, detail, status, response: "" });
  });

  test.each([
    [429, {}, 10 * SECOND],
    [502, {}, 10 * SECOND],
    [504, { "retry-after": "20" }, 20 * SECOND],
    [429, { "retry-after": "3600" }, 300 * SECOND],
  ])("pauses the worker after the platform's answer %i", async (status, headers: Record<string, string>, pause) => {
    const answer = () => new Response(null, { status, headers });
    expect((await send(answer)).pauses).toEqual([pause]);
    expect((await send(answer, { destination: "ops" })).pauses).toEqual([]);
  });

  test("pauses nothing after a 503, which speaks of this event alone", async () => {
    expect((await send(() => new Response(null, { status: 503, headers: { "retry-after": "20" } }))).pauses).toEqual(
      [],
    );
  });

  test("stops the address that is gone and tells the operator, unless the address is the operator's", async () => {
    const gone = () => new Response(null, { status: 410 });
    const { end, also, logged } = await send(gone, { actId: "act-1", ...LAST });
    expect(end).toMatchObject({ state: "queued", dueAt: NOON, attempt: { outcome: "rejected", code: "http_410" } });
    expect(end.event).toBe(undefined);
    const stopped = { stoppedAt: NOON, reason: "http_410" };
    const data = { endpoint: "platform", code: "http_410" };
    expect(logged).toEqual([["error", "endpoint_stopped", data]]);
    expect(also).toEqual([
      { type: "destination", destination: { name: "platform", ...stopped } },
      {
        type: "job",
        job: aJob({
          id: "msg_id1",
          destination: "ops",
          input: { type: "endpoint.stopped", timestamp: new Date(NOON).toISOString(), data },
        }),
      },
    ]);
    const ops = await send(gone, { destination: "ops" });
    expect(ops.also).toEqual([{ type: "destination", destination: { name: "ops", ...stopped } }]);
  });

  test("dies after its last attempt, and the act hears only of the platform's webhook", async () => {
    const no = () => new Response(null, { status: 500 });
    const { end } = await send(no, { id: "msg_1", actId: "act-1", ...LAST });
    expect(end).toMatchObject({ state: "dead", dueAt: NOON, event: { type: "delivery.died", messageId: "msg_1" } });
    for (const more of [{}, { actId: "act-1", destination: "ops" }, { destination: "ops" }]) {
      const other = await send(no, { ...more, ...LAST });
      expect(other.end.state).toBe("dead");
      expect(Object.keys(other.end)).not.toContain("event");
    }
  });

  test("tells the act of recovered deliveries after the replay of its last dead webhook to the platform", async () => {
    const { id: actId } = anAct();
    const ok = () => new Response();
    const replayed = { id: "msg_1", actId, attempts: 10, attemptsBefore: 10 };
    const event = { type: "delivery.recovered", messageId: "msg_1" };
    expect((await send(ok, replayed)).end.event).toEqual(event);
    expect((await send(ok, replayed, [{ actId, destination: "ops" }])).end.event).toEqual(event);
    expect((await send(ok, replayed, [{ actId }])).end.event).toBe(undefined);
    const others = [{ attemptsBefore: 0 }, { actId: null }, { destination: "ops" }, { actId: null, attemptsBefore: 0 }];
    for (const more of others) expect((await send(ok, { ...replayed, ...more })).end.event).toBe(undefined);
  });
});

describe("a webhook without an answer", () => {
  test.each([
    ["TimeoutError", "timeout", "Sent, no answer in time"],
    ["AbortError", "timeout", "Sent, no answer in time"],
    ["TypeError", "network", "The connection failed"],
  ])("may have arrived: %s", async (name, code, detail) => {
    const { end, pauses } = await send(() => Object.assign(new Error("…"), { name }));
    expect(end).toEqual({
      state: "queued",
      dueAt: NOON + 5 * SECOND,
      progress: {},
      attempt: lost(code, "uncertain", detail),
    });
    expect(pauses).toEqual([]);
  });

  test("did not arrive when the connection was refused", async () => {
    const { end } = await send(() => nest(withCode("ECONNREFUSED"), 1));
    expect(end.attempt).toEqual(lost("ECONNREFUSED", "unavailable"));
  });

  test.each(["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID"])(
    "did not arrive at an untrusted certificate: %s",
    async (code) => {
      const detail = `The certificate is not trusted (${code}), nothing was sent`;
      expect((await send(() => nest(withCode(code), 1))).end.attempt).toEqual(lost(code, "unavailable", detail));
    },
  );

  test("did not arrive when no connection opened in time, and names a broken connection", async () => {
    const connect = await send(() => nest(withCode("UND_ERR_CONNECT_TIMEOUT"), 1));
    expect(connect.end.attempt).toEqual(lost("UND_ERR_CONNECT_TIMEOUT", "unavailable"));
    const closed = await send(() => nest(withCode("UND_ERR_SOCKET"), 1));
    expect(closed.end.attempt).toEqual(lost("UND_ERR_SOCKET"));
    const tls = await send(() => nest(withCode("ERR_SSL_WRONG_VERSION_NUMBER"), 1));
    expect(tls.end.attempt).toEqual(lost("ERR_SSL_WRONG_VERSION_NUMBER"));
  });

  test("may have arrived when an open connection fails to read, whatever the code", async () => {
    const read = Object.assign(withCode("EHOSTUNREACH"), { syscall: "read" });
    expect((await send(() => nest(read, 1))).end.attempt).toEqual(lost("EHOSTUNREACH"));
  });

  test("has the code of the sixth error in the chain and not of the seventh", async () => {
    const reset = withCode("ECONNRESET");
    expect((await send(() => nest(reset, 5))).end.attempt).toEqual(lost("ECONNRESET"));
    expect((await send(() => nest(reset, 6))).end.attempt).toEqual(
      lost("network", "uncertain", "The connection failed"),
    );
  });

  test("has the code of the system, under codes of libraries and in groups of errors", async () => {
    expect((await send(() => withCode("UND_ERR_SOCKET", withCode("EPIPE")))).end.attempt).toEqual(lost("EPIPE"));
    const group = new AggregateError([withCode("ENOTFOUND"), withCode("EPIPE")], "all failed");
    expect((await send(() => nest(group, 1))).end.attempt).toEqual(lost("ENOTFOUND", "unavailable"));
    const empty = new AggregateError([], "none", { cause: withCode("EPIPE") });
    expect((await send(() => empty)).end.attempt).toEqual(lost("EPIPE"));
  });
});
