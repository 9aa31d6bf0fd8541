import { describe, expect, it } from "vitest";
import { makeRequestData } from "../../support/builders.ts";
import { RELAY_URL } from "../../support/harness.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** Reads Prometheus text and refuses what a scraper would. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, family, rest] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") helped.add(family!);
    else if (kind === "TYPE") types.set(family!, rest!);
    else {
      const [, name, inside = "", value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      expect(name, line).toBeDefined();
      expect(Number.isFinite(Number(value)), line).toBe(true);
      const labels = [...inside.matchAll(/([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)].map(([, key, text_]) => [
        key,
        text_,
      ]);
      expect(labels.map(([key, text_]) => `${key}="${text_}"`).join(",")).toBe(inside);
      expect(types.has(name!.replace(/_(bucket|sum|count)$/, "")) || types.has(name!), line).toBe(true);
      expect(seen.has(line.replace(/ \S+$/, "")), line).toBe(false);
      seen.add(line.replace(/ \S+$/, ""));
      samples.push({ name: name!, labels: Object.fromEntries(labels), value: Number(value) });
    }
  }
  expect([...helped].sort()).toEqual([...types.keys()].sort());
  return { samples, types };
}

async function scrape(relay: HttpHarness) {
  const response = await relay.call("/metrics");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  const { samples, types } = parse(text);
  const value = (name: string, labels: Record<string, string> = {}) =>
    samples.find(
      (sample) =>
        sample.name === `onec_relay_${name}` &&
        Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted),
    )?.value;
  return { value, samples, types, text };
}

describe("metrics", () => {
  it("are all present on a fresh server", async () => {
    const { value } = await scrape(await createHttpHarness());
    expect(value("build_info", { version: "0.0.0-test", adapter: "mock" })).toBe(1);
    expect(value("acts", { status: "voided" })).toBe(0);
    expect(value("messages", { lane: "webhook", state: "dead" })).toBe(0);
    expect(value("oldest_due_age_seconds", { lane: "accounting" })).toBe(0);
    expect(value("breaker_state", { state: "closed" })).toBe(1);
    expect(value("breaker_state", { state: "open" })).toBe(0);
    expect(value("breaker_capacity")).toBe(2);
  });

  it("count acts, problems, jobs, and the longest wait", async () => {
    const relay = await createHttpHarness();
    await relay.prepareAct();
    relay.onec.mock.closePeriodUpTo("2026-12-31");
    await relay.prepareAct();
    await relay.request();
    relay.advance(90_000);
    const { value } = await scrape(relay);
    expect(value("acts", { status: "ready" })).toBe(1);
    expect(value("acts", { status: "requested" })).toBe(2);
    expect(value("problems", { code: "period_closed" })).toBe(1);
    expect(value("messages", { lane: "accounting", state: "queued" })).toBe(1);
    expect(value("messages", { lane: "accounting", state: "problem" })).toBe(1);
    expect(value("oldest_due_age_seconds", { lane: "accounting" })).toBe(90);
    expect(value("oldest_due_age_seconds", { lane: "webhook" })).toBe(0);
  });

  it("show an open breaker", async () => {
    const relay = await createHttpHarness();
    relay.onec.mock.failNext("upsertCounterparty", { code: "onec_unavailable", outcome: "unavailable", times: 5 });
    for (let n = 0; n < 5; n += 1) await relay.prepareAct();
    const { value } = await scrape(relay);
    expect(value("breaker_state", { state: "open" })).toBe(1);
    expect(value("breaker_state", { state: "closed" })).toBe(0);
  });

  it("count webhooks by source and outcome", async () => {
    const relay = await createHttpHarness();
    const event = { type: "act.requested", data: makeRequestData() };
    for (const id of ["evt_1", "evt_1", "evt_2"]) await relay.post(event, { id });
    await relay.post({ type: "act.frobnicated" });
    await relay.post(event, { at: 1 });
    await relay.post({ type: "act.changed", data: {} }, { source: "onec" });
    const { value } = await scrape(relay);
    const received = (source: string, outcome: string) => value("webhooks_received_total", { source, outcome });
    expect(received("platform", "accepted")).toBe(1);
    expect(received("platform", "duplicate")).toBe(2);
    expect(received("platform", "unknown_event_type")).toBe(1);
    expect(received("platform", "timestamp_out_of_tolerance")).toBe(1);
    expect(received("onec", "validation_failed")).toBe(1);
  });

  it("count requests by pattern and status, with one row for all paths of a pattern", async () => {
    const relay = await createHttpHarness();
    for (let n = 0; n < 50; n += 1) {
      await relay.call(`/api/acts/${n}?key=${n}`);
      await relay.app.request(`${RELAY_URL}/scan/${n}`, { method: n % 2 === 0 ? "GET" : `M${n}` });
    }
    const { value, samples, types } = await scrape(relay);
    expect(value("http_requests_total", { route: "/api/acts/:actId", status: "404", method: "GET" })).toBe(50);
    expect(value("http_requests_total", { route: "unknown", method: "GET" })).toBe(25);
    expect(value("http_requests_total", { route: "unknown", method: "other" })).toBe(25);
    expect(samples.filter(({ name }) => name === "onec_relay_http_requests_total")).toHaveLength(3);
    expect(types.get("onec_relay_http_requests_total")).toBe("counter");
  });

  it("have a histogram whose buckets add up", async () => {
    let now = 0;
    const relay = await createHttpHarness();
    const timed = await createHttpHarness({ store: relay.store, app: { clock: () => (now += 30) } });
    for (let n = 0; n < 4; n += 1) await timed.app.request("/health/live");
    const { samples, types, value } = await scrape(timed);
    expect(types.get("onec_relay_http_request_duration_seconds")).toBe("histogram");
    const mine = samples.filter(({ labels }) => labels.route === "/health/live" && labels.le !== undefined);
    expect(mine.map(({ labels, value: count }) => [labels.le, count])).toEqual([
      ...["0.005", "0.01", "0.025"].map((bound) => [bound, 0]),
      ...["0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"].map((bound) => [bound, 4]),
    ]);
    expect(value("http_request_duration_seconds_count", { route: "/health/live" })).toBe(4);
    expect(value("http_request_duration_seconds_sum", { route: "/health/live" })).toBeCloseTo(0.12);
  });

  it("show no name, INN, account or secret", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData();
    await relay.post({ type: "act.requested", data });
    await relay.settle();
    const { text } = await scrape(relay);
    const { inn, name, bankAccount } = data.contractor as {
      inn: string;
      name: string;
      bankAccount: { number: string };
    };
    for (const told of [inn, name, bankAccount.number, String(data.payoutId), "whsec_"])
      expect(text).not.toContain(told);
  });
});
