import { describe, expect, test } from "vitest";
import type { Contractor } from "../../../core/parties.ts";
import {
  accountOf,
  actParams,
  bareContractor,
  fullContractor,
  innOf,
  newCall,
  orderParams,
  refOf,
} from "../../support/accounting.ts";
import { personInn } from "../../support/builders.ts";
import { errorOf, type OdataWorld, odataWorld } from "../../support/odata.ts";

const CARDS = "Catalog_Контрагенты";
const ACCOUNTS = "Catalog_БанковскиеСчета";
const ACTS = "Document_ПоступлениеТоваровУслуг";
const ORDERS = "Document_ПлатежноеПоручение";
const CARD = refOf("card", 1);
const ACT = refOf("act", 1);
const ORDER = refOf("order", 1);

async function upsert({ adapter }: OdataWorld, contractor: Contractor, ref = CARD) {
  return (await adapter.upsertCounterparty({ ref, contractor }, newCall())) as { ref: string; created: boolean };
}

describe("the card of a contractor", () => {
  test.each([" ", "\u00A0", "\t"])("is found by an INN with %j around", async (space) => {
    const world = odataWorld();
    const ref = await world.onec.hands.addCard({ name: "Ромашка", inn: innOf(1) });
    world.onec.state.put(CARDS, { Ref_Key: ref, ИНН: `${space}${innOf(1)}${space}` });
    expect(await upsert(world, bareContractor(1))).toMatchObject({ ref, created: false });
  });

  test("stays as it is when a division or the head has another card, and the reverse", async () => {
    for (const [there, ours] of [
      ["781001001", "781002001"],
      ["781043001", "781001001"],
      ["781002001", "781002002"],
    ] as const) {
      const world = odataWorld();
      const head = await world.onec.hands.addCard({ name: "Ромашка", inn: innOf(1), kpp: there });
      expect(await upsert(world, fullContractor(1, { kpp: ours }))).toMatchObject({ ref: CARD, created: true });
      expect(world.onec.state.get(CARDS, head)).toMatchObject({ КПП: there, Description: "Ромашка" });
    }
  });

  test("stays one card when the company moves to another tax office", async () => {
    const world = odataWorld();
    const ref = await world.onec.hands.addCard({ name: "Ромашка", inn: innOf(1), kpp: "770101001" });
    expect(await upsert(world, fullContractor(1))).toMatchObject({ ref, created: false });
    expect(world.onec.state.get(CARDS, ref)).toMatchObject({ КПП: fullContractor(1).kpp });
  });

  test("is made and kept without a conflict for an entrepreneur with an account 40802", async () => {
    const world = odataWorld();
    const bankAccount = { ...accountOf(1), number: accountOf(1).number.replace(/^40702/, "40802") };
    const contractor = bareContractor(1, { kind: "entrepreneur", inn: personInn(1), bankAccount });
    expect(await upsert(world, contractor)).toMatchObject({ ref: CARD, created: true });
    expect(world.onec.state.get(CARDS, CARD)).toMatchObject({ ИндивидуальныйПредприниматель: true });
    expect(await upsert(world, contractor)).toMatchObject({ created: false });
  });
});

test("an account that people typed in groups of digits is the same account", async () => {
  const world = odataWorld();
  const contractor = bareContractor(1);
  const ref = await world.onec.hands.addCard({ name: "Р", inn: innOf(1), accounts: [contractor.bankAccount] });
  const [account] = world.onec.state.all(ACCOUNTS).filter((row) => row.Owner === ref);
  const grouped = contractor.bankAccount.number.replace(/^(.{5})(.{3})(.)(.{4})(.{7})$/, "$1 $2 $3 $4 $5");
  world.onec.state.put(ACCOUNTS, { Ref_Key: String(account?.Ref_Key), НомерСчета: grouped });
  await upsert(world, contractor);
  expect(world.onec.state.all(ACCOUNTS).filter((row) => row.Owner === ref)).toHaveLength(1);
});

describe("contact information", () => {
  const rowsOf = ({ onec }: OdataWorld) =>
    (onec.state.get(CARDS, CARD)?.КонтактнаяИнформация ?? []) as readonly Record<string, unknown>[];

  test("has the digits of the first phone, and the server of the mail", async () => {
    const world = odataWorld();
    await upsert(world, bareContractor(1, { phone: "+7 (812) 111-22-33, +7 921 000", email: "a@example.com" }));
    expect(rowsOf(world)).toMatchObject([
      { НомерТелефона: "78121112233", НомерТелефонаБезКодов: "1112233" },
      { АдресЭП: "a@example.com", ДоменноеИмяСервера: "example.com" },
    ]);
  });

  test("keeps a long e-mail whole in the text, cuts the address, and tells", async () => {
    const world = odataWorld();
    const email = `${"a".repeat(60)}@${"b".repeat(60)}.example.com`;
    expect(await upsert(world, bareContractor(1, { email }))).toMatchObject({
      differences: [{ field: "КонтактнаяИнформация.АдресЭП", sent: email, kept: email.slice(0, 100) }],
    });
    expect(rowsOf(world)).toMatchObject([{ Представление: email, АдресЭП: email.slice(0, 100) }]);
  });

  test("names no country that nobody told", async () => {
    const world = odataWorld();
    await upsert(world, bareContractor(1, { legalAddress: "Минск, ул. Ленина, 1" }));
    expect(String(rowsOf(world)[0]?.Значение)).not.toMatch(/РОССИЯ|643/);
  });

  test("keeps each row of an accountant beside a new one", async () => {
    const world = odataWorld();
    const { hands } = world.onec;
    const ref = await hands.addCard({ name: "Р", inn: innOf(1), email: "one@example.com" });
    await hands.addContact(ref, "email", "two@example.com");
    await upsert(world, bareContractor(1, { email: "three@example.com" }));
    const rows = world.onec.state.get(CARDS, ref)?.КонтактнаяИнформация as readonly Record<string, unknown>[];
    const mails = rows.filter((row) => row.Тип === "АдресЭлектроннойПочты").map((row) => row.АдресЭП);
    expect(mails).toEqual(["one@example.com", "two@example.com", "three@example.com"]);
  });
});

