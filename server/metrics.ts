import { ACT_STATUSES } from "../core/act.ts";
import type { BreakerState } from "../core/relay/breaker.ts";
import type { Lane } from "../core/relay/message.ts";
import type { Source, StoreStats } from "../core/store.ts";

/** What this process has seen since it started. */
export interface Metrics {
  request(seen: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly ms: number;
  }): void;
  /** `outcome`: accepted, duplicate, or the code of the refusal. */
  webhook(source: Source, outcome: string): void;
  /** Prometheus text: what was counted here, and what the store and the relay say now. */
  render(now: MetricsNow): string;
}

/** {@link Metrics.render} */
export interface MetricsNow {
  readonly stats: StoreStats;
  readonly breaker: BreakerState;
  readonly running: Readonly<Record<Lane, number>>;
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
    request({ method, route, status, ms }) {
      count(requests, { method, route, status });
      const key = `${method} ${route}`;
      const kept = durations.get(key) ?? { labels: { method, route }, buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
      durations.set(key, kept);
      const seconds = ms / 1000;
      for (const [n, bound] of BUCKETS.entries()) if (seconds <= bound) kept.buckets[n]! += 1;
      kept.sum += seconds;
      kept.count += 1;
    },
    webhook: (source, outcome) => count(webhooks, { source, outcome }),
    render: (now) =>
      [
        ...state(now),
        family("http_requests_total", "counter", "Requests answered", counted(requests)),
        histogram("http_request_duration_seconds", "Time to answer a request", [...durations.values()]),
        family("webhooks_received_total", "counter", "Signed events received, by outcome", counted(webhooks)),
      ].join(""),
  };
}

function state({ stats, breaker, running, at, version, adapter }: MetricsNow): string[] {
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
    family("build_info", "gauge", "Version and adapter of this server", [[{ version, adapter }, 1]]),
    family("acts", "gauge", "Acts by status", statuses),
    family("problems", "gauge", "Acts with a problem, by code", problems),
    family("messages", "gauge", "Messages that wait or need a person, by lane and state", messages),
    family(
      "messages_running",
      "gauge",
      "Messages being done by this process",
      LANES.map((lane) => [{ lane }, running[lane]]),
    ),
    family("oldest_due_age_seconds", "gauge", "How long the oldest due message of a lane has waited", ages),
    family(
      "breaker_state",
      "gauge",
      "1 for the state of the breaker in front of 1C",
      BREAKER.map((name) => [{ state: name }, name === breaker.state ? 1 : 0]),
    ),
    family("breaker_capacity", "gauge", "Calls to 1C allowed side by side now", [[{}, breaker.capacity]]),
  ];
}

function count(counters: Map<string, { labels: Labels; value: number }>, labels: Labels): void {
  const key = JSON.stringify(labels);
  const kept = counters.get(key) ?? { labels, value: 0 };
  kept.value += 1;
  counters.set(key, kept);
}

function counted(counters: ReadonlyMap<string, { labels: Labels; value: number }>): Sample[] {
  return [...counters.values()].map(({ labels, value }) => [labels, value]);
}

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  return head(name, type, help) + samples.map(([labels, value]) => line(name, labels, value)).join("");
}

function histogram(name: string, help: string, series: readonly Histogram[]): string {
  const lines = series.map(({ labels, buckets, sum, count: total }) => {
    const bounds = BUCKETS.map((bound, n) => line(`${name}_bucket`, { ...labels, le: bound }, buckets[n]!));
    const rest = [line(`${name}_bucket`, { ...labels, le: "+Inf" }, total), line(`${name}_sum`, labels, sum)];
    return [...bounds, ...rest, line(`${name}_count`, labels, total)].join("");
  });
  return head(name, "histogram", help) + lines.join("");
}

function head(name: string, type: string, help: string): string {
  return `# HELP onec_relay_${name} ${help}\n# TYPE onec_relay_${name} ${type}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(String(text))}"`);
  return `onec_relay_${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
