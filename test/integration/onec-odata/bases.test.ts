import { describe, expect, test } from "vitest";
import { parseMapping } from "../../../adapters/onec-odata/index.ts";
import type { UpsertCounterpartyParams } from "../../../core/adapter.ts";
import type { Contractor } from "../../../core/parties.ts";
import { createOneC, type OneC } from "../../onec-runtime/odata/index.ts";
import { BASES } from "../../onec-runtime/odata/switches.ts";
import {
  accountOf,
  actParams,
  bareContractor,
  fullContractor,
  newCall,
  orderParams,
  refOf,
} from "../../support/accounting.ts";
import { personInn } from "../../support/builders.ts";
import { odataWorld } from "../../support/odata.ts";

const ACTS = ["Document_ПоступлениеТоваровУслуг", "Document_РеализацияТоваровУслуг"];
const ORDERS = "Document_ПлатежноеПоручение";

const ENTREPRENEUR = fullContractor(3, {
  kind: "entrepreneur",
  name: "ИП Ёжиков Иван Иванович",
  inn: personInn(3),
  bankAccount: { ...accountOf(3), number: accountOf(3).number.replace(/^40702/, "40802") },
});

/** Each kind of contractor, with all that people had in 1C before. */
const CONTRACTORS: Readonly<Record<string, { contractor: Contractor; before?: (onec: OneC) => Promise<void> }>> = {
  "a new company": { contractor: fullContractor(1) },
  "a company that tells only what it must": { contractor: bareContractor(2) },
  "a new entrepreneur with an account 40802": { contractor: ENTREPRENEUR },
  "a card of the accountant, with a contract, two phones and two e-mails": {
    contractor: fullContractor(4),
    async before({ hands }) {
      const { name, inn, kpp = "" } = fullContractor(4);
      const card = await hands.addCard({ name, inn, kpp, phone: "+7 812 000-00-02", email: "old@example.com" });
      await hands.addContact(card, "phone", "+7 812 000-00-03");
      await hands.addContact(card, "email", "older@example.com");
      await hands.addAct({ counterpartyRef: card, date: "2026-09-15", amount: 100 });
    },
  },
};

describe.each(BASES)("$name", ({ options, mapping }) => {
  test.each(Object.entries(CONTRACTORS))("gets one act and one order for %s", async (_, { contractor, before }) => {
    const onec = createOneC(options);
    const { actDocument = "receipt" } = options;
    const { adapter } = odataWorld({ over: onec, adapter: { actDocument, mapping: parseMapping("bp30", mapping) } });
    await before?.(onec);
    const asked: UpsertCounterpartyParams = { ref: refOf("card", 1), contractor };
    const { ref } = (await adapter.upsertCounterparty(asked, newCall())) as { ref: string };
    await adapter.createAct(actParams(ref, 1, { contractor }), newCall());
    await adapter.createPaymentOrder(orderParams(ref, 1, { contractor }), newCall());

    const acts = ACTS.flatMap((set) => onec.state.all(set)).filter((row) => String(row.Date) > "2026-10");
    expect(acts).toMatchObject([
      { Ref_Key: refOf("act", 1), Posted: true, DeletionMark: false, Контрагент_Key: ref, СуммаДокумента: 15_000 },
    ]);
    expect(String(acts[0]?.Date).slice(0, 10)).toBe("2026-10-31");
    const { purpose } = orderParams(ref);
    expect(onec.state.all(ORDERS)).toMatchObject([
      { Ref_Key: refOf("order", 1), DeletionMark: false, СуммаДокумента: 15_000, НазначениеПлатежа: purpose },
    ]);
    const [order] = await onec.hands.ordersOf(ref);
    expect(order?.account).toEqual({ number: contractor.bankAccount.number, bic: contractor.bankAccount.bic });
    expect(await onec.hands.cardsOf(contractor.inn)).toHaveLength(1);
  });
});
