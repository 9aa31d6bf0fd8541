import { describe, expect, test } from "vitest";
import { parseRetryAfter, planRetry, WEBHOOK_DELAYS } from "../../../core/relay/backoff.ts";
import { KEPT_RESPONSE } from "../../../core/relay/jobs/send-webhook.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const quiet = { settings: { paymentCheckMs: 30 * DAY } };

/** The only webhook message of a ready act. */
async function readyMessage(world: Harness) {
  const page = await world.store.listJobs({ queue: "webhook", limit: 10 });
  const job = page.items.at(-1);
  if (job === undefined) throw new Error("no webhook");
  return { message: job, attempts: await world.store.listAttempts(job.id) };
}

describe("the schedule", () => {
  test("makes ten attempts over 75 h 35 min, then the job is dead; the act shows the problem, and a replay mends the act", async () => {
    const world = await createHarness(quiet);
    world.answer(() => new Response("no", { status: 500 }));
    const id = await world.request();
    await world.pass(80 * HOUR);
    const { message, attempts } = await readyMessage(world);
    expect(message.state).toBe("dead");
    expect(attempts).toHaveLength(10);
    const waits = attempts.slice(1).map((attempt, n) => attempt.startedAt - (attempts[n]?.finishedAt ?? 0));
    expect(waits).toEqual(WEBHOOK_DELAYS.slice(1));
    expect(attempts[0]).toMatchObject({ status: 500, response: "no", outcome: "rejected", code: "http_500" });
    expect((await world.store.getAct(id))?.problem).toMatchObject({ code: "delivery_dead", resolver: "operator" });
    world.answer(() => new Response(null, { status: 200 }));
    await world.relay.retryAct(id, "person:Олег");
    await world.settle();
    expect(world.types()).toEqual(["act.ready"]);
    expect(world.delivered[0]?.id).toBe(message.id);
    expect((await world.store.getAct(id))?.problem).toBe(null);
    expect((await world.store.getJob(message.id))?.state).toBe("done");
  });

  test("replays by recover all webhooks dead since an instant, paced; nothing is replayed twice", async () => {
    const world = await createHarness({ ...quiet, settings: { ...quiet.settings, accountingConcurrency: 8 } });
    world.answer(() => new Response(null, { status: 500 }));
    const since = world.now();
    for (let n = 2; n < 7; n += 1) await world.request({ n });
    await world.pass(80 * HOUR);
    world.answer(() => new Response(null, { status: 200 }));
    expect(await world.relay.replayDead(since)).toBe(5);
    await world.settle();
    expect(world.delivered).toHaveLength(1);
    await world.pass(5_000);
    expect(world.delivered).toHaveLength(5);
    expect(await world.relay.replayDead(since)).toBe(0);
  });

  test("sends the same body and id at every attempt, with a new timestamp and signature", async () => {
    const world = await createHarness(quiet);
    const seen: string[] = [];
    world.answer((delivery) => {
      seen.push(`${delivery.id} ${JSON.stringify(delivery.data)}`);
      return new Response(null, { status: seen.length < 3 ? 503 : 204 });
    });
    await world.request();
    await world.pass(HOUR);
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(1);
  });

  test("keeps jitter within a fifth; a hint lengthens and never shortens; a year is cut to a day", () => {
    const facts = { queue: "webhook", attempts: 2, now: 0, hintMs: null, random: 0 } as const;
    expect(planRetry(facts)).toBe(4 * MINUTE);
    expect(planRetry({ ...facts, random: 0.9999999 })).toBe(6 * MINUTE);
    expect(planRetry({ ...facts, hintMs: 1000 })).toBe(4 * MINUTE);
    expect(planRetry({ ...facts, hintMs: HOUR })).toBe(HOUR);
    expect(planRetry({ ...facts, hintMs: 365 * DAY })).toBe(DAY);
    expect(planRetry({ ...facts, attempts: 10 })).toBe(null);
    expect(planRetry({ ...facts, queue: "accounting", attempts: 1000, random: 0.5 })).toBe(10 * MINUTE);
  });

  test("reads Retry-After: seconds, a date, the past, nonsense", () => {
    expect(parseRetryAfter("120", 0)).toBe(120_000);
    expect(parseRetryAfter("Thu, 01 Jan 1970 00:01:00 GMT", 0)).toBe(60_000);
    expect(parseRetryAfter("Thu, 01 Jan 1970 00:01:00 GMT", 120_000)).toBe(0);
    expect(parseRetryAfter("Thu Jan  1 00:02:00 1970", 0)).toBe(120_000);
    for (const text of ["soon", "2999", "Jan 2", "tomorrow 12:00", "1.5", "-3"])
      expect(parseRetryAfter(text, 0)).toBe(text === "2999" ? 2_999_000 : null);
    expect(parseRetryAfter(null, 0)).toBe(null);
  });
});

