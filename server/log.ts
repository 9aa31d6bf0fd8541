/** Levels of log lines, in growing weight. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes a log event with plain fields. An allow-list of fields keeps out bodies, secrets and personal data. */
export type Log = (level: LogLevel, event: string, fields?: object) => void;

export interface LogOptions {
  /** Lowest written level. */
  readonly level: LogLevel;
  /** Writes a line; the line has no line break. */
  readonly write: (line: string) => void;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Allowed fields: the relay's own identifiers, codes and counts. No field may hold a text that a person typed. */
const ALLOWED = new Set([
  ...["requestId", "method", "route", "status", "ms", "source", "webhookId", "duplicate", "bytes"],
  ...["act", "actId", "message", "messageId", "kind", "type", "lane", "endpoint", "step", "callId"],
  ...["code", "outcome", "attempt", "attempts", "count", "done", "running", "waiting", "lag", "seq", "until"],
  ...["interrupted", "seconds", "job"],
  ...["error", "cause", "at", "signal", "state", "setting"],
  ...["host", "port", "adapter", "version", "database", "migration", "mode", "pid", "node", "accounting"],
]);

const LONGEST = 500;
// A line must not have Cyrillic names, control characters, signed addresses or secrets.
const PLAIN = /^[\x20-\x7e]*$/;
const SECRET = /wh(?:sec|sk|pk)_|:\/\/|signature=|bearer |basic /i;

/**
 * Makes a log of JSON lines: `{"time", "level", "event", …fields}`. A field needs a name on the allow-list, and a
 * number, a boolean, null or a short plain ASCII text. Other fields are omitted or redacted.
 * @example
 * const log = createLog({ level: "info", write: console.log, clock: Date.now });
 * log("info", "request", { method: "GET", route: "/api/acts", status: 200, ms: 3 });
 */
export function createLog({ level, write, clock }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  return (weight, event, fields = {}) => {
    if (LOG_LEVELS.indexOf(weight) < least) return;
    const line: Record<string, unknown> = { time: new Date(clock()).toISOString(), level: weight, event };
    for (const [name, value] of Object.entries(fields)) {
      const shown = ALLOWED.has(name) ? toScalar(value) : undefined;
      if (shown !== undefined) line[name] = shown;
    }
    write(JSON.stringify(line));
  };
}

/** Log fields of an error: class, code and place, without the message, which may quote personal data. */
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
