import { afterEach, describe, expect, test } from "vitest";
import { formatBasicAuthorization } from "../../../adapters/onec/transport.ts";
import type { CheckLine } from "../../../core/adapter.ts";
import { checkAccounting } from "../../../server/cli/doctor-check.ts";
import { readConfig } from "../../../server/config/index.ts";
import { createOneC, EMPTY_GUID, type Fault, type OneC, type OneCOptions } from "../../onec-runtime/odata/index.ts";
import { companyInn } from "../../support/builders.ts";
import { odataEnv } from "../../support/onec-cli.ts";

const ACTS = "Document_ПоступлениеТоваровУслуг";
const ORDERS = "Document_ПлатежноеПоручение";
const CARDS = "Catalog_Контрагенты";
const ACCOUNTS = "Catalog_БанковскиеСчета";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const BANKS = "Catalog_Банки";
const ORGANIZATIONS = "Catalog_Организации";
const CHART = "ChartOfAccounts_Хозрасчетный";
const STATES = "InformationRegister_СостоянияБанковскихДокументов";

/** A fault planted into a sound base, and what doctor has to say about the fault. */
interface Plant {
  readonly plant: string;
  readonly options?: OneCOptions;
  readonly prepare?: (onec: OneC) => void;
  readonly env?: Record<string, string>;
  /** Text behind the address of the infobase. */
  readonly path?: string;
  readonly write?: boolean;
  /** Name of the line. */
  readonly line: string;
  /** False: the line is marked ✗. True: the line is advice beside ✓. Null: not checked. Default: false. */
  readonly ok?: boolean | null;
  /** Cause, in the detail. */
  readonly what: RegExp;
  /** Place in 1C or in the settings, and the thing to do, in the advice. */
  readonly where: RegExp;
}

const every = (fault: Fault) => (onec: OneC) => onec.faults.plan(() => fault);
const without = (entity: string): OneCOptions => ({
  published: [...createOneC().state.entities.keys()].filter((name) => name !== entity),
});
const denied = (entity: string, verb: "read" | "write" | "post"): OneCOptions => ({ denied: [{ entity, verb }] });
const answer = (status: number, body = ""): Fault => ({ kind: "answer", status, body });
const mapped = (mapping: object) => ({ ONEC_MAPPING: JSON.stringify(mapping) });
const GROUPS = /Группы доступа → профиль группы → Роли/;

