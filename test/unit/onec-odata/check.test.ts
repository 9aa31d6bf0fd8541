import { describe, expect, test } from "vitest";
import { formatBasicAuthorization } from "../../../adapters/onec/transport.ts";
import { checkOdata } from "../../../adapters/onec-odata/check/index.ts";
import { createOdataClient } from "../../../adapters/onec-odata/client.ts";
import { parseMapping } from "../../../adapters/onec-odata/mapping.ts";
import type { CheckLine } from "../../../core/adapter.ts";
import {
  createOneC,
  type Fault,
  type OneC,
  type OneCOptions,
  type RequestInfo,
} from "../../onec-runtime/odata/index.ts";
import { anOrganization, companyInn } from "../../support/builders.ts";

const TODAY = "2026-11-24";
const NOW = Date.UTC(2026, 10, 24, 9);
const ACTS = "Document_ПоступлениеТоваровУслуг";
const CARDS = "Catalog_Контрагенты";
const ACCOUNTS = "Catalog_БанковскиеСчета";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const ORDERS = "Document_ПлатежноеПоручение";
const PAGE: Fault = { kind: "answer", status: 200, body: "<!DOCTYPE html><html><body>Вход</body></html>" };

interface Checked {
  readonly onec: OneC;
  readonly lines: readonly CheckLine[];
  /** The line with this name. */
  line(name: string): CheckLine;
  /** Names of lines with ✗. */
  readonly wrong: readonly string[];
}

interface Setup {
  readonly options?: OneCOptions;
  readonly override?: unknown;
  readonly write?: boolean;
  readonly password?: string;
  readonly root?: string;
  readonly account?: string;
  readonly actDocument?: "receipt" | "sale";
  readonly clock?: () => number;
  readonly prepare?: (onec: OneC) => void;
  /** Stands between the check and 1C. */
  readonly wire?: (send: typeof fetch) => typeof fetch;
}

async function check({ options, override, write = false, prepare, ...more }: Setup = {}): Promise<Checked> {
  const onec = createOneC({ clock: () => NOW, ...options });
  prepare?.(onec);
  return checkOn(onec, { override, write, ...more });
}

async function checkOn(
  onec: OneC,
  { override, write = false, ...more }: Omit<Setup, "options" | "prepare">,
): Promise<Checked> {
  const { clock = () => NOW } = more;
  const mapping = parseMapping("bp30", override);
  const organizationInn = companyInn(1);
  const actDocument = more.actDocument ?? "receipt";
  const account = more.account === undefined ? {} : { organizationAccount: more.account };
  const connection = {
    url: more.root ?? onec.url,
    user: onec.user,
    password: more.password ?? onec.password,
    fetch: (more.wire ?? ((send) => send))(onec.fetch),
    clock,
    timeoutMs: 60_000,
  };
  const settings = { organizationInn, actDocument, updateExisting: "always", ...account } as const;
  const client = createOdataClient(connection);
  const { lines } = await checkOdata({ client, mapping, settings, clock, today: () => TODAY }, { write });
  for (const line of lines) if (line.ok !== true) expect(`${line.detail} ${line.todo}`).toMatch(/[а-яё].* [а-яё]/i);
  expect(new Set(lines.map(({ name }) => name)).size).toBe(lines.length);
  function line(name: string): CheckLine {
    const found = lines.find((one) => one.name === name);
    if (found === undefined) throw new Error(`No line ${name} among ${lines.map((one) => one.name).join(", ")}`);
    return found;
  }
  return { onec, lines, line, wrong: lines.flatMap(({ name, ok }) => (ok === false ? [name] : [])) };
}

/** Lists the objects made since the infobase began. */
function madeIn(onec: OneC): Record<string, unknown>[] {
  const began = createOneC().state;
  return [CARDS, ACCOUNTS, CONTRACTS, ACTS, "Document_РеализацияТоваровУслуг", ORDERS].flatMap((set) =>
    onec.state.all(set).filter((row) => began.get(set, String(row.Ref_Key)) === undefined),
  );
}

const isList = ({ kind }: RequestInfo) => kind === "list";

