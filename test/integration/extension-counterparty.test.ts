import { describe, expect, test } from "vitest";
import { openAccounting } from "../onec-runtime/bsl/accounting/open.ts";
import type { AccountingOptions } from "../onec-runtime/bsl/accounting/options.ts";
import { askCounterparty, ENTREPRENEUR, REF } from "../onec-runtime/bsl/accounting/requests.ts";
import { Ref } from "../onec-runtime/bsl/accounting/store.ts";
import type { Value } from "../onec-runtime/bsl/values.ts";

/* The operation «counterparty» over a played БП: cards, contacts, accounts, contracts and banks. */

const CARDS = "Справочник.Контрагенты";
const CONTRACTS = "Справочник.ДоговорыКонтрагентов";
const BANK_ACCOUNTS = "Справочник.БанковскиеСчета";
const KINDS = "Справочник.ВидыКонтактнойИнформации";
const OTHER = "5f0ea000-0000-5000-8000-0000000000ff";

function open(options: Partial<AccountingOptions> = {}) {
  const base = openAccounting(options);
  const kind = (name: string) => {
    const found = base.all(KINDS).find((each) => each.ИмяПредопределенныхДанных === name);
    return base.store.ref(KINDS, found?.id ?? "");
  };
  /** A card that an accountant made. */
  const addCard = (values: Record<string, Value> = {}, contacts: readonly (readonly [string, string])[] = []) =>
    base.add(
      CARDS,
      {
        id: OTHER,
        Наименование: "ООО Исполнитель",
        НаименованиеПолное: "ООО «Исполнитель»",
        ИНН: "7801234567",
        КПП: "780101001",
        ЮридическоеФизическоеЛицо: base.enumValue("ЮридическоеФизическоеЛицо", "ЮридическоеЛицо"),
        ...values,
      },
      { КонтактнаяИнформация: contacts.map(([name, text]) => ({ Вид: kind(name), Представление: text })) },
    );
  const contacts = (id = REF) =>
    (base.store.read(CARDS, id)?.sections.КонтактнаяИнформация ?? [])
      .filter(({ Вид }) => Вид instanceof Ref && !Вид.isEmpty())
      .map(({ Вид, Представление }) => [(Вид as Ref).title(), Представление]);
  return { ...base, addCard, contacts };
}

const done = (created: boolean, changed: boolean, ref = REF) => ({ ok: true, result: { ref, created, changed } });

