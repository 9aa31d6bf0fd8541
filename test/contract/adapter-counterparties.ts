import { expect } from "vitest";
import { accountOf, BIC, bareContractor, fullContractor, innOf, OTHER_BIC, refOf } from "../support/accounting.ts";
import type { AdapterHarness, CardView, Rule } from "./adapter-harness.ts";
import { needed, refused, upsert } from "./adapter-harness.ts";

const OURS = refOf("card", 1);

async function cardOf({ hands }: AdapterHarness, ref: string): Promise<CardView> {
  const card = await hands.card(ref);
  if (card === null) throw new Error("there is no such card");
  return card;
}

/** Rules of `upsertCounterparty`. */
export function counterpartyRules(rule: Rule): void {
  searchRules(rule);
  updateRules(rule);
  decisionRules(rule);
  accountRules(rule);
}

function searchRules(rule: Rule): void {
  rule("makes a card with every field of the request, under our reference", async (harness) => {
    const contractor = fullContractor(1);
    expect(await upsert(harness, contractor)).toEqual({ ref: OURS, created: true, changed: true });
    const { name, fullName, inn, kpp, phone, email, legalAddress, bankAccount, contract } = contractor;
    const card = await cardOf(harness, OURS);
    expect(card).toMatchObject({ name, fullName, inn, kpp, phone, email, legalAddress, deletionMark: false });
    expect(card.accounts).toMatchObject([{ number: bankAccount.number, bic: bankAccount.bic }]);
    expect(card.mainAccount).toMatchObject({ number: bankAccount.number, bic: bankAccount.bic });
    expect(card.comment).toContain(contract?.url);
  });

  rule("finds the card by INN on a repeat, and writes nothing", async (harness) => {
    await upsert(harness, fullContractor(1));
    const before = await cardOf(harness, OURS);
    expect(await upsert(harness, fullContractor(1))).toEqual({ ref: OURS, created: false, changed: false });
    expect(await cardOf(harness, OURS)).toEqual(before);
    expect(await harness.hands.cardsOf(innOf(1))).toHaveLength(1);
  });

  rule("takes the one live card that people made", async (harness) => {
    const ref = await harness.hands.addCard({ name: "Ромашка", inn: innOf(1) });
    expect(await upsert(harness, bareContractor(1))).toEqual({ ref, created: false, changed: true });
    expect(await harness.hands.cardsOf(innOf(1))).toHaveLength(1);
  });

  rule("does not see marked cards and folders", async (harness) => {
    await harness.hands.addCard({ name: "Ромашка (удалена)", inn: innOf(1), deletionMark: true });
    await harness.hands.addCard({ name: "Агенты", inn: innOf(1), isFolder: true });
    expect(await upsert(harness, bareContractor(1))).toMatchObject({ ref: OURS, created: true });
  });

  rule("chooses by KPP among several", async (harness) => {
    await harness.hands.addCard({ name: "Ромашка, Москва", inn: innOf(1), kpp: "770101001" });
    const ref = await harness.hands.addCard({ name: "Ромашка, Петербург", inn: innOf(1), kpp: "781001001" });
    expect(await upsert(harness, fullContractor(1))).toMatchObject({ ref, created: false });
  });
}

