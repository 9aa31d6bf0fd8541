import { describe, expect, test } from "vitest";
import { parseMapping } from "../../../adapters/onec-odata/index.ts";
import type { Adapter, UpsertCounterpartyParams } from "../../../core/adapter.ts";
import type { Contractor } from "../../../core/parties.ts";
import type { Row, SectionRow } from "../../onec-runtime/odata/index.ts";
import {
  accountOf,
  actParams,
  bareContractor,
  fullContractor,
  innOf,
  newCall,
  OTHER_BIC,
  refOf,
} from "../../support/accounting.ts";
import { personInn } from "../../support/builders.ts";
import { errorOf, odataWorld } from "../../support/odata.ts";

const CARDS = "Catalog_Контрагенты";
const ACCOUNTS = "Catalog_БанковскиеСчета";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const CARD = refOf("card", 1);

type Upserted = { ref: string; created: boolean; changed: boolean };

function upsert(adapter: Adapter, contractor: Contractor, more: Partial<UpsertCounterpartyParams> = {}) {
  return adapter.upsertCounterparty({ ref: CARD, contractor, ...more }, newCall()) as Promise<Upserted>;
}

describe("the card", () => {
  test("gets the kind of person with the INN", async () => {
    const { adapter, onec } = odataWorld();
    const inn = personInn(5);
    const contractor = bareContractor(1, { kind: "entrepreneur", name: "Ёжиков Иван Иванович", inn });
    await upsert(adapter, contractor);
    expect(onec.state.get(CARDS, CARD)).toMatchObject({
      ИНН: inn,
      ЮридическоеФизическоеЛицо: "ФизическоеЛицо",
      ГоловнойКонтрагент_Key: CARD,
    });
    // A later change goes with both again.
    onec.state.put(CARDS, { Ref_Key: CARD, ЮридическоеФизическоеЛицо: "ЮридическоеЛицо" });
    await upsert(adapter, { ...contractor, email: "a@example.com" });
    expect(onec.state.get(CARDS, CARD)).toMatchObject({ ИНН: inn, ЮридическоеФизическоеЛицо: "ФизическоеЛицо" });
  });

  test("has a long name cut at a word, and the cut is no change the next time", async () => {
    const { adapter, onec } = odataWorld();
    const name = `Общество ${"с ограниченной ответственностью ".repeat(5)}«Ромашка»`;
    await upsert(adapter, bareContractor(1, { name }));
    const { Description, НаименованиеПолное } = onec.state.get(CARDS, CARD) as Row;
    expect(String(Description).length).toBeLessThanOrEqual(100);
    expect(name.startsWith(`${Description} `)).toBe(true);
    expect(НаименованиеПолное).toBe(name);
    expect(await upsert(adapter, bareContractor(1, { name }))).toMatchObject({ changed: false });
  });

  test("is neither doubled nor overwritten when an accountant gave the card another INN", async () => {
    const { adapter, onec } = odataWorld();
    await upsert(adapter, bareContractor(1));
    await onec.hands.editCard(CARD, { inn: innOf(9) });
    const error = await errorOf(upsert(adapter, bareContractor(1)));
    expect(error.code).toBe("counterparty_ambiguous");
    expect(error.detail).toContain(CARD);
    expect(onec.state.get(CARDS, CARD)).toMatchObject({ ИНН: innOf(9) });
  });

  test("keeps the card's own INN when a person bound the card, and gets ours where none is set", async () => {
    const { adapter, onec } = odataWorld();
    const other = await onec.hands.addCard({ name: "Другой", inn: innOf(5) });
    await upsert(adapter, bareContractor(1), { boundRef: other });
    expect(onec.state.get(CARDS, other)).toMatchObject({ ИНН: innOf(5) });
    const without = await onec.hands.addCard({ name: "Без ИНН", inn: "" });
    await upsert(adapter, bareContractor(2), { boundRef: without });
    expect(onec.state.get(CARDS, without)).toMatchObject({ ИНН: innOf(2) });
  });

  test("is not overwritten after a change by an accountant in between, and passes at the next attempt", async () => {
    const { adapter, onec } = odataWorld();
    const ref = await onec.hands.addCard({ name: "Ромашка", inn: innOf(1), accounts: [accountOf(1)] });
    onec.beforeRequest(5, () => onec.hands.editCard(ref, { comment: "Звонить после обеда" }));
    const contractor = fullContractor(1, { bankAccount: accountOf(1) });
    const first = await errorOf(upsert(adapter, contractor));
    expect(first.code).toBe("onec_version_conflict");
    expect(first.outcome).not.toBe("rejected");
    expect(await upsert(adapter, contractor)).toMatchObject({ ref, changed: true });
    expect(onec.state.get(CARDS, ref)?.Комментарий).toMatch(/^Звонить после обеда\nДоговор: https/);
  });

  test("is taken unchanged when another relay made the card a moment ago", async () => {
    const { adapter, onec } = odataWorld();
    const second = odataWorld({ adapter: { fetch: onec.fetch } }).adapter;
    onec.beforeWrite(CARDS, async () => void (await upsert(second, bareContractor(1))));
    expect(await upsert(adapter, bareContractor(1))).toMatchObject({ ref: CARD, created: false });
    expect(onec.state.all(CARDS)).toHaveLength(1);
    expect(onec.state.all(ACCOUNTS).filter((row) => row.Owner === CARD)).toHaveLength(1);
    expect(onec.state.all(CONTRACTS)).toHaveLength(1);
  });
});

