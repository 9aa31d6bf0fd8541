import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import { createSecret, importSecrets } from "../../core/webhook.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { createExtension } from "../onec-runtime/http/extension.ts";
import { createPoller } from "../onec-runtime/http/poller.ts";
import { startRelay } from "../onec-runtime/http/server.ts";
import { createOneC, type Fault, type OneC, type OneCOptions } from "../onec-runtime/odata/index.ts";
import { companyInn } from "../support/builders.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import { odataEnv } from "../support/onec-cli.ts";

const ACTS = "Document_ПоступлениеТоваровУслуг";
const PAGE: Fault = { kind: "answer", status: 200, body: "<html><body>Вход</body></html>" };

let folder = "";
let running: OneC[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-doctor-"));
  running = [];
});
afterEach(async () => {
  for (const onec of running) await onec.close();
  rmSync(folder, { recursive: true });
});

/** Runs doctor as a process against a stand-in over HTTP. */
async function doctor(
  onec: OneC,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> | undefined } = {},
): Promise<CliResult> {
  running.push(onec);
  const url = await onec.listen();
  const settings = { ...odataEnv(onec, url), ...env, ...(env.ONEC_URL ? { ONEC_URL: url + env.ONEC_URL } : {}) };
  return runCli(["doctor", ...args], { cwd: folder, env: settings });
}

function prepared(prepare: (onec: OneC) => void, options: OneCOptions = {}): OneC {
  const onec = createOneC(options);
  prepare(onec);
  return onec;
}

/** The rows of a table from the line that is marked wrong up to the next line. */
function wrongRows(stdout: string): string[] {
  return stdout.split(/\n(?=[✓✗–]|\n)/).flatMap((rows) => (rows.startsWith("✗") ? [rows.replace(/\s+/g, " ")] : []));
}