function updateRules(rule: Rule): void {
  rule("updates the fields of the request and leaves the rest", async (harness) => {
    const ref = await harness.hands.addCard({
      name: "Ромашка",
      inn: innOf(1),
      phone: "+7 812 111-11-11",
      email: "old@example.com",
      legalAddress: "старый адрес",
      comment: "Звонить после обеда",
    });
    await upsert(harness, bareContractor(1, { email: "new@example.com" }));
    expect(await cardOf(harness, ref)).toMatchObject({
      name: bareContractor(1).name,
      phone: "+7 812 111-11-11",
      email: "new@example.com",
      legalAddress: "старый адрес",
      comment: "Звонить после обеда",
    });
  });

  rule("never wipes a field that the request leaves out", async (harness) => {
    await upsert(harness, fullContractor(1));
    const before = await cardOf(harness, OURS);
    expect(await upsert(harness, bareContractor(1))).toMatchObject({ changed: false });
    expect(await cardOf(harness, OURS)).toEqual(before);
  });

  rule("adds the contract's link below the accountant's words", async (harness) => {
    const ref = await harness.hands.addCard({ name: "Ромашка", inn: innOf(1), comment: "Звонить после обеда" });
    await upsert(harness, bareContractor(1, { contract: { url: "https://platform.example/1" } }));
    const { comment } = await cardOf(harness, ref);
    expect(comment).toMatch(/^Звонить после обеда\r?\n[^\n]*https:\/\/platform\.example\/1$/);
  });

  rule("replaces the contract's link in place", async (harness) => {
    await upsert(harness, bareContractor(1, { contract: { url: "https://platform.example/old" } }));
    const line = (await cardOf(harness, OURS)).comment;
    await harness.hands.editCard(OURS, { comment: `Проверен\n${line}\nНе звонить` });
    await upsert(harness, bareContractor(1, { contract: { url: "https://platform.example/$&new" } }));
    const { comment } = await cardOf(harness, OURS);
    expect(comment).toBe(`Проверен\n${line.replace("old", () => "$&new")}\nНе звонить`);
  });
}

function decisionRules(rule: Rule): void {
  rule("asks a person when KPP does not decide, names the candidates, writes nothing", async (harness) => {
    const refs = [
      await harness.hands.addCard({ name: "Ромашка раз", inn: innOf(1), kpp: "770101001" }),
      await harness.hands.addCard({ name: "Ромашка два", inn: innOf(1), kpp: "770201001" }),
    ];
    const before = await harness.hands.cardsOf(innOf(1));
    for (const contractor of [bareContractor(1), fullContractor(1)]) {
      const { detail } = await refused(upsert(harness, contractor), "counterparty_ambiguous");
      for (const part of [...refs, "Ромашка раз", "770101001", "770201001"]) expect(detail).toContain(part);
    }
    expect(await harness.hands.cardsOf(innOf(1))).toEqual(before);
  });

  rule("asks a person when two cards share INN and KPP", async (harness) => {
    for (const name of ["раз", "два"]) await harness.hands.addCard({ name, inn: innOf(1), kpp: "781001001" });
    await refused(upsert(harness, fullContractor(1)), "counterparty_ambiguous");
  });

  rule("does not revive our own marked card, nor make a second one", async (harness) => {
    await upsert(harness, bareContractor(1));
    await harness.hands.markCard(OURS, true);
    await refused(upsert(harness, bareContractor(1)), "counterparty_deleted");
    expect(await harness.hands.cardsOf(innOf(1))).toHaveLength(1);
    await harness.hands.markCard(OURS, false);
    expect(await upsert(harness, bareContractor(1))).toMatchObject({ ref: OURS, created: false });
  });

  rule("takes the card that a person chose instead of searching", async (harness) => {
    await harness.hands.addCard({ name: "раз", inn: innOf(1) });
    const boundRef = await harness.hands.addCard({ name: "два", inn: innOf(1) });
    expect(await upsert(harness, bareContractor(1), { boundRef })).toMatchObject({ ref: boundRef, created: false });
  });

  rule("refuses a chosen card that is marked or not there", async (harness) => {
    const boundRef = await harness.hands.addCard({ name: "раз", inn: innOf(1), deletionMark: true });
    await harness.hands.addCard({ name: "два", inn: innOf(1) });
    await refused(upsert(harness, bareContractor(1), { boundRef }), "counterparty_deleted");
    await refused(upsert(harness, bareContractor(1), { boundRef: refOf("card", 99) }), "counterparty_deleted");
  });

  rule("refuses the dropped card after a merge", async (harness, context) => {
    const keep = await harness.hands.addCard({ name: "раз", inn: innOf(1) });
    const boundRef = await harness.hands.addCard({ name: "два", inn: innOf(1) });
    await needed(context, harness.hands.mergeCards, "merge cards")(keep, boundRef);
    await refused(upsert(harness, bareContractor(1), { boundRef }), "counterparty_deleted");
    expect(await upsert(harness, bareContractor(1))).toMatchObject({ ref: keep });
  });

  const confirm = { updateExisting: "confirm" } as const;
  rule(
    "asks once, with confirm, before a change of a card that people made",
    async (harness) => {
      const ref = await harness.hands.addCard({ name: "Ромашка", inn: innOf(1) });
      const before = await cardOf(harness, ref);
      await refused(upsert(harness, bareContractor(1)), "counterparty_confirm");
      expect(await cardOf(harness, ref)).toEqual(before);
      expect(await upsert(harness, bareContractor(1), { confirmed: true })).toMatchObject({ ref, changed: true });
    },
    confirm,
  );

  rule(
    "updates our own card without a question, also with confirm",
    async (harness) => {
      await upsert(harness, bareContractor(1));
      expect(await upsert(harness, fullContractor(1))).toMatchObject({ ref: OURS, changed: true });
    },
    confirm,
  );
}

