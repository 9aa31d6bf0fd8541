import { expect, test } from "vitest";
import { MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { type ConnectionProbe, createOnecHttpAdapter, type ProbeAnswer } from "../../../adapters/onec-http/index.ts";
import type { LateAnswer } from "../../../core/relay/index.ts";
import {
  createConnectionCheck,
  readConnectionCheck,
  withdrawConnectionCheck,
} from "../../../core/relay/jobs/check-connection.ts";
import type { LastSeen } from "../../../core/store.ts";
import { createPull } from "../../onec-runtime/http/pull.ts";
import { NOON } from "../../support/builders.ts";

const INN = "7709123453";
const SAID = {
  extension: "1.2.0",
  platform: "8.3.27.1859",
  configuration: { name: "БухгалтерияПредприятия", version: "3.0.182.17" },
  organizations: ["7700000016", INN],
  skewMs: 12_000,
};

const NO_SERVER = "по адресу http://127.0.0.1:8080 он не отвечает";
const NOBODY: ProbeAnswer = { answer: null, waited: 30, fetched: false, others: 0, noServer: null };

interface Looked {
  readonly visit?: LastSeen | null;
  readonly asked?: ProbeAnswer;
  readonly now?: number;
  readonly write?: boolean;
}

/** Returns the lines of the check by name, as «✓ detail» or «✗ detail → todo», and the command of the check. */
async function checked({ visit = visitOf(), asked = NOBODY, now = NOON, write = false }: Looked) {
  const left: unknown[] = [];
  const visitor: ConnectionProbe = {
    findLastSeen: async () => visit,
    async ask(command) {
      left.push(command);
      return asked;
    },
  };
  const adapter = createOnecHttpAdapter({ organizationInn: INN, visitor, clock: () => now });
  const { lines } = await adapter.check({ write });
  const mark = (ok: boolean | null) => (ok === null ? "–" : ok ? "✓" : "✗");
  const byName: Record<string, string> = Object.fromEntries(
    lines.map(({ name, ok, detail, todo }) => [name, `${mark(ok)} ${detail}${todo === undefined ? "" : ` → ${todo}`}`]),
  );
  return { lines: byName, left };
}

function visitOf(said: object = {}, at = NOON): LastSeen {
  return { name: "accounting", at, report: { ...SAID, ...said } };
}

const PONG = {
  extension: "1.2.0",
  platform: "8.3.27.1859",
  configuration: SAID.configuration,
  organization: { name: "ООО «Платформа»", fullName: "ООО «Платформа»", inn: INN, bankAccount: null },
  checks: [
    { name: "Права: Контрагенты", ok: true, detail: "чтение и запись разрешены" },
    { name: "Права: ПлатежноеПоручение", ok: false, detail: "нет чтения или записи", todo: "Добавьте права" },
    { name: "Запись", ok: true, detail: "контрагент записан в транзакции, которая отменена" },
  ],
};

test("the check reports a failed look where nothing is known of 1C", async () => {
  const { lines } = await createOnecHttpAdapter({ organizationInn: INN }).check({ write: true });
  expect(lines.map(({ ok }) => ok)).toEqual(lines.map(() => null));
  expect(lines[0]?.detail).toContain("не проверено");
});

test.each([true, false])("an answer of 1C is the report, with 1C's own lines (write: %s)", async (write) => {
  const { lines, left } = await checked({ asked: { answer: { value: PONG } }, write });
  expect(left).toMatchObject([
    { protocol: 1, operation: "ping", settings: { organizationInn: INN }, params: { write } },
  ]);
  expect(Object.keys(left[0] as object)).not.toContain("id");
  expect(lines).toMatchObject({
    Связь: "✓ расширение версии 1.2.0 отвечает, протокол 1, подписи верны",
    "1С": "✓ конфигурация «БухгалтерияПредприятия» 3.0.182.17, платформа 8.3.27.1859",
    Часы: "✓ часы 1С и шлюза расходятся на 12 с",
    Организация: `✓ ООО «Платформа», ИНН ${INN}`,
    "Счёт организации": expect.stringMatching(/^✗ основной счёт не указан/),
    "Права: Контрагенты": "✓ чтение и запись разрешены",
    "Права: ПлатежноеПоручение": "✗ нет чтения или записи → Добавьте права",
    Запись: "✓ контрагент записан в транзакции, которая отменена",
  });
});

test("a refusal of 1C is the report", async () => {
  const error = {
    code: "onec_session_blocked",
    outcome: "unavailable",
    message: "no",
    detail: "База — копия",
  } as const;
  const { lines } = await checked({ asked: { answer: { error } } });
  expect(lines.Связь).toMatch(/^✗ База — копия → Снимите блокировку/);
});

test.each<[string, Looked, RegExp]>([
  [
    "no server",
    { asked: { ...NOBODY, noServer: NO_SERVER }, visit: null },
    /^✗ сервер шлюза не запущен: по адресу http:\/\/127\.0\.0\.1:8080 он не отвечает\. .*→ Запустите сервер шлюза/,
  ],
  [
    "1C that has never come",
    { visit: null },
    /^✗ 1С не приходила за командами 30 с; 1С ещё ни разу не забирала команды.*→ .*регламентное задание «Шлюз: команды» включено/,
  ],
  [
    "1C that has stopped coming",
    { now: NOON + 3 * 3_600_000 },
    /^✗ 1С не приходила за командами 30 с; последний раз 1С забирала команды 3 часа назад.*→ .*не выключено ли/,
  ],
  [
    "no server, and 1C that came long enough ago",
    { asked: { ...NOBODY, noServer: NO_SERVER }, now: NOON + 2 * 60_000 + 30_000 },
    /^✗ сервер шлюза не запущен: по адресу .*; 1С забирала команды 2 минуты назад.*→ Запустите сервер шлюза/,
  ],
  [
    "no server to be seen, and 1C that came just now: either may be",
    { asked: { ...NOBODY, noServer: NO_SERVER }, now: NOON + 2 * 60_000 + 29_999 },
    /^✗ сервер шлюза не запущен \(по адресу http:\/\/127\.0\.0\.1:8080 он не отвечает\) или 1С не приходит: за 30 с она не забрала проверку; 1С забирала команды 2 минуты назад.*→ Проверьте, что сервер шлюза запущен .*\. Если он работает, проверьте в 1С: .*«Шлюз: команды»/,
  ],
  [
    "no server to be seen, and commands before the check",
    { asked: { ...NOBODY, noServer: NO_SERVER, others: 3 } },
    /^✗ сервер шлюза не запущен .* или 1С не приходит: .*→ Проверьте, что сервер шлюза запущен/,
  ],
  [
    "1C that has taken the check from a server that is not to be seen from here",
    { asked: { ...NOBODY, noServer: NO_SERVER, fetched: true } },
    /^✗ 1С забрала проверку, но за 30 с не ответила на неё → /,
  ],
  [
    "1C that has taken the check",
    { asked: { ...NOBODY, fetched: true } },
    /^✗ 1С забрала проверку, но за 30 с не ответила на неё → .*«Шлюз\.Команды»/,
  ],
  [
    "1C with much to do",
    { asked: { ...NOBODY, others: 42 } },
    /^✗ за 30 с 1С не дошла до проверки, перед ней 42 команды; 1С забирала команды меньше минуты назад.*→ /,
  ],
])("a missing answer has a plain report: %s", async (_, looked, row) => {
  const { lines } = await checked(looked);
  expect(lines.Связь).toMatch(row);
  expect(lines.Запись).toMatch(/^– не проверено → /);
});

test("a missing answer keeps the last report of 1C", async () => {
  const { lines } = await checked({});
  expect(lines).toMatchObject({
    "1С": "✓ конфигурация «БухгалтерияПредприятия» 3.0.182.17, платформа 8.3.27.1859",
    Часы: "✓ часы 1С и шлюза расходятся на 12 с",
    Организация: `✓ ИНН ${INN} в 1С найден`,
  });
});

test.each([
  [10 * 60_000, "1С забирала команды 10 минут назад"],
  [10 * 60_000 + 1, "последний раз 1С забирала команды 10 минут назад"],
  [5 * 86_400_000, "последний раз 1С забирала команды 5 дней назад"],
  [-5000, "1С забирала команды меньше минуты назад"],
])("1C last seen %i ms ago: %s", async (ms, begins) => {
  expect((await checked({ now: NOON + ms })).lines.Связь).toContain(`30 с; ${begins}`);
});

test.each([
  ["a clock behind", { skewMs: -240_000 }, "Часы", "✗ часы 1С отстают на 240 с → "],
  ["no such organisation", { organizations: ["7700000016"] }, "Организация", `✗ ИНН ${INN} в 1С не найден → `],
  ["two of it", { organizations: [INN, INN] }, "Организация", `✗ организаций с ИНН ${INN} в 1С: 2 → `],
  ["too many to say", { organizations: Array(100).fill("1") }, "Организация", "– не проверено → "],
  ["an extension that says little", { organizations: undefined }, "Организация", "– не проверено → Обновите"],
])("%s is named", async (_, said, name, begins) => {
  expect((await checked({ visit: visitOf(said) })).lines[name]).toContain(begins);
});

test("a check in the store reaches 1C with the next claim, and the answer comes back whole", async () => {
  const pull = await createPull();
  const { store, now } = pull.relay;
  await store.commit([{ type: "destination", destination: { name: "accounting", stoppedAt: now(), reason: "why" } }]);
  const visitor: ConnectionProbe = {
    findLastSeen: () => store.getLastSeen("accounting"),
    async ask(command) {
      const job = createConnectionCheck("msg_check_1", now(), command);
      await store.commit([{ type: "job", job }]);
      expect(readConnectionCheck(await store.getJob(job.id))).toBe("waiting");
      const [given] = await pull.poller.claim();
      expect(Object.keys(given!).toSorted()).toEqual(["id", "operation", "params", "protocol", "settings"]);
      expect(readConnectionCheck(await store.getJob(job.id))).toBe("fetched");
      await pull.poller.post(await pull.extension.execute(given!));
      await pull.relay.settle();
      expect((await store.getJob(job.id))?.state).toBe("done");
      return { answer: readConnectionCheck(await store.getJob(job.id)) as LateAnswer };
    },
  };
  const adapter = createOnecHttpAdapter({ organizationInn: MOCK_ORGANIZATION.inn, visitor, clock: now });
  const { lines } = await adapter.check({ write: true });
  const line = (name: string) => lines.find((each) => each.name === name);
  expect(line("Связь")).toMatchObject({ ok: true, detail: expect.stringContaining("отвечает") });
  expect(line("Организация")?.detail).toContain(MOCK_ORGANIZATION.inn);
  expect(line("Запись")?.ok).toBe(true);
});

test("a check that was given up is not given out, and a late answer has no effect", async () => {
  const pull = await createPull();
  const { store, now } = pull.relay;
  const command = { protocol: 1, operation: "ping", settings: { organizationInn: INN, actDocument: "receipt" } };
  const job = createConnectionCheck("msg_check_2", now(), { ...command, params: { write: false } });
  await store.commit([{ type: "job", job }]);
  const [given] = await pull.poller.claim();
  const late = await pull.extension.execute(given!);
  await store.commit([withdrawConnectionCheck(job, now())]);
  expect(await pull.poller.claim()).toEqual([]);
  expect(await pull.poller.post(late)).toBe("known");
  await pull.relay.settle();
  expect((await store.getJob(job.id))?.state).toBe("skipped");
  expect(readConnectionCheck(await store.getJob("msg_none"))).toBe("waiting");
  expect(await pull.poller.post(late)).toBe("known");
});
