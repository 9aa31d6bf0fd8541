import { describe, expect, it } from "vitest";
import { createLog, type LogLevel, toErrorFields } from "../../../server/log.ts";

function written(level: LogLevel = "debug") {
  const lines: string[] = [];
  const log = createLog({ level, write: (line) => void lines.push(line), clock: () => Date.UTC(2026, 10, 24, 9) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

describe("createLog", () => {
  it("writes one line of JSON per event", () => {
    const { log, lines, last } = written();
    log("info", "request", { method: "GET", route: "/api/acts", status: 200, ms: 3.5, duplicate: false, code: null });
    expect(lines[0]).not.toContain("\n");
    expect(last()).toEqual({
      ...{ time: "2026-11-24T09:00:00.000Z", level: "info", event: "request" },
      ...{ method: "GET", route: "/api/acts", status: 200, ms: 3.5, duplicate: false, code: null },
    });
  });

  it("writes nothing below its level", () => {
    const { log, lines } = written("warn");
    for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["warn", "error"]);
  });

  it.each(["body", "inn", "name_", "authorization", "url", "secret", "payload", "__proto__"])(
    "drops the field %s",
    (field) => {
      const { log, last } = written();
      log("info", "x", JSON.parse(`{"${field}":"v","status":1}`) as object);
      expect(Object.keys(last())).toEqual(["time", "level", "event", "status"]);
    },
  );

  it.each([[{ a: 1 }], [["x"]], [undefined], [() => 1], [Symbol("x")], [10n]])(
    "drops a value that is no scalar",
    (value) => {
      const { log, last } = written();
      log("info", "x", { code: value });
      expect(last()).not.toHaveProperty("code");
    },
  );

  it.each(["ООО «Ёлочка»", "a\nb", "whsec_abc", "https://x/?signature=y", "Bearer abc", "\u2028"])(
    "blots out %j",
    (value) => {
      const { log, last } = written();
      log("info", "x", { code: value });
      expect(last().code).toBe("[redacted]");
    },
  );

  it("shortens long texts and keeps the log's own fields", () => {
    const { log, last } = written();
    log("info", "x", { code: "y".repeat(2000), event: "forged", level: "forged", time: "forged", ms: Number.NaN });
    expect(last()).toMatchObject({ event: "x", level: "info", code: "y".repeat(500), ms: null });
  });
});

describe("errorFields", () => {
  it("has class, code, place and cause, never the message", () => {
    const cause = Object.assign(new Error("password hunter2"), { code: "ECONNREFUSED" });
    const fields = toErrorFields(Object.assign(new TypeError("ИНН 7707083893", { cause }), { code: "E_X" }));
    expect(fields).toMatchObject({ error: "TypeError", code: "E_X", cause: "Error:ECONNREFUSED" });
    expect(fields.at).toContain("log.test.ts");
    expect(JSON.stringify(fields)).not.toMatch(/hunter2|7707083893/);
  });

  it.each([undefined, null, "text", 1])("takes %j for an error too", (value) => {
    expect(toErrorFields(value)).toEqual({ error: typeof value });
  });
});
