/** Weight of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one event with plain fields. What is not on the allow-list is dropped: no bodies, secrets or personal data. */
export type Log = (level: LogLevel, event: string, fields?: object) => void;

/** {@link createLog} */
export interface LogOptions {
  /** Lines below it are not written. */
  readonly level: LogLevel;
  /** Takes one line, without its line break. */
  readonly write: (line: string) => void;
  /** Epoch ms. */
  readonly clock: () => number;
}

const WEIGHTS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Fields that may be logged: identifiers of ours, codes and counts. Nothing that a person typed. */
const ALLOWED = new Set([
  ...["requestId", "method", "route", "status", "ms", "source", "webhookId", "duplicate", "bytes"],
  ...["act", "actId", "message", "messageId", "kind", "type", "lane", "endpoint", "step", "callId"],
  ...["code", "outcome", "attempt", "attempts", "count", "done", "running", "waiting", "lag", "seq", "until"],
  ...["error", "cause", "at", "signal", "state", "setting"],
  ...["host", "port", "adapter", "version", "database", "migration", "mode", "pid", "node", "accounting"],
]);

const LONGEST = 500;
// Names in Cyrillic, control characters, addresses with signatures and our own secrets have no place in a line.
const PLAIN = /^[\x20-\x7e]*$/;
const SECRET = /wh(?:sec|sk|pk)_|:\/\/|signature=|bearer |basic /i;

/**
 * A log of JSON lines: `{"time", "level", "event", …fields}`. A field is written when its name is on the allow-list and
 * its value is a number, a boolean, null or a short text in plain ASCII; any other is left out or blotted.
 *
 * @example
 * const log = createLog({ level: "info", write: console.log, clock: Date.now });
 * log("info", "request", { method: "GET", route: "/api/acts", status: 200, ms: 3 });
 */
export function createLog({ level, write, clock }: LogOptions): Log {
  const least = WEIGHTS[level];
  return (weight, event, fields = {}) => {
    if (WEIGHTS[weight] < least) return;
    const line: Record<string, unknown> = { time: new Date(clock()).toISOString(), level: weight, event };
    for (const [name, value] of Object.entries(fields)) {
      const shown = ALLOWED.has(name) ? toScalar(value) : undefined;
      if (shown !== undefined) line[name] = shown;
    }
    write(JSON.stringify(line));
  };
}

/** What may be said of an error: its class, its code and where it arose; not its message, which may quote data. */
export function toErrorFields(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error };
  const fields: Record<string, string> = { error: error.name };
  if ("code" in error && typeof error.code === "string") fields.code = error.code;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  if (frames.length > 0) fields.at = frames.slice(0, 4).map(formatFrame).join(" < ");
  if (error.cause instanceof Error) {
    const code = "code" in error.cause && typeof error.cause.code === "string" ? `:${error.cause.code}` : "";
    fields.cause = error.cause.name + code;
  }
  return fields;
}

function formatFrame(line: string): string {
  return line.trim().slice(3).replace("file://", "");
}

function toScalar(value: unknown): string | number | boolean | null | undefined {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string") return undefined;
  return PLAIN.test(value) && !SECRET.test(value) ? value.slice(0, LONGEST) : "[redacted]";
}
