import { expect, test } from "vitest";
import { createCache } from "../../../adapters/onec-odata/cache.ts";

function cache(most?: number) {
  const time = { now: 1_000_000 };
  const made = createCache({ keepMs: 1000, clock: () => time.now, ...(most === undefined ? {} : { most }) });
  let loads = 0;
  const load = async () => {
    loads += 1;
    return `value ${loads}`;
  };
  return { cache: made, time, load, loads: () => loads };
}

test("a value is kept for the set time and not a millisecond longer", async () => {
  const { cache: kept, time, load } = cache();
  expect(await kept.get("a", load)).toBe("value 1");
  time.now += 999;
  expect(await kept.get("a", load)).toBe("value 1");
  expect(kept.peek("a")).toBe("value 1");
  time.now += 1;
  expect(kept.peek("a")).toBeUndefined();
  expect(await kept.get("a", load)).toBe("value 2");
});

test("a clock set back does not lengthen the life of a value", async () => {
  const { cache: kept, time, load } = cache();
  await kept.get("a", load);
  time.now -= 1;
  expect(await kept.get("a", load)).toBe("value 2");
});

test("a failed or missing value is loaded again", async () => {
  const { cache: kept, load } = cache();
  await expect(kept.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await kept.get("a", async () => null)).toBeNull();
  expect(await kept.get("a", load)).toBe("value 1");
});

test("an endless loading, as after the end of the caller's runtime, does not block others", async () => {
  const { cache: kept, load } = cache();
  void kept.get("a", () => new Promise<string>(() => {}));
  expect(await kept.get("a", load)).toBe("value 1");
  expect(kept.peek("a")).toBe("value 1");
});

test("the oldest value gives way when there are too many, and a repeated put makes a value young", () => {
  const { cache: kept } = cache(2);
  for (const key of ["a", "b", "a", "c"]) kept.put(key, key);
  expect([kept.peek("a"), kept.peek("b"), kept.peek("c")]).toEqual(["a", undefined, "c"]);
  kept.drop("a");
  expect(kept.peek("a")).toBeUndefined();
});
