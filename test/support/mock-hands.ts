import type { MockAct, MockAdapter } from "../../adapters/mock/index.ts";
import type { AccountantHands, ActView, CardView } from "../contract/adapter.ts";

/** Makes the accountant over a mock. `open` gives the present mock, at each step perhaps another mock. */
export function mockHands(open: () => MockAdapter): AccountantHands {
  const base = () => open().mock.takeSnapshot();
  return {
    addCard: async (card) => open().mock.addCounterparty(card).ref,
    card: async (ref) =>
      base()
        .counterparties.map(cardView)
        .find((card) => card.ref === ref) ?? null,
    cardsOf: async (inn) =>
      base()
        .counterparties.map(cardView)
        .filter((card) => card.inn === inn),
    editCard: async (ref, edit) => void open().mock.editCard(ref, edit),
    markCard: async (ref, marked) => open().mock.markCard(ref, marked),
    removeAccount: async (ref, number) => open().mock.removeAccount(ref, number),
    chooseMainAccount: async (ref, { number, bic }) => void open().mock.editCard(ref, { mainAccount: { number, bic } }),
    mergeCards: async (keepRef, dropRef) => open().mock.mergeCards(keepRef, dropRef),
    addAct: async (act) => open().mock.addActByHand(act).ref,
    actsOf: async (ref) =>
      base()
        .acts.filter((act) => act.counterpartyRef === ref)
        .map(actView),
    editAct: async (ref, edit) => void open().mock.editAct(ref, edit),
    unpostAct: async (ref) => open().mock.unpost(ref),
    voidAct: async (ref) => open().mock.voidActByHand(ref),
    ordersOf: async (ref) => base().paymentOrders.filter((order) => order.counterpartyRef === ref),
    executePayment: async (ref, date, bankReference) => open().mock.executePayment(ref, date, bankReference),
    rejectPayment: async (ref, reason) => open().mock.rejectPayment(ref, reason),
    markPaymentOrder: async (ref) => open().mock.deletePaymentOrder(ref),
    closePeriodUpTo: async (date) => open().mock.closePeriodUpTo(date),
    forgetBank: async (bic) => open().mock.forgetBank(bic),
    blockPosting: async (reason) => open().mock.blockPosting(reason),
    ignoreRefs: async (ignored) => open().mock.ignoreRefs(ignored),
  };
}

function cardView(card: ReturnType<MockAdapter["mock"]["takeSnapshot"]>["counterparties"][number]): CardView {
  return { ...card, version: String(card.dataVersion) };
}

function actView(act: MockAct): ActView {
  return { ...act, content: act.lines.map((line) => line.content).join("\n") };
}