test("a full name longer than the field is cut before the write, and the cut is told", async () => {
  const world = odataWorld();
  const fullName = `Общество ${"долгое ".repeat(150)}`.trim();
  const answer = await upsert(world, bareContractor(1, { fullName }));
  expect(answer).toMatchObject({ differences: [{ object: CARDS, field: "НаименованиеПолное" }] });
  expect(await upsert(world, bareContractor(1, { fullName }))).toMatchObject({ changed: false });
});

describe("a merge of duplicates", () => {
  const merged = async () => {
    const world = odataWorld();
    const contractor = bareContractor(1);
    await upsert(world, contractor);
    const kept = await world.onec.hands.addCard({ name: "Та же", inn: innOf(1) });
    return { ...world, kept, contractor, merge: () => world.onec.hands.mergeCards?.(kept, CARD) };
  };

  test("before the act refuses the marked card, and no act is posted there", async () => {
    const { adapter, onec, merge, contractor } = await merged();
    await merge();
    const made = adapter.createAct(actParams(CARD, 1, { contractor }), newCall());
    expect(await errorOf(Promise.resolve(made))).toMatchObject({ code: "counterparty_deleted", outcome: "rejected" });
    expect(onec.state.all(ACTS)).toEqual([]);
  });

  test("after the act is seen with the INN of the kept card", async () => {
    const { adapter, kept, merge, contractor } = await merged();
    await adapter.createAct(actParams(CARD, 1, { contractor }), newCall());
    expect(await adapter.findAct({ ref: ACT, counterpartyRef: CARD }, newCall())).not.toHaveProperty("counterpartyInn");
    await merge();
    expect(await adapter.findAct({ ref: ACT, counterpartyRef: CARD }, newCall())).toMatchObject({
      counterpartyRef: kept,
      counterpartyInn: innOf(1),
    });
    const order = orderParams(kept, 1, { contractor });
    expect(await adapter.createPaymentOrder(order, newCall())).toMatchObject({ ref: ORDER });
  });
});

describe("an order in the register of bank states", () => {
  test.each([
    ["Отклонено", { state: "rejected", reason: expect.stringContaining("Отклонено") }],
    ["Отправлено", { state: "waiting", reason: expect.stringContaining("Отправлено") }],
    ["НаПодписи", { state: "waiting", reason: expect.stringContaining("На подписи") }],
    ["Оплачено", { state: "waiting", reason: expect.stringContaining("Оплачено") }],
    ["Подготовлено", { state: "waiting" }],
  ])("is told as it stands there: %s", async (state, wanted) => {
    const world = odataWorld();
    await upsert(world, bareContractor(1));
    await world.adapter.createPaymentOrder(orderParams(CARD, 1, { contractor: bareContractor(1) }), newCall());
    const { organization } = world.onec.seeded;
    const wire: typeof fetch = async (input, init) => {
      if (!decodeURIComponent(String(input)).includes("СостоянияБанковскихДокументов"))
        return world.onec.fetch(input, init);
      const row = {
        Организация_Key: organization,
        СсылкаНаОбъект: ORDER,
        СсылкаНаОбъект_Type: `StandardODATA.${ORDERS}`,
      };
      return Response.json({ value: [{ ...row, Состояние: state }] });
    };
    expect(await world.another({ fetch: wire }).getPaymentStates([ORDER], newCall())).toEqual({ [ORDER]: wanted });
  });

  test("waits as before where the register is not published", async () => {
    const world = odataWorld();
    await upsert(world, bareContractor(1));
    await world.adapter.createPaymentOrder(orderParams(CARD, 1, { contractor: bareContractor(1) }), newCall());
    const closed = { "odata.error": { code: "8", message: { value: "Тип сущности не найден" } } };
    const wire: typeof fetch = async (input, init) =>
      decodeURIComponent(String(input)).includes("СостоянияБанковскихДокументов")
        ? Response.json(closed, { status: 404 })
        : world.onec.fetch(input, init);
    expect(await world.another({ fetch: wire }).getPaymentStates([ORDER], newCall())).toEqual({
      [ORDER]: { state: "waiting" },
    });
  });
});
