import { describe, expect, test } from "vitest";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { BASES, SWITCHES } from "../onec-runtime/odata/switches.ts";
import { coverPairs, listPairs, pairsOf } from "../support/covering.ts";

describe("a covering array", () => {
  test.each([
    ["two switches of two values", [2, 2]],
    ["switches of different sizes", [2, 3, 4]],
    ["many switches", SWITCHES.map(({ values }) => values.length)],
  ])("has every pair of values of any two switches: %s", (_, sizes) => {
    const rows = coverPairs(sizes);
    const found = new Set(rows.flatMap((row) => pairsOf(row).map((pair) => pair.join())));
    const wanted = listPairs(sizes).map((pair) => pair.join());
    expect(wanted).toHaveLength(new Set(wanted).size);
    expect(wanted.filter((pair) => !found.has(pair))).toEqual([]);
    for (const row of rows) expect(row.every((value, at) => value < (sizes[at] ?? 0))).toBe(true);
  });

  test("is far smaller than all combinations, and always the same", () => {
    expect(coverPairs([2, 2, 2, 2, 2, 2])).toEqual(coverPairs([2, 2, 2, 2, 2, 2]));
    expect(coverPairs([2, 2, 2, 2, 2, 2]).length).toBeLessThan(12);
  });
});

describe("the bases", () => {
  test("hold every pair of values of any two switches in their options", () => {
    const values = SWITCHES.flatMap(({ name, values: of }) => of.map((value) => ({ name, value })));
    const isIn = (
      base: (typeof BASES)[number],
      { mapping, settings, ...options }: (typeof values)[number]["value"]["value"],
    ) =>
      (mapping === undefined || JSON.stringify(base.mapping) === JSON.stringify(mapping)) &&
      isPart({ ...base.options.settings }, { ...settings }) &&
      isPart({ ...base.options }, options);
    for (const one of values) {
      for (const other of values) {
        if (one.name === other.name) continue;
        const both = BASES.some((base) => isIn(base, one.value.value) && isIn(base, other.value.value));
        expect(both, `${one.name} ${one.value.label} with ${other.name} ${other.value.label}`).toBe(true);
      }
    }
  });

  test("begin with a usual one and have a switch for each setting of 1C that is yes or no", () => {
    expect(BASES[0]?.name).toBe("base 1 (usual)");
    const { settings } = createOneC();
    const flags = Object.entries(settings).filter(([, value]) => typeof value === "boolean");
    const names = SWITCHES.map(({ name }) => name);
    expect(flags.map(([name]) => name).filter((name) => !names.includes(name))).toEqual([]);
    // The usual value of each switch is the stand-in's default.
    expect(createOneC(BASES[0]?.options ?? {}).settings).toEqual(settings);
  });
});

function isPart(whole: Record<string, unknown>, part: Record<string, unknown>): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}