const PLANTS: readonly Plant[] = [
  {
    plant: "a wrong password",
    env: { ONEC_PASSWORD: "hidden-1" },
    line: "Связь",
    what: /неверное имя пользователя или пароль/,
    where: /ONEC_PASSWORD.*«Аутентификация 1С:Предприятия».*Пользователи/,
  },
  {
    plant: "a web server that refuses the relay's address",
    prepare: every(answer(403)),
    line: "Связь",
    what: /Веб-сервер не пускает к 1С \(403\)/,
    where: /не пароль: разрешите адрес машины шлюза.*Require ip.*IIS/,
  },
  {
    plant: "a redirect to a login page",
    prepare: every(answer(302)),
    line: "Связь",
    what: /перенаправляет на другой \(код 302\)/,
    where: /страницу входа.*ONEC_URL.*Конфигуратор → Администрирование → Публикация/,
  },
  {
    plant: "a login page with status 200",
    prepare: every(answer(200, "<!DOCTYPE html><html><body>Вход</body></html>")),
    line: "Связь",
    what: /<html>/,
    where: /страница для людей.*Уберите её.*Публикация на веб-сервере/,
  },
  {
    plant: "a login page in place of lists",
    prepare: (onec) => onec.faults.plan(({ kind }) => (kind === "list" ? answer(200, "<html></html>") : null)),
    line: "Ответы в JSON",
    what: /./,
    where: /уберите страницу входа или прокси/,
  },
  {
    plant: "the whole path of OData in the address",
    path: "/odata/standard.odata",
    line: "Адрес базы",
    what: /оканчивается на «\/odata\/standard\.odata»/,
    where: /Уберите «\/odata\/standard\.odata»: ONEC_URL=http:\/\/127\.0\.0\.1:\d+\/buh —/,
  },
  {
    plant: "/odata in the address",
    path: "/odata",
    line: "Адрес базы",
    what: /оканчивается на «\/odata»/,
    where: /ONEC_URL=http:\/\/127\.0\.0\.1:\d+\/buh —/,
  },
  {
    plant: "another infobase in the address",
    path: "2",
    line: "Связь",
    what: /./,
    where: /Публикация на веб-сервере.*без \/odata/,
  },
  {
    plant: "a server that is off",
    prepare: every({ kind: "down" }),
    line: "Связь",
    what: /прервалась|не отвечает/,
    where: /веб-сервер 1С работает.*ONEC_URL/,
  },
  {
    plant: "no free licence",
    prepare: every({ kind: "licence" }),
    line: "Связь",
    what: /лицензии/,
    where: /Освободите или добавьте клиентскую лицензию/,
  },
  {
    plant: "a base under maintenance",
    prepare: every({ kind: "maintenance" }),
    line: "Связь",
    what: /сеанс/,
    where: /Снимите блокировку начала сеансов/,
  },
  {
    plant: "clocks apart",
    options: { clock: () => Date.now() + 3_600_000 },
    line: "Часы",
    what: /спешат на (1 ч 0|59|60) мин/,
    where: /Сверьте часы серверов/,
  },
  {
    plant: "an empty composition",
    options: { published: [] },
    line: "Состав OData",
    what: /пуст: 1С ничего не публикует/,
    where: /Синхронизация данных → .* → Состав: отметьте Справочник Контрагенты, /,
  },
  {
    plant: "payment orders left out of the composition",
    options: without(ORDERS),
    line: "Состав OData",
    what: /не включены объекты: 1 из/,
    where: /отметьте Документ ПлатежноеПоручение\. .*внешняя обработка: SETUP\.ru\.md, раздел 2$/,
  },
  {
    plant: "more than needed in the composition",
    options: { published: [...createOneC().state.entities.keys()] },
    line: "Лишнее в составе",
    ok: true,
    what: /сверх нужного опубликовано объектов: \d+, среди них .*«Физические лица» \(открывает персональные данные\)/,
    where: /Задайте точный состав внешней обработкой: SETUP\.ru\.md.*«Удаленный доступ \(OData\)»/,
  },
  {
    plant: "no right to read bank accounts",
    options: denied(ACCOUNTS, "read"),
    line: "Справочник БанковскиеСчета",
    what: /нет прав на чтение/,
    where: /чтение, добавление и изменение: справочник «Банковские счета», роль «Редактирование банковских счетов»/,
  },
  {
    plant: "no right to read the chart of accounts",
    options: denied(CHART, "read"),
    line: "План счетов Хозрасчетный",
    what: /нет прав на чтение/,
    where: /чтение: план счетов «План счетов бухгалтерского учета», роль «Чтение данных бухгалтерского учета»/,
  },
  {
    plant: "no right to write cards",
    options: denied(CARDS, "write"),
    write: true,
    line: "Запись контрагента",
    what: /нет права «Добавление»: справочник «Контрагенты»/,
    where: /роль «Редактирование контрагентов».*Группы доступа/,
  },
  {
    plant: "no right to write bank accounts",
    options: denied(ACCOUNTS, "write"),
    write: true,
    line: "Запись контрагента",
    what: /нет права «Добавление»: справочник «Банковские счета»/,
    where: GROUPS,
  },
  {
    plant: "no right to write contracts",
    options: denied(CONTRACTS, "write"),
    write: true,
    line: "Запись контрагента",
    what: /нет права «Добавление»: справочник «Договоры»/,
    where: GROUPS,
  },
  {
    plant: "no right to write acts",
    options: denied(ACTS, "write"),
    write: true,
    line: "Запись акта",
    what: /нет права «Добавление»: документ «Поступление \(акты, накладные, УПД\)»/,
    where: /роль «Редактирование поступлений товаров и услуг»/,
  },
  {
    plant: "no right to post acts",
    options: denied(ACTS, "post"),
    write: true,
    line: "Проведение акта",
    what: /нет права «Проведение»: документ «Поступление/,
    where: GROUPS,
  },
  {
    plant: "no right to write payment orders",
    options: denied(ORDERS, "write"),
    write: true,
    line: "Запись платёжного поручения",
    what: /нет права «Добавление»: документ «Платежное поручение»/,
    where: /роль «Добавление и изменение данных бухгалтерии».*Группы доступа/,
  },
  {
    plant: "no right to write payment orders, and a check that only reads",
    options: denied(ORDERS, "write"),
    line: "Запись платёжного поручения",
    ok: null,
    what: /не проверено/,
    where: /doctor --write\. Только она видит права на запись/,
  },
  {
    plant: "rows of cards hidden by RLS",
    prepare: (onec) => void onec.hidden.add(String(onec.state.put(CARDS, { Description: "Чужой" }).Ref_Key)),
    line: "Справочник Контрагенты",
    what: /«Контрагенты»: часть записей скрыта.*на уровне записей/,
    where: /группу доступа.*«Ограничивать доступ на уровне записей».*Группы доступа/,
  },
  {
    plant: "the organisation hidden by RLS",
    prepare: (onec) => void onec.hidden.add(onec.seeded.organization),
    line: "Справочник Организации",
    what: /«Организации»: часть записей скрыта/,
    where: /разрешены все контрагенты и эта организация/,
  },
  {
    plant: "an empty catalogue of banks",
    prepare: (onec) => {
      for (const bank of onec.state.all(BANKS)) onec.state.remove(BANKS, String(bank.Ref_Key));
    },
    line: "Банки",
    what: /справочник «Банки» пуст/,
    where: /Справочники → Банки → «Загрузить классификатор»/,
  },
  {
    plant: "an organisation with another INN",
    env: { ONEC_ORGANIZATION_INN: companyInn(7) },
    line: "Организация",
    what: /нет организации с ИНН/,
    where: /ONEC_ORGANIZATION_INN.*Главное → Организации/,
  },
  {
    plant: "two organisations with one INN",
    prepare: (onec) => void onec.state.put(ORGANIZATIONS, { Description: "Вторая", ИНН: companyInn(1) }),
    line: "Организация",
    what: /несколько организаций/,
    where: /Главное → Организации/,
  },
  {
    plant: "an organisation without a main account",
    prepare: ({ seeded, state }) =>
      void state.put(ORGANIZATIONS, { Ref_Key: seeded.organization, ОсновнойБанковскийСчет_Key: EMPTY_GUID }),
    line: "Счёт организации",
    what: /основной банковский счёт не выбран|нет основного/,
    where: /Главное → Организации → Основной банковский счет.*ONEC_ORGANIZATION_ACCOUNT/,
  },
  {
    plant: "an account that 1C does not have",
    env: { ONEC_ORGANIZATION_ACCOUNT: "40702810999999999999" },
    line: "Счёт организации",
    what: /нет счёта 4070/,
    where: /ONEC_ORGANIZATION_ACCOUNT.*Банковские счета/,
  },
  {
    plant: "no item for the act's lines",
    prepare: ({ seeded, state }) => void state.remove("Catalog_Номенклатура", seeded.item),
    line: "Номенклатура: «Услуги агентов»",
    what: /нет элемента/,
    where: /Название должно совпадать.*ONEC_MAPPING/,
  },
  {
    plant: "an account of the chart that does not exist",
    env: mapped({ acts: { receipt: { lineAccounts: { СчетЗатрат_Key: "20.99" } } } }),
    line: "Счета учёта",
    what: /нет счёта 20\.99/,
    where: /Главное → План счетов.*ONEC_MAPPING/,
  },
  {
    plant: "no rouble",
    env: mapped({ currency: { code: "810" } }),
    line: "Валюта",
    what: /нет валюты с кодом 810/,
    where: /Справочники → Валюты: загрузите рубль/,
  },
  {
    plant: "a field that this configuration lacks",
    env: mapped({ counterparty: { fields: { comment: "Примечание" } } }),
    line: "Справочник Контрагенты",
    what: /нет полей: Примечание/,
    where: /ONEC_MAPPING/,
  },
  {
    plant: "no kind of e-mail",
    prepare: ({ seeded, state }) => void state.remove("Catalog_ВидыКонтактнойИнформации", seeded.contactKinds.email),
    line: "Виды контактной информации",
    what: /не найдены: электронная почта/,
    where: /ONEC_MAPPING \(contacts\.kinds\)/,
  },
  {
    plant: "a closed period",
    options: { settings: { closedUpTo: "2099-12-31" } },
    write: true,
    line: "Запись акта",
    what: /[Зз]апре/,
    where: /Откройте день документа: .*Даты запрета изменения/,
  },
  {
    plant: "posting that 1C refuses",
    options: { settings: { postingBlocked: "Не заполнен счёт учёта расчётов" } },
    write: true,
    line: "Проведение акта",
    what: /Не заполнен счёт учёта расчётов/,
    where: /счета, статья затрат или договор в ONEC_MAPPING/,
  },
  {
    plant: "references of 1C's own",
    prepare: (onec) => onec.ignoreRefs(true),
    write: true,
    line: "Запись контрагента",
    what: /свою ссылку/,
    where: /./,
  },
  {
    plant: "contracts switched off",
    options: { settings: { hasContracts: false } },
    write: true,
    line: "Вести учет по договорам",
    ok: true,
    what: /выключено: 1С сама ставит/,
    where: /Главное → Функциональность → Расчеты → «Учет по договорам»/,
  },
  {
    plant: "fixed time in documents",
    options: { settings: { hasFixedTime: true } },
    write: true,
    line: "Фиксированное время в документах",
    ok: true,
    what: /включено: 1С ставит актам своё время/,
    where: /Администрирование → Проведение документов → «Время документов устанавливать автоматически»/,
  },
  {
    plant: "cash-flow items switched off",
    options: { settings: { hasCashFlowItems: false } },
    write: true,
    line: "Статьи движения денежных средств",
    ok: true,
    what: /не используются: 1С очищает статью/,
    where: /paymentOrder\.cashFlowItem.*Главное → Функциональность → Банк и касса → «Статьи движения денег»/,
  },
  {
    plant: "a user who controls accounts",
    options: { settings: { hasShownAccounts: true } },
    write: true,
    line: "Счета учета в документах",
    ok: true,
    what: /видит счета: 1С их не заполняет, а проверяет/,
    where: /Проверьте с бухгалтером счета и статью затрат в ONEC_MAPPING/,
  },
  {
    plant: "divisions switched off",
    options: { settings: { hasDivisions: false } },
    write: true,
    line: "Вести учет по подразделениям",
    ok: true,
    what: /выключено: 1С очищает подразделение/,
    where: /^$/,
  },
  {
    plant: "the register of bank states left out of the composition",
    options: without(STATES),
    line: "Состояния банковских документов",
    ok: true,
    what: /отказа банка не увидит/,
    where: /в состав OData.*право на чтение \(роль «Чтение данных бухгалтерии»\)/,
  },
];