describe("contacts", () => {
  const SENT = { email: "a@example.com", phone: "+7 812 555-00-00", legalAddress: "190000, Санкт-Петербург" };
  const ROWS = [
    ["ЮрАдресКонтрагента", SENT.legalAddress],
    ["ТелефонКонтрагента", SENT.phone],
    ["EmailКонтрагенты", SENT.email],
  ];

  test.each(["3.0.198.19", "3.0.151.27"] as const)(
    "reach a new card in release %s, and change nothing again",
    (release) => {
      const base = open({ release });
      expect(base.call("counterparty", askCounterparty(SENT))).toMatchObject(done(true, true));
      expect(base.contacts()).toEqual(ROWS);
      expect(base.call("counterparty", askCounterparty(SENT))).toMatchObject(done(false, false));
    },
  );

  test("send no address to the address service where БСП lets them choose", () => {
    const base = open();
    base.call("counterparty", askCounterparty(SENT));
    expect(base.parts.recognised).toEqual([]);
  });

  test("use the former name of the e-mail's kind where only the former name is known", () => {
    const base = open();
    const kind = base.all(KINDS).find((each) => each.ИмяПредопределенныхДанных === "EmailКонтрагенты");
    base.add(KINDS, { ...kind, ИмяПредопределенныхДанных: "EmailКонтрагента" });
    expect(base.call("counterparty", askCounterparty({ email: "a@example.com" }))).toMatchObject(done(true, true));
    expect(base.contacts()).toEqual([["EmailКонтрагенты", "a@example.com"]]);
  });

  test("are left out, with a line in the event log, where the kind is unknown", () => {
    const base = open();
    const kind = base.all(KINDS).find((each) => each.ИмяПредопределенныхДанных === "EmailКонтрагенты");
    base.add(KINDS, { id: kind?.id, ИмяПредопределенныхДанных: "Почта" });
    expect(base.call("counterparty", askCounterparty({ email: "a@example.com" }))).toMatchObject(done(true, true));
    expect([base.contacts(), base.log.join()]).toEqual([[], expect.stringContaining("EmailКонтрагенты")]);
  });

  const TWO = [
    ["ТелефонКонтрагента", "+7 812 111-11-11"],
    ["ТелефонКонтрагента", SENT.phone],
    ["EmailКонтрагенты", "buh@example.com"],
  ] as const;

  test("change nothing when one of several phones is the sent phone", () => {
    const base = open();
    base.addCard({}, TWO);
    base.call("counterparty", askCounterparty());
    expect(base.call("counterparty", askCounterparty({ phone: SENT.phone }))).toMatchObject(done(false, false, OTHER));
    expect(base.contacts(OTHER)).toEqual(TWO);
  });

  test("replace the first of several phones, and keep the accountant's others", () => {
    const base = open();
    base.addCard({}, TWO);
    base.call("counterparty", askCounterparty({ phone: "+7 999 000-00-00" }));
    expect(base.contacts(OTHER).toSorted()).toEqual(
      [TWO[1], TWO[2], ["ТелефонКонтрагента", "+7 999 000-00-00"]].toSorted(),
    );
  });

  test("replace the only row of a kind, and keep other kinds", () => {
    const base = open();
    base.addCard({}, TWO.slice(1));
    base.call("counterparty", askCounterparty({ phone: "+7 999 000-00-00" }));
    expect(base.contacts(OTHER).toSorted()).toEqual([TWO[2], ["ТелефонКонтрагента", "+7 999 000-00-00"]].toSorted());
  });
});

describe("texts longer than their attribute", () => {
  const LONG = {
    name: "Общество ".repeat(30).trim(),
    fullName: "Общество с ограниченной ответственностью ".repeat(30).trim(),
    legalAddress: "Санкт-Петербург, ".repeat(40).trim(),
    contract: { url: "https://example.com/c", number: "Договор-".repeat(12), date: "2026-01-15" },
  };

  test.each(["3.0.198.19", "3.0.151.27"] as const)(
    "change the card once, and make one contract, in release %s",
    (release) => {
      const base = open({ release });
      expect(base.call("counterparty", askCounterparty(LONG))).toMatchObject(done(true, true));
      expect(base.call("counterparty", askCounterparty(LONG))).toMatchObject(done(false, false));
      expect(base.all(CONTRACTS).map(({ Номер }) => Номер)).toEqual([LONG.contract.number.slice(0, 50)]);
    },
  );

  test("need no consent again on an accountant's card", () => {
    const base = open();
    base.addCard();
    const confirm = { updateExisting: "confirm", confirmed: false };
    base.call("counterparty", askCounterparty(LONG));
    expect(base.call("counterparty", askCounterparty(LONG, confirm))).toMatchObject(done(false, false, OTHER));
  });
});

describe("an entrepreneur", () => {
  test("gets a card with the flag, then the account 40802, then the main account", () => {
    const base = open();
    expect(base.call("counterparty", askCounterparty(ENTREPRENEUR))).toMatchObject(done(true, true));
    const card = base.read(CARDS, REF);
    expect([card.ИндивидуальныйПредприниматель, (card.ОсновнойБанковскийСчет as Ref).value("НомерСчета")]).toEqual([
      true,
      ENTREPRENEUR.bankAccount.number,
    ]);
  });

  test.each(["entrepreneur", "self_employed"])("meets no version conflict on a card without the flag (%s)", (kind) => {
    const base = open();
    const person = base.enumValue("ЮридическоеФизическоеЛицо", "ФизическоеЛицо");
    base.addCard({ ИНН: ENTREPRENEUR.inn, КПП: "", ЮридическоеФизическоеЛицо: person });
    expect(base.call("counterparty", askCounterparty({ ...ENTREPRENEUR, kind }))).toMatchObject(
      done(false, true, OTHER),
    );
    const card = base.read(CARDS, OTHER);
    expect([card.ИндивидуальныйПредприниматель, (card.ОсновнойБанковскийСчет as Ref).isEmpty()]).toEqual([true, false]);
  });
});

