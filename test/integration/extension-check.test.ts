import { describe, expect, test } from "vitest";
import { openAccounting } from "../onec-runtime/bsl/accounting/open.ts";
import type { AccountingOptions } from "../onec-runtime/bsl/accounting/options.ts";

/* The operation «ping» over a played БП: what `doctor` shows. */

interface Line {
  readonly name: string;
  readonly ok: boolean | null;
  readonly detail: string;
}

function check(options: Partial<AccountingOptions> = {}, write = false): Line[] {
  const base = openAccounting(options);
  const { ok, result } = base.call("ping", { write });
  expect(ok).toBe(true);
  return result?.checks as Line[];
}

const line = (lines: readonly Line[], name: string) => lines.find((each) => each.name === name);

describe("the check", () => {
  test.each(["3.0.198.19", "3.0.151.27"] as const)("finds nothing wrong in release %s", (release) => {
    const lines = check({ release }, true);
    expect(lines.filter(({ ok }) => ok === false)).toEqual([]);
    expect(line(lines, "Контакты: Почта")?.detail).toContain("EmailКонтрагенты");
  });

  test.each([
    ["3.0.198.19", true],
    ["3.0.151.1", true],
    ["3.0.150.40", false],
    ["2.0.66.1", false],
  ])("compares the release %s with the least one", (version, ok) => {
    expect(line(check({ version }), "Выпуск БП")).toMatchObject({ ok, detail: expect.stringContaining(version) });
  });

  test("tells that cash-flow items are off", () => {
    expect(line(check({ keepsCashFlowItems: false }), "Статья ДДС")?.detail).toMatch(/выключен/);
  });

  test("tells that contracts are 1C's own", () => {
    expect(line(check({ keepsContracts: false }), "Договоры")?.detail).toMatch(/подставляет/);
  });

  test("names the object and the right that the user lacks", () => {
    const withoutRights = ["Изменение Документ.ПлатежноеПоручение", "Проведение Документ.ПоступлениеТоваровУслуг"];
    const lacking = check({ withoutRights }).filter(({ ok }) => ok === false);
    expect(lacking.map(({ name, detail }) => [name, detail])).toEqual([
      ["Права: ПоступлениеТоваровУслуг", "нет прав: Проведение"],
      ["Права: ПлатежноеПоручение", "нет прав: Изменение"],
    ]);
  });

  test("tells safe mode", () => {
    expect(line(check({ safeMode: true }), "Безопасный режим")?.ok).toBe(false);
  });
});