let running: OneC | null = null;

afterEach(async () => running?.close());

async function checkBase({ env, options, path = "", prepare, write = false }: Partial<Plant>) {
  const onec = createOneC(options);
  running = onec;
  prepare?.(onec);
  const url = `${await onec.listen()}${path}`;
  const config = await readConfig({ ...odataEnv(onec, url), DATABASE_URL: "file::memory:", ...env });
  return { onec, lines: (await checkAccounting(config, write, 0)).lines };
}

function lineOf(lines: readonly CheckLine[], name: string): CheckLine {
  const found = lines.find((line) => line.name === name);
  if (found === undefined) throw new Error(`No line ${name} among ${lines.map((line) => line.name).join(", ")}`);
  return found;
}

describe("doctor, with the cause and the place,", () => {
  test.each(PLANTS)("reports $plant", async (plant) => {
    const { lines } = await checkBase(plant);
    const { ok, detail, todo = "" } = lineOf(lines, plant.line);
    expect({ ok, detail, todo }).toEqual({
      ok: plant.ok === undefined ? false : plant.ok,
      detail: expect.stringMatching(plant.what),
      todo: expect.stringMatching(plant.where),
    });
    expect(JSON.stringify(lines)).not.toContain("hidden-1");
  });

  test("reports none of these causes in a sound base", async () => {
    for (const write of [false, true]) {
      const { lines, onec } = await checkBase({ write });
      await onec.close();
      for (const { line, ok, what } of PLANTS.filter((plant) => (plant.write ?? false) === write)) {
        const sound = lines.find(({ name }) => name === line);
        if (ok === undefined) expect([line, sound?.ok === false && what.test(sound.detail)]).toEqual([line, false]);
      }
    }
  });

  test("leaves only marked objects after each trial that fails", async () => {
    for (const plant of PLANTS.filter(({ write }) => write)) {
      const { onec } = await checkBase(plant);
      const began = createOneC(plant.options).state;
      for (const set of [CARDS, ACCOUNTS, CONTRACTS, ACTS, ORDERS]) {
        for (const row of onec.state.all(set)) {
          if (began.get(set, String(row.Ref_Key)) !== undefined) continue;
          const isMarked = row.DeletionMark === true && row.Posted !== true;
          expect([plant.plant, set, isMarked]).toEqual([plant.plant, set, true]);
        }
      }
      await onec.close();
    }
  });
});

