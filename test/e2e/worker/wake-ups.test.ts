import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter } from "../../../adapters/mock/index.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { type Published, publish } from "../../onec-runtime/http/publish.ts";
import { createService, type PlayedService } from "../../onec-runtime/http/service.ts";
import { makeContractorData } from "../../support/builders.ts";
import { type PlayedPlatform, playPlatform } from "../../support/platform.ts";
import { startWorkerd, type Workerd, type WorkerdOptions } from "../../support/workerd.ts";

const LOGIN = { user: "Обмен", password: "пароль: ёж" };
const OUTBOUND = createSecret();
const PAUSE = { delayMs: 25, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };

describe("the worker and its queue", { timeout: 90_000 }, () => {
  let onec: MockAdapter;
  let service: PlayedService;
  let published: Published;
  let workerd: Workerd;
  let platform: PlayedPlatform;
  let settings: Record<string, string>;
  /** First part of the address under which each call to 1C came. */
  let called: string[];
  /** Calls to 1C wait for this promise. */
  let gate: Promise<void>;

  beforeEach(async () => {
    onec = createMockAdapter(PAUSE);
    const keys = await importSecrets(OUTBOUND);
    service = createService({ open: () => onec, keys, ...LOGIN, clock: Date.now });
    called = [];
    gate = Promise.resolve();
    published = await publish({
      async handle(asked) {
        called.push(new URL(asked.url).pathname.split("/")[1] ?? "");
        await gate;
        return service.handle(asked);
      },
    });
    platform = await playPlatform(() => workerd.url());
    settings = {
      PUBLIC_URL: "https://relay.example",
      ...platform.settings,
      ACCOUNTING: "onec-http",
      ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
      ONEC_URL: published.url,
      ONEC_USER: LOGIN.user,
      ONEC_PASSWORD: LOGIN.password,
      ONEC_OUTBOUND_SECRET: OUTBOUND,
      ONEC_TIMEOUT_MS: "5000",
    };
  });
  afterEach(async () => {
    await workerd.close();
    await platform.close();
    await published.close();
  });

  async function start(options: WorkerdOptions = {}): Promise<void> {
    workerd = await startWorkerd(settings, options);
  }

  async function request(payoutId: string, n = 2, worker = 0): Promise<string> {
    const data = {
      payoutId,
      requestedAt: new Date().toISOString(),
      amount: "15000.00",
      contractor: makeContractorData(n),
    };
    const { actId } = await platform.send("act.requested", data, { to: workerd.url(worker) });
    return actId;
  }

  /** Leaves a failed job that waits for the next attempt, with no reminder on the way. */
  async function failedOnce(): Promise<void> {
    await expect.poll(() => workerd.sql("select 1 from attempt"), { timeout: 20_000 }).not.toEqual([]);
  }

  test("a failed job is tried again when due, without cron", async () => {
    await start();
    service.next("dropped_before");
    let refusals = 1;
    platform.answer(() => (refusals-- > 0 ? 503 : 204));
    const actId = await request("p-1");
    await platform.until(actId, "ready");
    await platform.toldOf(1);
    expect(platform.told).toMatchObject([{ type: "act.ready", data: { actId } }]);
    const [{ told }] = (await workerd.sql(
      "select min(a.finished_at - b.finished_at) as told from attempt a join attempt b using (message_id) where a.n = 2 and b.n = 1 and b.status = 503",
    )) as [{ told: number }];
    // Five seconds, a fifth more or less, were left to the queue.
    expect(told).toBeGreaterThanOrEqual(4_000);
  });

  test("cron finds the jobs of a lost queue message; nothing is lost or doubled", async () => {
    await start();
    service.always("dropped_before");
    const actId = await request("p-1");
    await failedOnce();
    await workerd.restart();
    service.always(null);
    expect(await platform.act(actId)).toMatchObject({ status: "requested" });
    await expect
      .poll(
        async () => {
          await workerd.cron();
          return (await platform.act(actId)).status;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe("ready");
    await platform.toldOf(1);
    expect(onec.mock.takeSnapshot().acts).toHaveLength(1);
  });

  test("a new worker finds the act in 1C when a worker died inside the call and the lease ran out", async () => {
    settings.ONEC_TIMEOUT_MS = "1000";
    await start();
    onec.mock.delay("createAct", 300);
    const actId = await request("p-1");
    await expect.poll(() => onec.mock.getCallCounts().createAct, { timeout: 20_000, interval: 10 }).toBe(1);
    await workerd.restart();
    await expect
      .poll(
        async () => {
          await workerd.cron();
          return (await platform.act(actId)).status;
        },
        { timeout: 40_000, interval: 500 },
      )
      .toBe("ready");
    expect(onec.mock.takeSnapshot().acts).toMatchObject([{ ref: actId, posted: true }]);
    expect(await workerd.sql("select code from attempt where outcome = 'uncertain'")).toEqual([
      { code: "worker_lost" },
    ]);
  });

  test("a reminder that finds wrong settings ends as a dead letter, and the jobs are done under right settings", async () => {
    await start({ queue: { maxRetries: 1, retryDelay: 0 } });
    service.always("dropped_before");
    const actId = await request("p-1");
    await failedOnce();
    const { API_TOKEN: _, ...wrong } = settings;
    await workerd.restart(wrong);
    const refused = await platform.post("act.accepted", { payoutId: "p-1", acceptedAt: new Date().toISOString() });
    expect(refused.status).toBe(500);
    await workerd.wakeUp();
    await expect.poll(() => workerd.deadLetters.length, { timeout: 20_000 }).toBe(1);
    expect(workerd.lines.join("\n")).toContain("API_TOKEN is missing");
    expect(workerd.lines.join("\n")).not.toContain(settings.PLATFORM_INBOUND_SECRET);
    await workerd.restart(settings);
    service.always(null);
    await workerd.sql("update message set due_at = 0 where state = 'queued'");
    await workerd.cron();
    await platform.until(actId, "ready");
  });

  test("rows older than the retention time are deleted once an hour", async () => {
    settings.RETENTION_DAYS = "1";
    await start();
    await platform.until(await request("p-1"), "ready");
    await workerd.sql("update inbox set received_at = 0");
    const kept = () => workerd.sql("select 1 from inbox");
    await workerd.cron(0, new Date("2026-11-24T09:30:00Z"));
    expect(await kept()).toHaveLength(1);
    await workerd.cron(0, new Date("2026-11-24T10:00:00Z"));
    expect(await kept()).toEqual([]);
    expect(await workerd.sql("select 1 from form")).toHaveLength(1);
  });

  test("isolates over one database keep the limit of calls to 1C together, and hold a counterparty one at a time", async () => {
    Object.assign(settings, { SAME_DAY_ACT: "single_day", ONEC_TIMEOUT_MS: "30000" });
    await start({
      workers: 2,
      // The first isolate may run one call only, so that jobs are left for the second isolate.
      each: (n) => ({
        ONEC_URL: published.url.replace("/buh", `/isolate-${n}`),
        ONEC_MAX_CONCURRENCY: n === 0 ? "1" : "2",
      }),
    });
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const acts = [await request("p-2-0", 2, 0)];
    await expect.poll(() => called, { timeout: 20_000 }).toEqual(["isolate-0"]);
    for (let n = 3; n < 8; n += 1) acts.push(await request(`p-${n}-0`, n, 1));
    await expect.poll(() => called, { timeout: 20_000 }).toEqual(["isolate-0", "isolate-1"]);
    open();
    for (let round = 1; round < 3; round += 1) {
      for (let n = 2; n < 8; n += 1) acts.push(await request(`p-${n}-${round}`, n, (n + round) % 2));
    }
    const waiting = new Set(acts);
    // Both are woken all the time, so that neither does everything while the other sleeps.
    for (const deadline = Date.now() + 60_000; waiting.size > 0 && Date.now() < deadline; ) {
      await Promise.all([workerd.wakeUp(0), workerd.wakeUp(1)]);
      for (const actId of waiting) {
        if ((await platform.act(actId)).status === "ready") waiting.delete(actId);
      }
    }
    expect([...waiting]).toEqual([]);
    const { total, perCounterparty } = onec.mock.getConcurrency();
    expect({ total, perCounterparty }).toEqual({ total: 2, perCounterparty: 1 });
    expect(onec.mock.takeSnapshot().counterparties.filter(({ inn }) => inn !== MOCK_ORGANIZATION.inn)).toHaveLength(6);
  });
});
