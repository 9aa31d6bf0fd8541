import { ACT_STATUSES } from "../../core/act.ts";
import type { Queue } from "../../core/job.ts";
import type { BreakerState } from "../../core/relay/breaker.ts";
import type { EventSource, StoreStats } from "../../core/store.ts";

/** Counters of this process since the start. */
export interface Metrics {
  countRequest(seen: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly ms: number;
  }): void;
  /** `outcome`: accepted, duplicate, or the code of the refusal. */
  countWebhook(source: EventSource, outcome: string): void;
  /** Writes Prometheus text: the counters, and the state of the store and the relay. */
  render(now: MetricsNow): string;
}

/** State of the store and the relay for {@link Metrics.render}. */
export interface MetricsNow {
  readonly stats: StoreStats;
  readonly breaker: BreakerState;
  readonly running: Readonly<Record<Queue, number>>;
  /** Epoch ms. */
  readonly at: number;
  readonly version: string;
  readonly adapter: string;
}

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number];

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LANES = ["accounting", "webhook"] as const;
const STATES = ["queued", "parked", "problem", "dead"] as const;
const BREAKER = ["closed", "open", "half_open"] as const;

interface Histogram {
  readonly labels: Labels;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** A registry of the few things worth counting. Labels are bounded: routes are patterns, never paths. */
export function createMetrics(): Metrics {
  const requests = new Map<string, { labels: Labels; value: number }>();
  const durations = new Map<string, Histogram>();
  const webhooks = new Map<string, { labels: Labels; value: number }>();
  return {
    countRequest({ method, route, status, ms }) {
      count(requests, { method, route, status });
      const key = `${method} ${route}`;
      const kept = durations.get(key) ?? { labels: { method, route }, buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
      durations.set(key, kept);
      const seconds = ms / 1000;
      for (const [n, bound] of BUCKETS.entries()) if (seconds <= bound) kept.buckets[n]! += 1;
      kept.sum += seconds;
      kept.count += 1;
    },
    countWebhook: (source, outcome) => count(webhooks, { source, outcome }),
    render: (now) =>
      [
        ...renderState(now),
        renderFamily("http_requests_total", "counter", "Requests answered", toSamples(requests)),
        renderHistogram("http_request_duration_seconds", "Time to answer a request", [...durations.values()]),
        renderFamily("webhooks_received_total", "counter", "Signed events received, by outcome", toSamples(webhooks)),
      ].join(""),
  };
}

function renderState({ stats, breaker, running, at, version, adapter }: MetricsNow): string[] {
  const statuses = ACT_STATUSES.map((status): Sample => [{ status }, stats.acts[status] ?? 0]);
  const problems = Object.entries(stats.problems).map(([code, value]): Sample => [{ code }, value]);
  const messages = LANES.flatMap((lane) =>
    STATES.map((name): Sample => [{ lane, state: name }, stats.messages[`${lane}:${name}`] ?? 0]),
  );
  const ages = LANES.map((lane): Sample => {
    const due = stats.oldestDueAt[lane];
    return [{ lane }, due === null ? 0 : Math.max(0, (at - due) / 1000)];
  });
  return [
    renderFamily("build_info", "gauge", "Version and adapter of this server", [[{ version, adapter }, 1]]),
    renderFamily("acts", "gauge", "Acts by status", statuses),
    renderFamily("problems", "gauge", "Acts with a problem, by code", problems),
    renderFamily("messages", "gauge", "Messages that wait or need a person, by lane and state", messages),
    renderFamily(
      "messages_running",
      "gauge",
      "Messages being done by this process",
      LANES.map((lane) => [{ lane }, running[lane]]),
    ),
    renderFamily("oldest_due_age_seconds", "gauge", "How long the oldest due message of a lane has waited", ages),
    renderFamily(
      "breaker_state",
      "gauge",
      "1 for the state of the breaker in front of 1C",
      BREAKER.map((name) => [{ state: name }, name === breaker.state ? 1 : 0]),
    ),
    renderFamily("failed_commits_total", "counter", "Commits that the storage failed to write", [
      [{}, stats.failedCommits],
    ]),
    renderFamily("breaker_capacity", "gauge", "Calls to 1C allowed side by side now", [[{}, breaker.capacity]]),
  ];
}

function count(counters: Map<string, { labels: Labels; value: number }>, labels: Labels): void {
  const key = JSON.stringify(labels);
  const kept = counters.get(key) ?? { labels, value: 0 };
  kept.value += 1;
  counters.set(key, kept);
}

function toSamples(counters: ReadonlyMap<string, { labels: Labels; value: number }>): Sample[] {
  return [...counters.values()].map(({ labels, value }) => [labels, value]);
}

function renderFamily(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  return renderHead(name, type, help) + samples.map(([labels, value]) => renderLine(name, labels, value)).join("");
}

function renderHistogram(name: string, help: string, series: readonly Histogram[]): string {
  const lines = series.map(({ labels, buckets, sum, count: total }) => {
    const bounds = BUCKETS.map((bound, n) => renderLine(`${name}_bucket`, { ...labels, le: bound }, buckets[n]!));
    const rest = [
      renderLine(`${name}_bucket`, { ...labels, le: "+Inf" }, total),
      renderLine(`${name}_sum`, labels, sum),
    ];
    return [...bounds, ...rest, renderLine(`${name}_count`, labels, total)].join("");
  });
  return renderHead(name, "histogram", help) + lines.join("");
}

function renderHead(name: string, type: string, help: string): string {
  return `# HELP onec_relay_${name} ${help}\n# TYPE onec_relay_${name} ${type}\n`;
}

function renderLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(String(text))}"`);
  return `onec_relay_${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