test("a state of an option in a published constant needs no trial", async () => {
  const body = JSON.stringify({ value: [{ Value: false }] });
  const constant = "Constant_ВестиУчетПоДоговорам";
  const onec = createOneC();
  running = onec;
  const described = await describeWith(onec, constant);
  onec.faults.plan(({ kind, path }) => {
    if (kind === "metadata") return { kind: "answer", status: 200, type: "application/xml", body: described };
    return path.startsWith(constant) ? { kind: "answer", status: 200, type: "application/json", body } : null;
  });
  const config = await readConfig({ ...odataEnv(onec, await onec.listen()), DATABASE_URL: "file::memory:" });
  const { lines } = await checkAccounting(config, false, 0);
  expect(lineOf(lines, "Вести учет по договорам")).toMatchObject({
    ok: true,
    detail: expect.stringContaining("выключено"),
  });
  expect(lineOf(lines, "Фиксированное время в документах").ok).toBeNull();
});

async function readDescription(onec: OneC): Promise<string> {
  const authorization = formatBasicAuthorization(onec.user, onec.password);
  const address = `${onec.url}/odata/standard.odata/$metadata`;
  return (await onec.fetch(address, { headers: { authorization } })).text();
}

/** The description of the stand-in with one more set. */
async function describeWith(onec: OneC, name: string): Promise<string> {
  const text = await readDescription(onec);
  return text
    .replace(
      "<EntityType ",
      `<EntityType Name="${name}"><Property Name="Value" Type="Edm.Boolean"/></EntityType><EntityType `,
    )
    .replace("<EntitySet ", `<EntitySet Name="${name}" EntityType="StandardODATA.${name}"/><EntitySet `);
}

test.each([
  ["Самозанятый", /3\.0\.151 или близкий/, /ставок нет/],
  ["УдалитьСамозанятый", /3\.0\.198 или близкий/, /^$/],
])("a card with the field %s tells the release, as far as fields can", async (field, detail, todo) => {
  const onec = createOneC();
  running = onec;
  const text = await readDescription(onec);
  const body = text
    .replaceAll(
      /<Property Name="(?:Удалить)?Самозанятый"[^>]*\/>|<Property Name="НалогообложениеКонтрагента"[^>]*\/>/g,
      "",
    )
    .replace(/(<EntityType Name="Catalog_Контрагенты"[^>]*>)/, `$1<Property Name="${field}" Type="Edm.Boolean"/>`);
  onec.faults.plan(({ kind }) =>
    kind === "metadata" ? { kind: "answer", status: 200, type: "application/xml", body } : null,
  );
  const config = await readConfig({ ...odataEnv(onec, await onec.listen()), DATABASE_URL: "file::memory:" });
  const line = lineOf((await checkAccounting(config, false, 0)).lines, "Релиз");
  expect(line).toMatchObject({ ok: true, detail: expect.stringMatching(detail) });
  expect(line.todo ?? "").toMatch(todo);
});
