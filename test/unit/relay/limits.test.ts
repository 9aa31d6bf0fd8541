import { describe, expect, test } from "vitest";
import { parseRetryAfter } from "../../../core/relay/backoff.ts";
import { createBreaker } from "../../../core/relay/breaker.ts";
import { formatPositionCursor, readId, readPosition } from "../../../core/relay/cursor.ts";
import { findActGap } from "../../../core/relay/gap.ts";
import { redactBody } from "../../../core/relay/redact.ts";
import { anAct, NOON } from "../../support/builders.ts";
import { aContext } from "../../support/context.ts";

describe("a cursor", () => {
  const malformed = expect.objectContaining({ code: "malformed" });

  test("is read as it was written", () => {
    expect(readPosition("acts", formatPositionCursor("acts", 1_295))).toBe(1_295);
    expect([readPosition("acts", undefined), readId("inbox", undefined)]).toEqual([null, null]);
    expect(readId("acts", `a${"b".repeat(199)}`)).toBe("b".repeat(199));
  });

  test.each(["a", `a${"b".repeat(200)}`, "mzz"])("is refused when it is no id of this listing: %s", (cursor) => {
    expect(() => readId("acts", cursor)).toThrow(malformed);
  });

  test.each(["a-zz", "azz!", `a${"z".repeat(11)}`])("is refused when it is no position: %s", (cursor) => {
    expect(() => readPosition("acts", cursor)).toThrow(malformed);
  });
});

describe("a breaker", () => {
  test("allows as many calls as are not running", () => {
    const breaker = createBreaker({ capacity: 2 });
    expect([0, 1, 2, 3].map((running) => breaker.countAllowed(NOON, running))).toEqual([2, 1, 0, 0]);
    expect(breaker.getProbeTime(NOON)).toBe(null);
  });

  test("is half open from the time of the probe", () => {
    const breaker = createBreaker({ capacity: 2, threshold: 1 });
    breaker.recordFailure(NOON, "onec_timeout");
    const open = { probeAt: NOON + 5_000, code: "onec_timeout" };
    expect(breaker.getState(NOON + 4_999)).toEqual({ ...open, state: "open", capacity: 0 });
    expect(breaker.getState(NOON + 5_000)).toEqual({ ...open, state: "half_open", capacity: 1 });
    expect(breaker.getProbeTime(NOON + 6_000)).toBe(NOON + 6_000);
  });
});

test.each([
  [" 20 ", 20_000],
  ["999999999", 999_999_999_000],
  ["1234567890", null],
])("reads the wait %o as seconds of at most nine digits", (header, wait) => {
  expect(parseRetryAfter(header, NOON)).toBe(wait);
});

describe("a redacted body", () => {
  const redact = (value: unknown) =>
    JSON.parse(new TextDecoder().decode(redactBody(new TextEncoder().encode(JSON.stringify(value)))));

  test("keeps references, and no word with a name beside it", () => {
    const references = { actRef: "0192f000-a", paymentOrderRef: "0192f000-b" };
    expect(redact(references)).toEqual(references);
    expect(redact({ payoutId: "Имя abc", kind: "abc Имя" })).toEqual({ payoutId: "яяя xxx", kind: "xxx яяя" });
  });

  test("keeps twenty levels and cuts the rest", () => {
    const nest = (depth: number, inside: unknown): unknown => (depth === 0 ? inside : [nest(depth - 1, inside)]);
    expect(redact(nest(20, "ab"))).toEqual(nest(20, "xx"));
    expect(redact(nest(21, "abc"))).toEqual(nest(21, "…"));
  });
});

test("finds no gap after an act without a counterparty", async () => {
  const period = { from: "2026-11-01", to: "2026-11-24" };
  expect(await findActGap(aContext(), anAct({ period }))).toBe(null);
});

test("links no form where no platform reads the link", async () => {
  expect(await aContext().documentLink("act", "f00")).toEqual({ url: "about:blank", expiresAt: NOON });
});