describe("a known entrepreneur without the flag", () => {
  test("needs no consent while nothing else changes", () => {
    const base = open();
    const person = base.enumValue("ЮридическоеФизическоеЛицо", "ФизическоеЛицо");
    const values = { ИНН: ENTREPRENEUR.inn, КПП: "", ЮридическоеФизическоеЛицо: person };
    base.addCard(values);
    base.call("counterparty", askCounterparty(ENTREPRENEUR));
    base.add(CARDS, { ...base.read(CARDS, OTHER), id: OTHER, ИндивидуальныйПредприниматель: false });
    const confirm = { updateExisting: "confirm", confirmed: false };
    expect(base.call("counterparty", askCounterparty(ENTREPRENEUR, confirm))).toMatchObject(done(false, false, OTHER));
  });
});

describe("a contract", () => {
  test("is made with the values of «Заполнить»", () => {
    const base = open();
    base.call("counterparty", askCounterparty());
    const [contract] = base.all(CONTRACTS);
    expect((contract?.СпособЗаполненияСтавкиНДС as Ref | undefined)?.id).toBe("Автоматически");
  });

  test.each([
    ["3.0.198.19", "self_employed", "НалогНаПрофессиональныйДоход"],
    ["3.0.198.19", "company", ""],
    ["3.0.151.27", "self_employed", undefined],
  ] as const)("in release %s with a contractor %s has the tax system «%s»", (release, kind, expected) => {
    const base = open({ release });
    base.call("counterparty", askCounterparty({ kind }));
    expect((base.all(CONTRACTS)[0]?.НалогообложениеКонтрагента as Ref | undefined)?.id).toBe(expected);
  });

  test("is passed over when closed", () => {
    const base = open();
    const card = base.addCard();
    const type = base.enumValue("ВидыДоговоровКонтрагентов", "СПоставщиком");
    const own = { Владелец: card, Организация: base.organization, ВидДоговора: type };
    base.add(CONTRACTS, { ...own, Номер: "1", ДоговорЗакрыт: true });
    base.call("counterparty", askCounterparty());
    expect(base.all(CONTRACTS).map(({ ДоговорЗакрыт }) => ДоговорЗакрыт)).toEqual([true, false]);
  });
});

describe("a bank", () => {
  const account = { number: "40702810900000000001", bic: "044525225" };

  test("comes from БП's own function, which copies the whole bank from the classifier", () => {
    const base = open();
    expect(base.call("counterparty", askCounterparty({ bankAccount: account }))).toMatchObject(done(true, true));
    const bank = base.all("Справочник.Банки").find(({ Код }) => Код === account.bic);
    expect(bank?.Город).toBe("г. Москва (из классификатора)");
  });

  test("is made from the classifier where БП's function is absent", () => {
    const base = open({ hasOwnModules: false });
    expect(base.call("counterparty", askCounterparty({ bankAccount: account }))).toMatchObject(done(true, true));
    expect(base.all("Справочник.Банки").find(({ Код }) => Код === account.bic)?.КоррСчет).toBe("30101810400000000225");
  });

  test.each([true, false])(
    "is refused before any write when the classifier does not know the bank (%s)",
    (hasOwnModules) => {
      const base = open({ hasOwnModules });
      const answer = base.call("counterparty", askCounterparty({ bankAccount: { ...account, bic: "044525999" } }));
      expect(answer.error).toMatchObject({ code: "bank_unknown", field: "contractor.bankAccount.bic" });
      expect(base.store.writes).toEqual([]);
    },
  );
});