describe("doctor over 1C", () => {
  test("finds nothing wrong with a sound 1C, in a table and as JSON, and writes nothing", async () => {
    const onec = createOneC();
    const { code, stdout, stderr } = await doctor(onec);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Проверка подключения к 1С: onec-odata, http:\/\/127\.0\.0\.1:\d+\/buh\n\n✓ Связь /);
    expect(stdout).toMatch(/^✓ Организация +ООО «Платформа», ИНН 7700000016, КПП 770101001$/m);
    expect(stdout).toMatch(/^– Запись акта +не проверено$/m);
    expect(stdout).toMatch(/^ +→ Запустите проверку с записью: doctor --write\. Только она видит права на\n +запись$/m);
    expect(stdout).toMatch(/\n\nВ проверенном ошибок нет\. Не проверено: \d+\.\n$/);
    const json = await doctor(onec, { args: ["--json"] });
    const report = JSON.parse(json.stdout);
    expect(report).toMatchObject({ adapter: "onec-odata", ok: true });
    expect(report.lines[0]).toMatchObject({ name: "Связь", ok: true, detail: expect.any(String) });
    expect(onec.counters.log.filter(({ isWrite }) => isWrite)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, () => OneC, RegExp, Record<string, string>?]>([
    [
      "a wrong password",
      createOneC,
      /^✗ Связь .*неверное имя.*→ Проверьте ONEC_USER и ONEC_PASSWORD/,
      { ONEC_PASSWORD: "h1dden" },
    ],
    ["a wrong address", createOneC, /^✗ Связь .*→ Конфигуратор → .*Публикация на веб-сервере/, { ONEC_URL: "2" }],
    [
      "no right to read one object",
      () => createOneC({ denied: [{ entity: "Catalog_БанковскиеСчета", verb: "read" }] }),
      /^✗ Справочник БанковскиеСчета нет прав на чтение.*→ Дайте пользователю шлюза права/,
    ],
    [
      "an object out of the composition",
      () => createOneC({ published: [...createOneC().state.entities.keys()].filter((name) => name !== ACTS) }),
      /^✗ Состав OData .*: 1 из 13 → .*Настройки стандартного интерфейса OData → Состав: отметьте Документ ПоступлениеТоваровУслуг\. /,
    ],
    [
      "an empty composition",
      () => createOneC({ published: [] }),
      /^✗ Состав OData пуст.*отметьте Справочник Контрагенты, /,
    ],
    [
      "a field that this configuration lacks",
      createOneC,
      /^✗ Справочник Контрагенты в этой конфигурации нет полей: Примечание → .*ONEC_MAPPING/,
      { ONEC_MAPPING: JSON.stringify({ counterparty: { fields: { comment: "Примечание" } } }) },
    ],
    [
      "no such organisation",
      createOneC,
      /^✗ Организация .*ИНН 7700000023.*→ .*Главное → Организации/,
      { ONEC_ORGANIZATION_INN: "7700000023" },
    ],
    [
      "no such account",
      createOneC,
      /^✗ Счёт организации .*нет счёта 40702810999999999999.*→ Проверьте ONEC_ORGANIZATION_ACCOUNT/,
      { ONEC_ORGANIZATION_ACCOUNT: "40702810999999999999" },
    ],
    [
      "several accounts and no main one",
      () =>
        prepared(({ seeded, state }) => {
          const Owner = { Owner: seeded.organization, Owner_Type: "StandardODATA.Catalog_Организации" };
          state.put("Catalog_БанковскиеСчета", { ...Owner, НомерСчета: "40702810000000000011" });
          const ОсновнойБанковскийСчет_Key = "00000000-0000-0000-0000-000000000000";
          state.put("Catalog_Организации", { Ref_Key: seeded.organization, ОсновнойБанковскийСчет_Key });
        }),
      /^✗ Счёт организации .*не выбран, а счетов 2.*→ Выберите основной счёт/,
    ],
    [
      "no item",
      () => prepared(({ seeded, state }) => state.remove("Catalog_Номенклатура", seeded.item)),
      /^✗ Номенклатура: «Услуги агентов» .*нет элемента.*→ Название должно совпадать/,
    ],
    [
      "a page in place of JSON",
      () => prepared(({ faults }) => faults.plan(({ kind }) => (kind === "list" ? PAGE : null))),
      /^✗ Ответы в JSON .*→ .*прокси/,
    ],
    [
      "clocks apart",
      () => createOneC({ clock: () => Date.now() + 3_600_000 }),
      /^✗ Часы .*спешат на (1 ч 0|59|60) мин.*→ Сверьте часы/,
    ],
    [
      "silence",
      () => prepared(({ faults }) => faults.plan(() => ({ kind: "timeout", when: "before" }))),
      /^✗ Описание базы \(\$metadata\) .*→ .*ONEC_TIMEOUT_MS/,
      { ONEC_TIMEOUT_MS: "1000" },
    ],
    [
      "no free licence",
      () => prepared(({ faults }) => faults.plan(() => ({ kind: "licence" }))),
      /^✗ Связь .*лицензии.*→ Освободите или добавьте/,
    ],
  ])("reports %s with advice, and ends with 1", async (_, make, row, env) => {
    const { code, stdout, stderr } = await doctor(make(), { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(wrongRows(stdout)).toContainEqual(expect.stringMatching(row));
    expect(stdout).toMatch(/\nНужно исправить: \d+\./);
    expect(stdout).not.toContain("h1dden");
  });

  test("posts an act with --write, takes the act back, and leaves only objects marked for deletion", async () => {
    const onec = createOneC();
    const before = onec.state.snapshot();
    const { code, stdout } = await doctor(onec, { args: ["--write"] });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ Проведение акта +проведён$/m);
    expect(stdout).toMatch(/^✓ Повтор под той же ссылкой +1С отказывает: /m);
    expect(stdout).toMatch(/^✓ Уборка за проверкой /m);
    const made = Object.entries(onec.state.snapshot()).flatMap(([set, rows]) =>
      rows.slice(before[set]?.length ?? 0).map((row) => ({ set, row })),
    );
    expect(made.map(({ set }) => set).sort()).toEqual(
      [
        "Catalog_БанковскиеСчета",
        "Catalog_ДоговорыКонтрагентов",
        "Catalog_Контрагенты",
        "Document_ПлатежноеПоручение",
        ACTS,
        ACTS,
      ].sort(),
    );
    for (const { row } of made) expect(row).toMatchObject({ DeletionMark: true });
    expect(onec.state.all(ACTS)).toMatchObject([1, 2].map(() => ({ Posted: false, СуммаДокумента: 1 })));
  });

  test("tells with --write why an act is not posted, cleans up, and ends with 1", async () => {
    const onec = createOneC({ settings: { postingBlocked: "Не заполнен счёт учёта расчётов" } });
    const { code, stdout } = await doctor(onec, { args: ["--write", "--json"] });
    expect(code).toBe(1);
    const { lines, ok } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(lines).toContainEqual(
      expect.objectContaining({
        name: "Проведение акта",
        ok: false,
        detail: expect.stringContaining("Не заполнен счёт"),
      }),
    );
    expect(onec.state.all(ACTS)).toMatchObject([1, 2].map(() => ({ Posted: false, DeletionMark: true })));
  });

  test("warns about settings that work but are risky", async () => {
    const env = { ONEC_MAX_CONCURRENCY: "16", ONEC_TIMEOUT_MS: "30000", PLATFORM_URL: "" };
    const { code, stdout, stderr } = await doctor(createOneC(), { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ Лицензии .*до 16; .*\n +→ Уменьшите ONEC_MAX_CONCURRENCY/m);
    expect(stdout).toMatch(/^✓ Время ожидания .*до 30 с\n +→ Увеличьте ONEC_TIMEOUT_MS/m);
    expect(stderr).toMatch(/^Warning: PLATFORM_URL is not set/);
  });
});

describe("doctor where 1C fetches its commands", () => {
  const INN = companyInn(1);
  const env = {
    ACCOUNTING: "onec-http",
    ONEC_TRANSPORT: "pull",
    ONEC_INBOUND_SECRET: createSecret(),
    ONEC_ORGANIZATION_INN: INN,
    PLATFORM_INBOUND_SECRET: createSecret(),
    PLATFORM_OUTBOUND_SECRET: createSecret(),
    PLATFORM_URL: "https://platform.example/hooks",
    API_TOKEN: "token-of-the-tests-0123456789",
    DOCUMENT_SECRET: "document-secret-of-the-tests-0123456789",
    DATABASE_URL: "file:relay.db",
  };
  const run = (args: readonly string[] = []) => runCli(["doctor", "--wait", "1", ...args], { cwd: folder, env });

  test("says that the server was never started, and makes no database for it", async () => {
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(wrongRows(stdout)).toEqual([
      expect.stringMatching(/^✗ Связь сервер шлюза не запущен: базы данных шлюза ещё нет.*1С ещё ни разу.*→ Запустите/),
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("says that the server is not running, where nobody answers at its address", async () => {
    const driver = await openSqlite(join(folder, "relay.db"));
    await migrate(driver);
    await driver.close();
    const { code, stdout } = await runCli(["doctor", "--wait", "0"], { cwd: folder, env: { ...env, PORT: "9" } });
    expect(code).toBe(1);
    expect(wrongRows(stdout)).toEqual([
      expect.stringMatching(/^✗ Связь сервер шлюза не запущен: по адресу http:\/\/127\.0\.0\.1:9 он не отвечает/),
    ]);
  });

  test("asks 1C through the running server and prints 1C's own lines; without 1C, reports the silence", async () => {
    const relay = await startRelay({ ONEC_TRANSPORT: "pull" });
    const doctor = (args: readonly string[]) => runCli(["doctor", ...args], { cwd: folder, env: { ...relay.env } });
    const none = await doctor(["--wait", "1"]);
    expect(none.code).toBe(1);
    expect(wrongRows(none.stdout)).toEqual([
      expect.stringMatching(/^✗ Связь 1С не приходила за командами 1 с; 1С ещё ни разу не забирала команды.*задание/),
    ]);
    const onec = createMockAdapter();
    const extension = createExtension(() => onec);
    const poller = createPoller({
      extension,
      keys: await importSecrets(relay.inboundOfOnec),
      url: relay.url(),
      clock: Date.now,
      newId: () => crypto.randomUUID(),
      send: fetch,
    });
    let going = true;
    const job = (async () => {
      while (going) await poller.turn({ waitSeconds: 1 });
    })();
    const { code, stdout, stderr } = await doctor(["--write"]);
    going = false;
    await job;
    await relay.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^✓ Связь +расширение версии 1\.0\.0 отвечает, протокол 1, подписи верны$/m);
    expect(stdout).toMatch(/^✓ 1С +конфигурация «Бухгалтерия предприятия \(учебная\)»/m);
    expect(stdout).toMatch(/^✓ Запись /m);
    expect(extension.executed).toEqual(["ping"]);
  });

  test("tells when 1C was last seen, and the version that 1C named", async () => {
    const driver = await openSqlite(join(folder, "relay.db"));
    await migrate(driver);
    const store = createSqlStore(driver);
    const report = { extension: "1.0.0", organizations: [INN], skewMs: 2000 };
    await store.commit([{ type: "last_seen", lastSeen: { name: "accounting", at: Date.now(), report } }]);
    await store.close();
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(wrongRows(stdout)).toEqual([
      expect.stringMatching(
        /^✗ Связь сервер шлюза не запущен \(.*он не отвечает\) или 1С не приходит: за 1 с .*; 1С забирала команды меньше .*расширение версии 1\.0\.0.*→ Проверьте, что сервер/,
      ),
    ]);
    expect(stdout).toContain(`ИНН ${INN} в 1С найден`);
    expect(stdout).not.toContain("Лицензии");
  });
});

describe("doctor over the mock", () => {
  const env = { DATABASE_URL: "file:relay.db" };

  test("checks the mock without a file, and with --write leaves only objects marked for deletion", async () => {
    const read = await runCli(["doctor"], { cwd: folder, env });
    expect(read).toMatchObject({ code: 0, stderr: "" });
    expect(read.stdout).toMatch(/^Проверка подключения к 1С: mock\n\n✓ Связь /);
    expect(readdirSync(folder)).toEqual([]);
    const written = await runCli(["doctor", "--write"], { cwd: folder, env });
    expect(written.stdout).toMatch(/^✓ Проведение и отмена +акт № 0000-000001 проведён/m);
    const lines = readFileSync(join(folder, "mock-1c.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      counterparties: [{ deletionMark: true }],
      acts: [{ deletionMark: true, posted: false }],
    });
  });

  test("refuses wrong settings and unknown options before the check", async () => {
    const wrong = await runCli(["doctor"], { cwd: folder, env: { ACCOUNTING: "onec-odata" } });
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(/^[^\n]*expected with ACCOUNTING=onec-odata[^\n]*\n$/);
    const long = await runCli(["doctor", "--wait", "1e9"], { cwd: folder, env });
    expect(long).toMatchObject({ code: 2, stderr: expect.stringContaining("--wait takes whole seconds") });
    const unknown = await runCli(["doctor", "--wirte"], { cwd: folder, env });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean --write?") });
  });
});