describe("a check that only reads", () => {
  test("passes a sound infobase, except for lines that only a write can show, and writes nothing", async () => {
    const { lines, line, onec, wrong } = await check();
    expect(wrong).toEqual([]);
    const open = lines.flatMap(({ name, ok }) => (ok === null && name !== "Релиз" ? [name] : []));
    expect(open).toEqual([
      "Вид договора",
      "Вид операции акта",
      "Вести учет по договорам",
      "Фиксированное время в документах",
      "Статьи движения денежных средств",
      "Счета учета в документах",
      "Вести учет по подразделениям",
      "Запись контрагента",
      "Запись акта",
      "Проведение акта",
      "Строки акта",
      "Повтор под той же ссылкой",
      "Отмена и пометка удаления",
      "Запись платёжного поручения",
    ]);
    expect(line("Организация").detail).toContain(companyInn(1));
    expect(line("Счёт организации").detail).toMatch(/\d{20}, БИК \d{9}/);
    expect(line(`Документ ${ACTS.slice(9)}`).detail).toContain("проведение доступно");
    expect(onec.counters.log.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  test("looks at sales and their accounts when acts are sales", async () => {
    const { line, lines, wrong } = await check({ actDocument: "sale" });
    expect(wrong).toEqual([]);
    expect(line("Счета учёта").detail).toContain("90.01.1");
    expect(lines.map(({ name }) => name)).not.toContain(`Документ ${ACTS.slice(9)}`);
  });

  test("knows values in use", async () => {
    const { line } = await check({
      prepare: (onec) =>
        void onec.state.put(CONTRACTS, {
          Description: "№ 1",
          ВидДоговора: "СПоставщиком",
          Owner_Key: onec.seeded.item,
        }),
    });
    expect(line("Вид договора")).toMatchObject({ ok: true, detail: expect.stringContaining("встречается") });
  });

  test("goes on without the fields that a mapping removes", async () => {
    const override = {
      counterparty: { fields: { note: null, ogrn: null } },
      paymentOrder: { fields: { payerKpp: null }, cashFlowItem: null },
    };
    expect((await check({ override })).wrong).toEqual([]);
  });
});

describe("the connection", () => {
  test.each<[string, Setup, RegExp, RegExp]>([
    [
      "a wrong password",
      { password: "неверный-7341" },
      /неверное имя пользователя или пароль/,
      /ONEC_PASSWORD.*Пользователи/,
    ],
    ["a wrong address", { root: "http://onec.example/else" }, /./, /Публикация на веб-сервере.*без \/odata/],
    ["a server that is off", { prepare: (onec) => onec.faults.down(true) }, /не отвечает/, /ONEC_URL/],
    ["a page in place of all", { prepare: (onec) => onec.faults.plan(() => PAGE) }, /<html>/, /Публикация/],
    [
      "a redirect to a login",
      { prepare: (onec) => onec.faults.plan(() => ({ kind: "answer", status: 302, body: "" })) },
      /перенаправляет/,
      /Публикация/,
    ],
    [
      "no free licence",
      { prepare: (onec) => onec.faults.plan(() => ({ kind: "licence" })) },
      /свободной лицензии/,
      /Освободите/,
    ],
    [
      "maintenance",
      { prepare: (onec) => onec.faults.plan(() => ({ kind: "maintenance" })) },
      /[Нн]ачал\S+ сеанса/,
      /блокировку начала сеансов/,
    ],
  ])("tells %s in one line, and the rest is not checked", async (_, setup, detail, todo) => {
    const { line, lines, wrong } = await check(setup);
    expect(wrong).toEqual(["Связь"]);
    expect(line("Связь").detail).toMatch(detail);
    expect(line("Связь").todo).toMatch(todo);
    expect(lines.filter(({ ok }) => ok === true)).toEqual([]);
    expect(lines.length).toBeGreaterThan(3);
    expect(JSON.stringify(lines)).not.toContain(setup.password ?? "s3cret");
  });

  test("reports a timeout on every request twice, and no more requests follow", async () => {
    const { wrong, onec } = await check({
      prepare: (onec) => onec.faults.plan(() => ({ kind: "timeout", when: "before" })),
    });
    expect(wrong).toEqual(["Описание базы ($metadata)", "Ответы в JSON"]);
    expect(onec.counters.total()).toBe(2);
  });

  test("reports a timeout of the description alone: the rest is checked without the description", async () => {
    const { line, lines, wrong } = await check({
      prepare: (onec) =>
        onec.faults.plan(({ kind }) => (kind === "metadata" ? { kind: "timeout", when: "before" } : null)),
    });
    expect(wrong).toEqual(["Описание базы ($metadata)"]);
    expect(line("Описание базы ($metadata)").todo).toContain("ONEC_TIMEOUT_MS");
    expect(line("Состав OData").ok).toBeNull();
    expect(line("Справочник Контрагенты")).toMatchObject({ ok: null, detail: "читается; поля не проверены" });
    expect(line("Организация").ok).toBe(true);
    expect(lines.length).toBeGreaterThan(20);
  });

  test("reports a description that the user may not read", async () => {
    const { wrong, line } = await check({
      prepare: (onec) => onec.faults.plan(({ kind }) => (kind === "metadata" ? { kind: "rights" } : null)),
    });
    expect(wrong).toEqual(["Описание базы ($metadata)"]);
    expect(line("Описание базы ($metadata)").todo).toContain("права");
  });

  test("reports a page in place of JSON", async () => {
    const { line, wrong } = await check({
      prepare: (onec) => onec.faults.plan((request) => (isList(request) ? PAGE : null)),
    });
    expect(wrong).toEqual(["Ответы в JSON"]);
    expect(line("Ответы в JSON").todo).toContain("прокси");
    expect(line("Связь").ok).toBe(true);
  });

  test.each([
    [-299_000, true, /расходятся на 299 с/],
    [420_000, false, /спешат на 7 мин/],
    [-10_800_000, false, /отстают на 3 ч 0 мин/],
  ])("reports clocks %i ms apart", async (skew, ok, detail) => {
    const { line } = await check({ options: { clock: () => NOW + skew } });
    expect(line("Часы")).toMatchObject({ ok, detail: expect.stringMatching(detail) });
  });
});

test("a connection that is slow even when 1C is awake gets advice", async () => {
  let now = NOW;
  const clock = () => {
    now += 11_000;
    return now;
  };
  const { line } = await check({ clock });
  expect(line("Ответы в JSON")).toMatchObject({ ok: true, detail: expect.stringContaining("11000 мс и 11000 мс") });
  expect(line("Ответы в JSON").todo).toContain("default.vrd");
  expect((await check()).line("Ответы в JSON").todo).toBeUndefined();
});

describe("the objects", () => {
  test("are listed in one line when the composition is empty", async () => {
    const { line, wrong } = await check({ options: { published: [] } });
    expect(wrong).toEqual(["Состав OData"]);
    expect(line("Состав OData").detail).toContain("пуст");
    expect(line("Состав OData").todo).toMatch(
      /Настройки стандартного интерфейса OData.*Справочник Контрагенты.*Документ ПлатежноеПоручение/,
    );
  });

  test("are reported when one is not in the composition", async () => {
    const published = [...createOneC().state.entities.keys()].filter((name) => name !== "Catalog_Банки");
    const { line, wrong } = await check({ options: { published } });
    expect(wrong).toEqual(["Состав OData", "Справочник Банки"]);
    expect(line("Состав OData").todo).toMatch(/отметьте Справочник Банки\. /);
    expect(line("Счёт организации")).toMatchObject({ ok: null, detail: expect.stringContaining("Справочник Банки") });
  });

  test("are reported when one may not be read", async () => {
    const { line, wrong } = await check({ options: { denied: [{ entity: CARDS, verb: "read" }] } });
    expect(wrong).toEqual(["Справочник Контрагенты"]);
    expect(line("Справочник Контрагенты").detail).toContain("нет прав на чтение");
    expect(line("Справочник Контрагенты").todo).toMatch(/чтение, добавление и изменение.*Группы доступа/);
  });

  test("are reported when one is locked for the moment", async () => {
    const { line, wrong } = await check({
      prepare: (onec) =>
        onec.faults.next(({ kind, entity }) => kind === "list" && entity === CONTRACTS, { kind: "lock" }),
    });
    expect(wrong).toEqual([`Справочник ${CONTRACTS.slice(8)}`]);
    expect(line(`Справочник ${CONTRACTS.slice(8)}`).todo).toContain("Повторите");
  });

  test.each<[unknown, string, RegExp]>([
    [{ counterparty: { fields: { comment: "Примечание" } } }, "Справочник Контрагенты", /полей: Примечание$/],
    [{ contacts: { nameFields: ["Имя", "Вид"] } }, "Справочник ВидыКонтактнойИнформации", /полей: Имя или Вид$/],
    [{ acts: { receipt: { section: "Работы" } } }, `Документ ${ACTS.slice(9)}`, /Работы \(табличная часть\)/],
    [
      { acts: { receipt: { lineFields: { content: "Текст" }, constants: { НДСВнутри: true } } } },
      `Документ ${ACTS.slice(9)}`,
      /НДСВнутри, Услуги\.Текст/,
    ],
  ])("are reported with missing fields: %j", async (override, name, detail) => {
    const { line, wrong } = await check({ override });
    expect(wrong).toContain(name);
    expect(line(name).detail).toMatch(detail);
    expect(line(name).todo).toContain("ONEC_MAPPING");
  });

  test("are reported when the posting of acts is not published", async () => {
    const onec = createOneC({ clock: () => NOW });
    const authorization = formatBasicAuthorization(onec.user, onec.password);
    const address = `${onec.url}/odata/standard.odata/$metadata`;
    const described = await (await onec.fetch(address, { headers: { authorization } })).text();
    const body = described.replaceAll('<FunctionImport Name="Unpost"', '<FunctionImport Name="Other"');
    onec.faults.plan(({ kind }) =>
      kind === "metadata" ? { kind: "answer", status: 200, type: "text/xml", body } : null,
    );
    const { line, wrong } = await checkOn(onec, {});
    expect(wrong).toEqual([`Документ ${ACTS.slice(9)}`]);
    expect(line(`Документ ${ACTS.slice(9)}`)).toMatchObject({
      detail: "не публикуются действия: Unpost",
      todo: expect.stringContaining("проведение"),
    });
  });
});

describe("the contents of the infobase", () => {
  const put = (set: string, ref: (onec: OneC) => string, values: Record<string, string | boolean>) => (onec: OneC) =>
    void onec.state.put(set, { Ref_Key: ref(onec), ...values });

  test.each<[string, string, Setup, RegExp]>([
    [
      "no organisation with this INN",
      "Организация",
      { prepare: put("Catalog_Организации", (onec) => onec.seeded.organization, { ИНН: companyInn(7) }) },
      /нет организации с ИНН/,
    ],
    [
      "two of them",
      "Организация",
      { prepare: (onec) => void onec.state.put("Catalog_Организации", { Description: "Вторая", ИНН: companyInn(1) }) },
      /несколько организаций/,
    ],
    [
      "no account with the number of the settings",
      "Счёт организации",
      { account: "40702810999999999999" },
      /нет счёта 4070/,
    ],
    [
      "no main account",
      "Счёт организации",
      { prepare: put("Catalog_Организации", (onec) => onec.seeded.organization, { ОсновнойБанковскийСчет_Key: "" }) },
      /./,
    ],
    [
      "no item",
      "Номенклатура: «Агентские услуги»",
      { override: { item: { element: "Агентские услуги" } } },
      /нет элемента/,
    ],
    [
      "an item by a reference that leads nowhere",
      "Номенклатура: «5f0ea000-0000-5000-8000-000000000001»",
      { override: { item: { element: "5f0ea000-0000-5000-8000-000000000001" } } },
      /нет действующего элемента/,
    ],
    [
      "two items of one name",
      "Номенклатура: «Услуги агентов»",
      { prepare: (onec) => void onec.state.put("Catalog_Номенклатура", { Description: "Услуги агентов" }) },
      /несколько элементов/,
    ],
    [
      "no account of the chart",
      "Счета учёта",
      { override: { acts: { receipt: { lineAccounts: { СчетЗатрат_Key: "20.99" } } } } },
      /нет счёта 20\.99/,
    ],
    ["no rouble", "Валюта", { override: { currency: { code: "810" } } }, /нет валюты с кодом 810/],
    [
      "no kind of e-mail",
      "Виды контактной информации",
      { prepare: (onec) => onec.state.remove("Catalog_ВидыКонтактнойИнформации", onec.seeded.contactKinds.email) },
      /электронная почта/,
    ],
  ])("are reported: %s: %s", async (_, name, setup, detail) => {
    const { line, wrong } = await check(setup);
    expect(wrong).toContain(name);
    expect(line(name).detail).toMatch(detail);
  });

  test("need a choice among several accounts without a main one, and every account is named", async () => {
    const { line } = await check({
      prepare(onec) {
        const { currency, organization } = onec.seeded;
        for (const n of ["1", "2"]) {
          onec.state.put(ACCOUNTS, {
            Owner: organization,
            Owner_Type: "StandardODATA.Catalog_Организации",
            НомерСчета: `4070281000000000001${n}`,
            ВалютаДенежныхСредств_Key: currency,
          });
        }
        onec.state.put("Catalog_Организации", {
          Ref_Key: organization,
          ОсновнойБанковскийСчет_Key: "00000000-0000-0000-0000-000000000000",
        });
      },
    });
    expect(line("Счёт организации")).toMatchObject({ ok: false });
    expect(line("Счёт организации").detail).toMatch(/счетов 3: .*40702810000000000011.*40702810000000000012/);
    expect(line("Счёт организации").todo).toMatch(/Главное → Организации.*ONEC_ORGANIZATION_ACCOUNT/);
  });

  test("allow a separate division with the same INN, which is no second organisation", async () => {
    const { name } = anOrganization();
    const { line } = await check({
      prepare: (onec) =>
        void onec.state.put("Catalog_Организации", {
          Description: `${name}, филиал`,
          ИНН: companyInn(1),
          ОбособленноеПодразделение: true,
        }),
    });
    expect(line("Организация").ok).toBe(true);
  });
});

describe("a check that writes", () => {
  /** Expects every new object to be marked for deletion, and no act to be posted. */
  function expectClean(onec: OneC): void {
    for (const row of madeIn(onec)) expect(row).toMatchObject({ DeletionMark: true });
    expect(onec.state.all(ACTS).filter((row) => row.Posted === true)).toEqual([]);
  }

  test("posts an act of one rouble, voids the act, makes an order, and leaves nothing unmarked", async () => {
    const { line, onec, wrong } = await check({ write: true });
    expect(wrong).toEqual([]);
    for (const name of [
      "Запись контрагента",
      "Проведение акта",
      "Строки акта",
      "Запись платёжного поручения",
      "Уборка за проверкой",
      "Вид договора",
    ]) {
      expect(line(name).ok).toBe(true);
    }
    expect(line("Повтор под той же ссылкой").detail).toContain("уникальности");
    const made = madeIn(onec);
    expect(made).toHaveLength(6);
    expectClean(onec);
    const [card, account, , draft, act, order] = made;
    const Комментарий = "Проверка обмена onec-relay, можно удалить";
    expect(card).toMatchObject({ Description: Комментарий, ЮридическоеФизическоеЛицо: "ФизическоеЛицо" });
    expect(account?.НомерСчета).toMatch(/^40802/);
    for (const document of [draft, act, order]) expect(document).toMatchObject({ СуммаДокумента: 1, Комментарий });
    expect(order).toMatchObject({
      Posted: false,
      НазначениеПлатежа: expect.stringMatching(/^НЕ ОПЛАЧИВАТЬ: проверка/),
    });
    expect(onec.counters.by.get(`post ${ACTS}`)).toBe(1);
  });

  test("lists the fields that 1C decides itself, in words for people", async () => {
    const { line } = await check({ write: true, options: { settings: { hasFixedTime: true } } });
    expect(line("Что 1С меняет при записи")).toMatchObject({
      ok: true,
      detail: expect.stringMatching(
        /документ «Поступление \(акты.*Date \(«2026-11-24T12:00:00» → «2026-11-24T07:00:00»\)/,
      ),
      todo: expect.stringContaining("Покажите бухгалтеру"),
    });
    expect((await check({ write: true })).line("Что 1С меняет при записи").detail).not.toContain("Date");
  });

  test("reports banks that cannot be read at the start of the trial", async () => {
    let lists = 0;
    const { line, onec } = await check({
      write: true,
      prepare: (one) =>
        one.faults.plan(({ entity, kind }) => {
          if (kind === "list" && entity === "Catalog_Банки") lists += 1;
          return lists === 4 && entity === "Catalog_Банки" ? { kind: "lock" } : null;
        }),
    });
    expect(line("Запись контрагента")).toMatchObject({ ok: false, detail: expect.stringMatching(/блокировок/) });
    expect(line("Запись акта").ok).toBeNull();
    expectClean(onec);
  });

  test("does the same with sales", async () => {
    const { onec, wrong } = await check({ write: true, actDocument: "sale" });
    expect(wrong).toEqual([]);
    expectClean(onec);
  });

  test("marks nothing foreign, also where 1C gives more than the filter asks for", async () => {
    const own: string[] = [];
    const { onec, wrong } = await check({
      write: true,
      prepare: ({ state }) => {
        const { Ref_Key: card } = state.put(CARDS, { Description: "Живой", ИНН: companyInn(7) });
        own.push(String(card));
        state.put(CONTRACTS, { Owner_Key: String(card), Description: "Живой договор" });
        state.put(ACTS, { Контрагент_Key: String(card), Date: "2026-10-31T00:00:00", ВидОперации: "Услуги" });
      },
      wire: (send) => (input, init) => {
        const isTheirs = [CARDS, CONTRACTS, ACTS].some((set) => decodeURIComponent(String(input)).includes(`/${set}?`));
        return send(isTheirs ? String(input).replace(/\$filter=[^&]*&?/, "") : input, init);
      },
    });
    expect(wrong).toEqual([]);
    for (const set of [CARDS, CONTRACTS, ACTS]) {
      const theirs = onec.state
        .all(set)
        .filter((row) => own.includes(String(row.Owner_Key ?? row.Контрагент_Key ?? row.Ref_Key)));
      expect(theirs).toMatchObject([{ DeletionMark: false }]);
    }
  });

  test("runs again and again, and marks the remains of a killed run", async () => {
    const { onec } = await check({ write: true });
    const made = madeIn(onec);
    const sets = [CARDS, ACCOUNTS, CONTRACTS, ACTS, ACTS, ORDERS];
    for (const [set, row] of sets.map((set, at) => [set, made[at]] as const)) {
      onec.state.put(set, {
        Ref_Key: String(row?.Ref_Key),
        DeletionMark: false,
        ...(set === ACTS ? { Posted: true } : {}),
      });
    }
    const second = await checkOn(onec, { write: true });
    expect(second.wrong).toEqual([]);
    expect(madeIn(onec)).toHaveLength(12);
    expectClean(onec);
  });

  test("takes code 15 for a refusal, too", async () => {
    const { line } = await check({ write: true, options: { duplicateKey: "code15" } });
    expect(line("Повтор под той же ссылкой")).toMatchObject({ ok: true });
  });

  test("does not begin where reading has found a fault", async () => {
    const { line, onec } = await check({ write: true, override: { currency: { code: "810" } } });
    expect(line("Запись акта")).toMatchObject({ ok: null, todo: expect.stringContaining("выше") });
    expect(onec.counters.log.filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  test.each<[string, Setup, string, RegExp]>([
    ["references of 1C's own", { prepare: (onec) => onec.ignoreRefs(true) }, "Запись контрагента", /свою ссылку/],
    [
      "no right to write bank accounts",
      { options: { denied: [{ entity: ACCOUNTS, verb: "write" }] } },
      "Запись контрагента",
      /прав/,
    ],
    ["no right to write acts", { options: { denied: [{ entity: ACTS, verb: "write" }] } }, "Запись акта", /прав/],
    [
      "no right to write payment orders",
      { options: { denied: [{ entity: ORDERS, verb: "write" }] } },
      "Запись платёжного поручения",
      /нет права «Добавление».*«Платежное поручение»/,
    ],
    [
      "no right to post acts",
      { options: { denied: [{ entity: ACTS, verb: "post" }] } },
      "Проведение акта",
      /нет права «Проведение»/,
    ],
    ["a closed period", { options: { settings: { closedUpTo: "2026-12-31" } } }, "Запись акта", /запрет/],
    [
      "acts that cannot be posted",
      { options: { settings: { postingBlocked: "Не заполнен счёт учёта расчётов" } } },
      "Проведение акта",
      /Не заполнен счёт учёта/,
    ],
    [
      "a broken connection in the middle",
      { prepare: (onec) => onec.faults.next(({ kind }) => kind === "post", { kind: "drop", when: "after" }) },
      "Запись акта",
      /прервалась/,
    ],
    [
      "an act that cannot be unposted",
      { prepare: (onec) => onec.faults.next(({ kind }) => kind === "unpost", { kind: "lock" }) },
      "Отмена и пометка удаления",
      /блокировок/,
    ],
  ])("reports %s and cleans up", async (_, setup, name, detail) => {
    const { line, onec, wrong } = await check({ write: true, ...setup });
    expect(wrong[0]).toBe(name);
    expect(line(name).detail).toMatch(detail);
    expectClean(onec);
  });

  test("reports an act whose lines posting has wiped", async () => {
    const { line, onec, wrong } = await check({
      write: true,
      prepare: (one) =>
        one.faults.plan(({ entity, kind }) => {
          const act = one.state.all(ACTS).find((row) => row.Posted === true);
          if (kind === "read" && entity === ACTS && act !== undefined) {
            one.state.put(ACTS, { Ref_Key: String(act.Ref_Key), Услуги: [] });
          }
          return null;
        }),
    });
    expect(wrong).toEqual(["Строки акта"]);
    expect(line("Строки акта").detail).toContain("строк: 0");
    expectClean(onec);
  });

  test("reports a second document under the same reference, and marks the document too", async () => {
    let acts = 0;
    const { line, onec, wrong } = await check({
      write: true,
      prepare: (one) =>
        one.faults.plan((request) => {
          if (request.kind === "create" && request.entity === ACTS) acts += 1;
          // The draft is the first, the test act the second.
          one.ignoreRefs(acts === 3 && request.entity === ACTS);
          return null;
        }),
    });
    expect(wrong).toEqual(["Повтор под той же ссылкой"]);
    expect(line("Повтор под той же ссылкой").todo).toContain("дубли");
    expectClean(onec);
    expect(onec.state.all(ACTS)).toHaveLength(3);
  });

  test("names every object left unmarked", async () => {
    let off = false;
    const { line } = await check({
      write: true,
      prepare: (onec) =>
        onec.faults.plan(({ kind }) => {
          if (kind === "unpost") off = true;
          return off ? { kind: "down" } : null;
        }),
    });
    expect(line("Уборка за проверкой")).toMatchObject({ ok: false });
    expect(line("Уборка за проверкой").detail).toContain("ИНН 000000000184");
  });

  test("names each object that 1C does not let the check mark", async () => {
    const { line } = await check({
      write: true,
      prepare: (onec) =>
        onec.faults.plan(({ kind, entity }) =>
          kind === "unpost" || (kind === "update" && entity === CONTRACTS) ? { kind: "rights" } : null,
        ),
    });
    expect(line("Уборка за проверкой").detail).toMatch(/акт [0-9a-f-]{36}, договор [0-9a-f-]{36}$/);
    expect(line("Уборка за проверкой").todo).toContain("Проверка обмена onec-relay");
  });
});