describe("a crash", () => {
  const writes = [1, 2, 3, 4];
  test.each(writes)(
    "is repaired after write %i of a new card: the repeat completes the card and doubles nothing",
    async (n) => {
      const { adapter, onec, another } = odataWorld();
      let seen = 0;
      onec.faults.plan(({ isWrite }) => (isWrite && ++seen === n ? { kind: "drop", when: "after" } : null));
      expect(await errorOf(upsert(adapter, fullContractor(1)))).toMatchObject({ outcome: "uncertain" });
      onec.faults.clear();
      expect(await upsert(another(), fullContractor(1))).toMatchObject({ ref: CARD, created: false });
      await another().createAct(actParams(CARD, 1, { contractor: fullContractor(1) }), newCall());
      const accounts = onec.state.all(ACCOUNTS).filter((row) => row.Owner === CARD);
      expect([onec.state.all(CARDS).length, accounts.length, onec.state.all(CONTRACTS).length]).toEqual([1, 1, 1]);
      expect(onec.state.get(CARDS, CARD)).toMatchObject({ ОсновнойБанковскийСчет_Key: accounts[0]?.Ref_Key });
      expect(await upsert(another(), fullContractor(1))).toMatchObject({ changed: false });
    },
  );
});

describe("contact information", () => {
  const section = (row: Row | undefined) => row?.КонтактнаяИнформация as SectionRow[];

  test.each(["new", "old"] as const)("is found by the kind, in a %s configuration too", async (contactKinds) => {
    const { adapter, onec } = odataWorld({ onec: { contactKinds } });
    await upsert(adapter, fullContractor(1));
    expect(await onec.hands.card(CARD)).toMatchObject({ email: "agent1@example.com", phone: "+7 812 000-00-01" });
    expect(section(onec.state.get(CARDS, CARD)).map((row) => row.LineNumber)).toEqual(["1", "2", "3"]);
  });

  test("keeps other kinds, also of the same type, whole and in order", async () => {
    const { adapter, onec } = odataWorld();
    const ref = await onec.hands.addCard({ name: "Р", inn: innOf(1), legalAddress: "старый" });
    const [legal] = section(onec.state.get(CARDS, ref)) as [SectionRow];
    const actual = {
      ...legal,
      Вид_Key: onec.seeded.contactKinds.actualAddress,
      Представление: "факт",
      Страна: "РОССИЯ",
      Значение: '{"value":"факт"}',
    };
    onec.state.put(CARDS, { Ref_Key: ref, КонтактнаяИнформация: [actual, legal] });
    await upsert(adapter, bareContractor(1, { legalAddress: "новый", phone: "+7 000" }));
    const rows = section(onec.state.get(CARDS, ref));
    expect(rows.map((row) => row.Представление)).toEqual(["факт", "новый", "+7 000"]);
    expect(rows[0]).toMatchObject({ Страна: "РОССИЯ", Значение: '{"value":"факт"}' });
    expect(JSON.parse(String(rows[1]?.Значение))).toMatchObject({
      value: "новый",
      type: "Адрес",
      addressType: "ВСвободнойФорме",
    });
  });

  test("is not overwritten when 1C hides the table", async () => {
    const { adapter, onec } = odataWorld({
      wire: (send) => async (input, init) => {
        const answer = await send(input, init);
        if (init?.method !== "GET" || !decodeURIComponent(String(input)).includes(`/${CARDS}`)) return answer;
        const body = (await answer.json()) as { value?: Record<string, unknown>[] };
        for (const row of body.value ?? []) delete row.КонтактнаяИнформация;
        return Response.json(body, { status: answer.status });
      },
    });
    await onec.hands.addCard({ name: "Р", inn: innOf(1), email: "a@example.com" });
    const before = onec.state.all(CARDS);
    expect((await errorOf(upsert(adapter, bareContractor(1, { phone: "+79000000001" })))).detail).toContain(
      "КонтактнаяИнформация",
    );
    expect(onec.state.all(CARDS)).toEqual(before);
  });

  test("stops the step before any write when the kind is unknown, and tells how to name the kind", async () => {
    const { adapter, onec } = odataWorld({ onec: { contactKinds: "old" } });
    for (const row of onec.state.all("Catalog_ВидыКонтактнойИнформации")) {
      onec.state.put("Catalog_ВидыКонтактнойИнформации", {
        Ref_Key: row.Ref_Key as string,
        PredefinedDataName: "",
        ИмяПредопределенногоВида: "",
      });
    }
    // The only phone kind in the counterparties' folder is no guess. A choice among three address kinds would be a
    // guess.
    expect(await upsert(adapter, bareContractor(1, { phone: "+7 000" }))).toMatchObject({ created: true });
    const error = await errorOf(upsert(adapter, bareContractor(1, { legalAddress: "новый" })));
    expect(error).toMatchObject({ code: "onec_rejected", field: "contractor.legalAddress" });
    expect(error.detail).toContain("ЮрАдресКонтрагента");
  });
});

