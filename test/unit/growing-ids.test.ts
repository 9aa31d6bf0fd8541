import { expect, test } from "vitest";
import { createGrowingIds } from "../../core/ids.ts";
import { createSecureRandom } from "../../server/secure-random.ts";
import { NOON } from "../support/builders.ts";

test("ids are version 7, unique and growing, also within a millisecond and when the clock goes back", () => {
  let now = NOON;
  const next = createGrowingIds(() => now, createSecureRandom());
  const ids = Array.from({ length: 20_000 }, (_, n) => {
    if (n === 12_000) now += 5;
    if (n === 15_000) now -= 60_000;
    return next();
  });
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
    true,
  );
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Number.parseInt(ids[0]?.replace("-", "").slice(0, 12) ?? "", 16)).toBe(NOON);
});

test("draws different numbers in [0, 1) with the cryptographic source", () => {
  const random = createSecureRandom();
  const numbers = Array.from({ length: 1_000 }, random);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers).size).toBe(numbers.length);
});
