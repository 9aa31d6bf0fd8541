import { expect, test } from "vitest";
import { createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import type { Visit } from "../../../core/store.ts";
import { NOON } from "../../support/builders.ts";
import { createPull } from "../../support/onec-http/pull.ts";

const INN = "7709123453";
const SAID = {
  extension: "1.2.0",
  platform: "8.3.27.1859",
  configuration: { name: "БухгалтерияПредприятия", version: "3.0.182.17" },
  organizations: ["7700000016", INN],
  skewMs: 12_000,
};

/** The lines of the check by name, as «✓ detail» or «✗ detail → todo». */
async function checked(visit: Visit | null, now = NOON): Promise<Record<string, string>> {
  const adapter = createOnecHttpAdapter({ organizationInn: INN, lastVisit: async () => visit, clock: () => now });
  const { lines } = await adapter.check({ write: false });
  const mark = (ok: boolean | null) => (ok === null ? "–" : ok ? "✓" : "✗");
  return Object.fromEntries(
    lines.map(({ name, ok, detail, todo }) => [name, `${mark(ok)} ${detail}${todo === undefined ? "" : ` → ${todo}`}`]),
  );
}

function visitOf(said: object = {}, at = NOON): Visit {
  return { name: "accounting", at, said: { ...SAID, ...said } };
}

test("where nothing is noted of 1C, the check says that it could not look", async () => {
  const { lines } = await createOnecHttpAdapter({ organizationInn: INN }).check({ write: true });
  expect(lines.map(({ ok }) => ok)).toEqual(lines.map(() => null));
  expect(lines[0]?.detail).toContain("не проверено");
});

test("1C that has just come is there, with what it said of itself", async () => {
  expect(await checked(visitOf())).toEqual({
    Связь: "✓ 1С забирала команды меньше минуты назад; расширение версии 1.2.0, протокол 1, подписи верны",
    "1С": "✓ конфигурация «БухгалтерияПредприятия» 3.0.182.17, платформа 8.3.27.1859",
    Часы: "✓ часы 1С и шлюза расходятся на 12 с",
    Организация: `✓ ИНН ${INN} в 1С найден`,
    Запись: expect.stringMatching(/^– не проверено → .*первым настоящим актом$/),
  });
});

test("1C that has never come is wrong, and the administrator is told where to look", async () => {
  const lines = await checked(null);
  expect(lines.Связь).toMatch(
    /^✗ 1С ещё ни разу не забирала команды.*→ .*регламентное задание «Шлюз: команды» включено/,
  );
  expect(Object.values(lines).filter((line) => line.startsWith("–"))).toHaveLength(4);
});

test.each([
  [10 * 60_000, "✓ 1С забирала команды 10 минут назад"],
  [10 * 60_000 + 1, "✗ последний раз 1С забирала команды 10 минут назад"],
  [3 * 3_600_000, "✗ последний раз 1С забирала команды 3 часа назад"],
  [5 * 86_400_000, "✗ последний раз 1С забирала команды 5 дней назад"],
  [-5000, "✓ 1С забирала команды меньше минуты назад"],
])("1C that came %i ms ago: %s", async (ms, begins) => {
  const { Связь: line } = await checked(visitOf(), NOON + ms);
  expect(line).toContain(begins);
  expect(line?.includes("не выключено ли регламентное задание «Шлюз: команды»")).toBe(begins.startsWith("✗"));
});

test.each([
  ["a clock behind", { skewMs: -240_000 }, "Часы", "✗ часы 1С отстают на 240 с → "],
  ["no such organisation", { organizations: ["7700000016"] }, "Организация", `✗ ИНН ${INN} в 1С не найден → `],
  ["two of it", { organizations: [INN, INN] }, "Организация", `✗ организаций с ИНН ${INN} в 1С: 2 → `],
  ["too many to say", { organizations: Array(100).fill("1") }, "Организация", "– не проверено → "],
  ["an extension that says little", { organizations: undefined }, "Организация", "– не проверено → Обновите"],
])("%s is named", async (_, said, name, begins) => {
  expect((await checked(visitOf(said)))[name]).toContain(begins);
});

test("a claim over HTTP is what the check reads", async () => {
  const pull = await createPull();
  await pull.poller.claim();
  const visit = await pull.relay.store.visit("accounting");
  expect((await checked(visit, pull.relay.now())).Связь).toMatch(/^✓ 1С забирала команды меньше минуты назад/);
});