describe("answers", () => {
  test("410 stops the destination and keeps the webhooks; 1C goes on; resume lets the webhooks out in order", async () => {
    const world = await createHarness(quiet);
    world.answer(() => new Response(null, { status: 410 }));
    await world.request();
    await world.settle();
    world.answer(() => new Response(null, { status: 200 }));
    const other = await world.request({ n: 3 });
    await world.pass(DAY);
    expect(world.delivered).toEqual([]);
    expect((await world.store.getAct(other))?.status).toBe("ready");
    expect(await world.store.getDestination("platform")).toMatchObject({ reason: "http_410" });
    expect(await world.relay.getNextWake("webhook")).toBe(null);
    await world.relay.resumeDestination("platform");
    await world.settle();
    expect(world.types()).toEqual(["act.ready", "act.ready"]);
  });

  test("a redirect is a failure that names the target", async () => {
    const world = await createHarness(quiet);
    world.answer(() => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }));
    await world.request();
    await world.settle();
    const { attempts } = await readyMessage(world);
    expect(attempts[0]).toMatchObject({ status: 302, outcome: "rejected" });
    expect(attempts[0]?.detail).toContain("elsewhere.example");
  });

  test("a neighbour's success, sent before the 429, does not end the pause", async () => {
    const world = await createHarness(quiet);
    let calls = 0;
    world.answer(() => {
      calls += 1;
      return new Response(null, { status: calls === 1 ? 429 : 204, headers: { "retry-after": "60" } });
    });
    await Promise.all([world.request(), world.request({ n: 3 })]);
    await world.settle();
    const before = calls;
    await world.request({ n: 4 });
    await world.pass(50_000);
    expect(calls).toBe(before);
    await world.pass(20_000);
    expect(calls).toBeGreaterThan(before);
  });

  test("429 with Retry-After slows the whole destination", async () => {
    const world = await createHarness(quiet);
    let calls = 0;
    world.answer(() => {
      calls += 1;
      return new Response(null, { status: 429, headers: { "retry-after": "60" } });
    });
    await world.request();
    await world.settle();
    await world.request({ n: 3 });
    await world.pass(50_000);
    expect(calls).toBe(1);
    world.answer(() => new Response(null, { status: 200 }));
    await world.pass(20_000);
    expect(world.delivered).toHaveLength(2);
  });

  test("sixteen KiB of the answer are kept, the rest is not read", async () => {
    const world = await createHarness(quiet);
    let pulled = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled += 4096;
          controller.enqueue(new Uint8Array(4096).fill(65));
        },
      });
    world.answer(() => new Response(endless(), { status: 500 }));
    await world.request();
    await world.settle();
    const { attempts } = await readyMessage(world);
    expect(attempts[0]?.response).toBe("A".repeat(KEPT_RESPONSE));
    expect(pulled).toBeLessThan(KEPT_RESPONSE + 5 * 4096);
  });

  test.each([
    ["ECONNREFUSED", "unavailable"],
    ["ECONNRESET", "uncertain"],
    [null, "uncertain"],
  ])("no answer (%s) is %s", async (code, outcome) => {
    const world = await createHarness(quiet);
    const error = new TypeError("fetch failed", {
      cause: code === null ? undefined : Object.assign(new Error("x"), { code }),
    });
    world.answer(() => error);
    await world.request();
    await world.settle();
    const { attempts } = await readyMessage(world);
    expect(attempts[0]).toMatchObject({ outcome, status: null, code: code ?? "network" });
  });

  test("a timeout is an unknown outcome, shown as such", async () => {
    const world = await createHarness(quiet);
    world.answer(() => new DOMException("The operation timed out", "TimeoutError") as unknown as Error);
    await world.request();
    await world.settle();
    const { attempts } = await readyMessage(world);
    expect(attempts[0]).toMatchObject({ outcome: "uncertain", code: "timeout" });
  });
});

describe("order and queues", () => {
  test("webhooks of one act go in order; a dead webhook does not block the next; acts do not wait for each other", async () => {
    const world = await createHarness(quiet);
    world.answer((delivery) => new Response(null, { status: delivery.type === "act.ready" ? 500 : 200 }));
    const id = await world.request();
    await world.settle();
    const act = await world.store.getAct(id);
    await world.send("act.accepted", { payoutId: act?.payoutId, acceptedAt: new Date(world.now()).toISOString() });
    await world.pass(HOUR);
    expect((await world.store.getAct(id))?.status).toBe("payment_ordered");
    expect(world.types()).toEqual([]);
    await world.pass(80 * HOUR);
    expect(world.types()).toEqual(["payment_order.created"]);
    expect(world.delivered[0]?.seq).toBeGreaterThan(1);
  });

  test("a dead platform never stops calls to 1C, and a dead 1C never stops webhooks", async () => {
    const world = await createHarness(quiet);
    const first = await world.request();
    await world.settle();
    world.onec.mock.setChaos({ random: () => 0, rate: 1, faults: [{ outcome: "unavailable" }] });
    const act = await world.store.getAct(first);
    const declined = { payoutId: act?.payoutId, declinedAt: new Date(world.now()).toISOString(), reason: "…" };
    await world.send("act.declined", declined);
    await world.pass(30 * MINUTE);
    expect(world.types()).toEqual(["act.ready", "act.problem"]);
  });
});
