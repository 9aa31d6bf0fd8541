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

test("a value is kept for its time and not a millisecond longer", async () => {
  const { cache: kept, time, load } = cache();
  expect(await kept.get("a", load)).toBe("value 1");
  time.now += 999;
  expect(await kept.get("a", load)).toBe("value 1");
  expect(kept.peek("a")).toBe("value 1");
  time.now += 1;
  expect(kept.peek("a")).toBeUndefined();
  expect(await kept.get("a", load)).toBe("value 2");
});

test("a clock that was set back makes nothing last longer", async () => {
  const { cache: kept, time, load } = cache();
  await kept.get("a", load);
  time.now -= 1;
  expect(await kept.get("a", load)).toBe("value 2");
});

test("what failed or was not there is asked for again", async () => {
  const { cache: kept, load } = cache();
  await expect(kept.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await kept.get("a", async () => null)).toBeNull();
  expect(await kept.get("a", load)).toBe("value 1");
});

test("a loading that never ends, as where the runtime has ended its caller, holds back nobody else", async () => {
  const { cache: kept, load } = cache();
  void kept.get("a", () => new Promise<string>(() => {}));
  expect(await kept.get("a", load)).toBe("value 1");
  expect(kept.peek("a")).toBe("value 1");
});

test("the oldest gives way when there are too many, and a value put again is young", () => {
  const { cache: kept } = cache(2);
  for (const key of ["a", "b", "a", "c"]) kept.put(key, key);
  expect([kept.peek("a"), kept.peek("b"), kept.peek("c")]).toEqual(["a", undefined, "c"]);
  kept.drop("a");
  expect(kept.peek("a")).toBeUndefined();
});