describe("the account", () => {
  test("stays marked for deletion when people marked our account", async () => {
    const { adapter, onec } = odataWorld();
    await upsert(adapter, bareContractor(1));
    await onec.hands.removeAccount(CARD, accountOf(1).number);
    const error = await errorOf(upsert(adapter, bareContractor(1)));
    expect(error).toMatchObject({ code: "requisites_changed", outcome: "rejected" });
    expect(error.detail).toContain(accountOf(1).number);
  });

  test("is not taken from another owner with the same number", async () => {
    const { adapter, onec } = odataWorld();
    await onec.hands.addCard({ name: "Чужой", inn: innOf(7), accounts: [accountOf(1)] });
    await upsert(adapter, bareContractor(1));
    expect(onec.state.all(ACCOUNTS).filter((row) => row.Owner === CARD)).toHaveLength(1);
  });

  test("stands at either of two banks with one BIC, and is not made a second time at the other bank", async () => {
    const { another, onec } = odataWorld();
    const contractor = bareContractor(1);
    const { bic, number } = contractor.bankAccount;
    const known = onec.state.all("Catalog_Банки").find((row) => row.Code === bic)!;
    for (const ref of ["00000000-1111-4000-8000-000000000001", "ffffffff-1111-4000-8000-000000000001"]) {
      const twin = onec.state.put("Catalog_Банки", { ...known, Ref_Key: ref });
      const inn = innOf(ref.startsWith("0") ? 2 : 3);
      const card = await onec.hands.addCard({ name: "Р", inn, accounts: [{ number, bic }] });
      const [own] = onec.state.all(ACCOUNTS).filter((row) => row.Owner === card) as [Row];
      onec.state.put(ACCOUNTS, { Ref_Key: own.Ref_Key as string, Банк_Key: twin.Ref_Key as string });
      await upsert(another(), { ...contractor, inn });
      expect(onec.state.all(ACCOUNTS).filter((row) => row.Owner === card)).toHaveLength(1);
    }
  });

  test("is noted on the card as the main one, and never becomes the main one without a place for the note", async () => {
    const { adapter, onec, another } = odataWorld();
    await upsert(adapter, bareContractor(1));
    const first = onec.state.get(CARDS, CARD)!;
    expect(first.ДополнительнаяИнформация).toBe(`onec-relay: основной счёт ${first.ОсновнойБанковскийСчет_Key}`);
    const { parseMapping } = await import("../../../adapters/onec-odata/index.ts");
    const noteless = another({ mapping: parseMapping("bp30", { counterparty: { fields: { note: null } } }) });
    await upsert(noteless, bareContractor(1, { bankAccount: accountOf(2, OTHER_BIC) }));
    expect(onec.state.get(CARDS, CARD)?.ОсновнойБанковскийСчет_Key).toBe(first.ОсновнойБанковскийСчет_Key);
  });
});