describe("the search for a card", () => {
  test.each(["7801234567 ", " 7801234567", "78 0123 4567", "7801234567\u00a0", "7801234567\t"])(
    "finds an INN with white space: «%s»",
    (inn) => {
      const base = open();
      base.addCard({ ИНН: inn });
      expect(base.call("counterparty", askCounterparty())).toMatchObject(done(false, true, OTHER));
    },
  );

  test("does not take a longer number for the INN", () => {
    const base = open();
    base.addCard({ ИНН: "780123456789" });
    expect(base.call("counterparty", askCounterparty())).toMatchObject(done(true, true));
  });

  test.each(["780143001", "780102001", "780145001"])("makes a card of a division (%s) beside its head", (kpp) => {
    const base = open();
    base.addCard();
    expect(base.call("counterparty", askCounterparty({ kpp }))).toMatchObject(done(true, true));
    const card = base.read(CARDS, REF);
    expect([base.read(CARDS, OTHER).КПП, card.КПП, card.ОбособленноеПодразделение]).toEqual(["780101001", kpp, true]);
    expect(card.ГоловнойКонтрагент).toBe(base.store.ref(CARDS, OTHER));
  });

  test("makes a card of the head beside its division", () => {
    const base = open();
    base.addCard({ КПП: "780143001" });
    expect(base.call("counterparty", askCounterparty())).toMatchObject(done(true, true));
    expect(base.read(CARDS, OTHER).КПП).toBe("780143001");
  });

  test("keeps one card of a head that moved", () => {
    const base = open();
    base.addCard({ КПП: "770101001" });
    expect(base.call("counterparty", askCounterparty())).toMatchObject(done(false, true, OTHER));
    expect(base.read(CARDS, OTHER).КПП).toBe("780101001");
  });

  test("takes the head that moved, not its division", () => {
    const base = open();
    base.addCard({ КПП: "770101001" });
    base.addCard({ id: "5f0ea000-0000-5000-8000-0000000000fe", КПП: "780143001" });
    expect(base.call("counterparty", askCounterparty())).toMatchObject(done(false, true, OTHER));
  });

  test("takes the card that the relay made for a division whose КПП an accountant has corrected", () => {
    const base = open();
    base.addCard();
    const division = { kpp: "780143001" };
    base.call("counterparty", askCounterparty(division));
    base.add(CARDS, { ...base.read(CARDS, REF), id: REF, КПП: "780143002" });
    expect(base.call("counterparty", askCounterparty(division))).toMatchObject(done(false, true));
    expect(base.all(CARDS)).toHaveLength(2);
  });

  test("does not choose between two heads", () => {
    const base = open();
    base.addCard({ КПП: "770101001" });
    base.addCard({ id: "5f0ea000-0000-5000-8000-0000000000fe", КПП: "500101001" });
    expect(base.call("counterparty", askCounterparty()).error?.code).toBe("counterparty_ambiguous");
  });

  test("compares accounts as digits", () => {
    const base = open();
    const card = base.addCard();
    base.add(BANK_ACCOUNTS, { Владелец: card, НомерСчета: " 40702 810 9 0000 0000001", Банк: base.bank });
    base.call("counterparty", askCounterparty());
    expect(base.all(BANK_ACCOUNTS).filter(({ Владелец }) => Владелец === card)).toHaveLength(1);
  });
});

describe("a refusal", () => {
  const message = "Элемент удаляется в данный момент";

  test("tells the message of a handler that refused the write", () => {
    const base = open({ refuses: { table: CARDS, message } });
    expect(base.call("counterparty", askCounterparty()).error?.detail).toContain(message);
    expect(base.all(CARDS)).toEqual([]);
  });

  test("tells no message of an earlier operation", () => {
    const base = open({ refuses: { table: CARDS, message } });
    base.store.messages.push("Сообщение чужой операции");
    expect(base.call("counterparty", askCounterparty()).error?.detail).not.toContain("чужой");
  });
});