function accountRules(rule: Rule): void {
  rule("adds an account but leaves the main one that people chose", async (harness) => {
    const main = accountOf(50, OTHER_BIC);
    const ref = await harness.hands.addCard({ name: "Поставщик", inn: innOf(1), accounts: [main] });
    await upsert(harness, bareContractor(1));
    const card = await cardOf(harness, ref);
    expect(card.mainAccount).toMatchObject(main);
    expect(card.accounts.map((account) => account.number).toSorted()).toEqual(
      [main.number, bareContractor(1).bankAccount.number].toSorted(),
    );
    expect(await upsert(harness, bareContractor(1))).toMatchObject({ changed: false });
  });

  rule("makes the new account the main one of a card without a main account", async (harness) => {
    const ref = await harness.hands.addCard({ name: "Ромашка", inn: innOf(1) });
    await upsert(harness, bareContractor(1));
    expect((await cardOf(harness, ref)).mainAccount).toMatchObject(bareContractor(1).bankAccount);
  });

  rule("replaces a main account of our own choice, and keeps the former account", async (harness) => {
    await upsert(harness, bareContractor(1));
    const bankAccount = accountOf(51, OTHER_BIC);
    await upsert(harness, bareContractor(1, { bankAccount }));
    const card = await cardOf(harness, OURS);
    expect(card.mainAccount).toMatchObject(bankAccount);
    expect(card.accounts).toHaveLength(2);
  });

  rule("leaves the main account that people chose on our card", async (harness, context) => {
    const choose = needed(context, harness.hands.chooseMainAccount, "choose a main account");
    const first = bareContractor(1).bankAccount;
    await upsert(harness, bareContractor(1));
    await upsert(harness, bareContractor(1, { bankAccount: accountOf(51) }));
    await choose(OURS, first);
    await upsert(harness, bareContractor(1, { bankAccount: accountOf(52) }));
    expect((await cardOf(harness, OURS)).mainAccount).toMatchObject(first);
  });

  rule("tells equal account numbers at two banks apart", async (harness) => {
    const { number } = accountOf(1);
    await upsert(harness, bareContractor(1, { bankAccount: { number, bic: BIC } }));
    await upsert(harness, bareContractor(1, { bankAccount: { number, bic: OTHER_BIC } }));
    expect((await cardOf(harness, OURS)).accounts).toHaveLength(2);
  });

  rule("refuses an unknown bank and writes nothing", async (harness, context) => {
    await needed(context, harness.hands.forgetBank, "forget a bank")(BIC);
    const error = await refused(upsert(harness, bareContractor(1)), "bank_unknown");
    expect(error.field).toBe("contractor.bankAccount.bic");
    expect(await harness.hands.cardsOf(innOf(1))).toEqual([]);
  });
}