describe("the contract", () => {
  const contract = (number?: string, date?: string) => ({
    url: "https://platform.example/1",
    ...(number === undefined ? {} : { number }),
    ...(date === undefined ? {} : { date }),
  });
  const live = (rows: Row[]) => rows.map((row) => `${row.Номер}|${row.Description}|${String(row.Дата).slice(0, 10)}`);

  test("is made for our organisation, of the kind that the act needs", async () => {
    for (const [actDocument, kind] of [
      ["receipt", "СПоставщиком"],
      ["sale", "СПокупателем"],
    ] as const) {
      const { adapter, onec } = odataWorld({ adapter: { actDocument } });
      await upsert(adapter, bareContractor(1, { contract: contract("Д-1", "2026-09-01") }));
      expect(onec.state.all(CONTRACTS)).toMatchObject([
        {
          Owner_Key: CARD,
          Организация_Key: onec.seeded.organization,
          ВидДоговора: kind,
          Номер: "Д-1",
          Description: "№ Д-1 от 01.09.2026",
        },
      ]);
    }
  });

  test("is used unchanged when people made the contract, under any name; another organisation or kind does not do", async () => {
    const { adapter, onec } = odataWorld();
    const ref = await onec.hands.addCard({ name: "Р", inn: innOf(1) });
    const put = (more: Row) =>
      onec.state.put(CONTRACTS, {
        Owner_Key: ref,
        Организация_Key: onec.seeded.organization,
        ВидДоговора: "СПоставщиком",
        Description: "Без договора",
        ...more,
      });
    put({ ВидДоговора: "СПокупателем" });
    put({ DeletionMark: true });
    put({ Организация_Key: refOf("card", 77) });
    const own = put({});
    await upsert(adapter, bareContractor(1, { contract: contract("Д-1") }));
    expect(onec.state.all(CONTRACTS)).toHaveLength(4);
    expect(onec.state.get(CONTRACTS, String(own.Ref_Key))).toEqual(own);
  });

  test("is chosen by number among several of other hands, else none is guessed and ours is made", async () => {
    const { adapter, onec } = odataWorld();
    const ref = await onec.hands.addCard({ name: "Р", inn: innOf(1) });
    for (const Номер of ["5", "6"]) {
      onec.state.put(CONTRACTS, {
        Owner_Key: ref,
        Организация_Key: onec.seeded.organization,
        ВидДоговора: "СПоставщиком",
        Номер,
      });
    }
    await upsert(adapter, bareContractor(1, { contract: contract("6") }));
    expect(onec.state.all(CONTRACTS)).toHaveLength(2);
    await adapter.createAct(actParams(ref, 1, { contractor: bareContractor(1) }), newCall());
    expect(live(onec.state.all(CONTRACTS)).toSorted().at(-1)).toBe("|Договор с агентом|0001-01-01");
    expect(onec.state.all(CONTRACTS)).toHaveLength(3);
  });

  test("is chosen by day when two have the number, in any order of 1C's answer", async () => {
    for (const days of [
      ["2019-01-10", "2026-09-01"],
      ["2026-09-01", "2019-01-10"],
    ]) {
      const { adapter, onec } = odataWorld();
      const card = await onec.hands.addCard({ name: "Р", inn: innOf(1) });
      for (const [at, day] of days.entries()) {
        onec.state.put(CONTRACTS, {
          Ref_Key: refOf("card", 60 + at),
          Owner_Key: card,
          Организация_Key: onec.seeded.organization,
          ВидДоговора: "СПоставщиком",
          Номер: "1",
          Дата: `${day}T00:00:00`,
        });
      }
      for (const [sent, wanted] of [
        ["2019-01-10", "2019-01-10"],
        ["2026-09-01", "2026-09-01"],
        [undefined, "2026-09-01"],
      ] as const) {
        const act = refOf("act", sent === undefined ? 9 : Number(sent.slice(3, 4)) + 1);
        const contractor = bareContractor(1, { contract: contract("1", sent) });
        await adapter.createAct({ ...actParams(card, 1, { contractor }), ref: act }, newCall());
        const made = onec.state.get("Document_ПоступлениеТоваровУслуг", act);
        const used = onec.state.get(CONTRACTS, String(made?.ДоговорКонтрагента_Key));
        expect(String(used?.Дата).slice(0, 10)).toBe(wanted);
      }
    }
  });

  test("gets the number and the date once known, and a new number is a new contract", async () => {
    const { adapter, onec } = odataWorld();
    await upsert(adapter, bareContractor(1));
    let acts = 0;
    const act = (contractor: Contractor) => adapter.createAct(actParams(CARD, ++acts, { contractor }), newCall());
    await act(bareContractor(1, { contract: contract("Д-1", "2026-09-01") }));
    expect(live(onec.state.all(CONTRACTS))).toEqual(["Д-1|№ Д-1 от 01.09.2026|2026-09-01"]);
    await act(bareContractor(1, { contract: contract("Д-1", "2026-09-01") }));
    await act(bareContractor(1));
    await act(bareContractor(1, { contract: contract("Д-2") }));
    expect(live(onec.state.all(CONTRACTS)).toSorted()).toEqual([
      "Д-1|№ Д-1 от 01.09.2026|2026-09-01",
      "Д-2|№ Д-2|0001-01-01",
    ]);
  });

  test("stays marked for deletion when people marked our contract", async () => {
    const { adapter, onec } = odataWorld();
    await upsert(adapter, bareContractor(1));
    const [own] = onec.state.all(CONTRACTS) as [Row];
    onec.state.put(CONTRACTS, { Ref_Key: own.Ref_Key as string, DeletionMark: true });
    const act = adapter.createAct(actParams(CARD, 1, { contractor: bareContractor(1) }), newCall());
    expect(await errorOf(Promise.resolve(act))).toMatchObject({ code: "onec_rejected", field: "contractor.contract" });
  });

  test("is passed over when people closed the contract, be it theirs or ours", async () => {
    const { adapter, onec } = odataWorld();
    const contractor = bareContractor(1, { contract: contract("Д-1") });
    await upsert(adapter, contractor);
    const close = () => {
      for (const row of onec.state.all(CONTRACTS)) {
        onec.state.put(CONTRACTS, { Ref_Key: row.Ref_Key as string, ДоговорЗакрыт: true });
      }
    };
    for (const n of [1, 2]) {
      close();
      await adapter.createAct(actParams(CARD, n, { contractor }), newCall());
      const act = onec.state.get("Document_ПоступлениеТоваровУслуг", refOf("act", n));
      const used = onec.state.get(CONTRACTS, String(act?.ДоговорКонтрагента_Key));
      expect(used).toMatchObject({ Номер: "Д-1", ДоговорЗакрыт: false });
    }
    expect(onec.state.all(CONTRACTS)).toHaveLength(3);
  });

  test.each([
    ["self_employed", "НалогНаПрофессиональныйДоход"],
    ["individual", ""],
  ] as const)("has for a contractor %s the tax system '%s'", async (kind, tax) => {
    const { adapter, onec } = odataWorld();
    await upsert(adapter, bareContractor(1, { kind, inn: personInn(1) }));
    expect(onec.state.all(CONTRACTS)).toMatchObject([{ НалогообложениеКонтрагента: tax }]);
  });

  test("stays empty where the mapping has no contracts", async () => {
    const { adapter, onec } = odataWorld({
      onec: { settings: { hasContracts: false } },
      adapter: { mapping: parseMapping("bp30", { contract: null }) },
    });
    await upsert(adapter, bareContractor(1));
    await adapter.createAct(actParams(CARD, 1, { contractor: bareContractor(1) }), newCall());
    // 1C makes its own main contract for the act.
    expect(onec.state.all(CONTRACTS).filter((row) => String(row.Комментарий).includes("onec-relay"))).toEqual([]);
  });
});

test("a missing or doubled organisation is named", async () => {
  const { onec, another } = odataWorld();
  const missing = await errorOf(upsert(another({ organizationInn: innOf(50) }), bareContractor(1)));
  expect(missing.detail).toContain("ONEC_ORGANIZATION_INN");
  const own = onec.state.get("Catalog_Организации", onec.seeded.organization)!;
  const branch = onec.state.put("Catalog_Организации", {
    Description: "Филиал",
    ИНН: own.ИНН as string,
    ОбособленноеПодразделение: true,
  });
  expect(await another().getOrganization(newCall())).toMatchObject({ inn: own.ИНН, kpp: own.КПП });
  onec.state.put("Catalog_Организации", { Ref_Key: branch.Ref_Key as string, ОбособленноеПодразделение: false });
  expect((await errorOf(Promise.resolve(another().getOrganization(newCall())))).detail).toContain("Филиал");
});
