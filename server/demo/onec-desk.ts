import type { MockControl, MockCounterparty, MockSnapshot } from "../../adapters/mock/index.ts";
import { addDays, type PlainDate } from "../../core/date.ts";
import { formatMoney } from "../../core/money.ts";
import type { Agent } from "./agents.ts";

export type DeskAccountant = Pick<
  MockControl,
  "takeSnapshot" | "onChange" | "addCounterparty" | "addActByHand" | "executePayment" | "mergeCards"
>;

/** An agent's documents in 1C, as an accountant sees 1C. */
export interface DeskView {
  readonly cards: readonly {
    readonly ref: string;
    readonly name: string;
    readonly inn: string;
    readonly kpp: string;
    readonly marked: boolean;
    readonly madeByUs: boolean;
    readonly account: string | null;
    readonly comment: string;
  }[];
  readonly acts: readonly {
    readonly ref: string;
    readonly number: string;
    readonly date: PlainDate;
    readonly amount: string;
    readonly content: string;
    readonly posted: boolean;
    readonly marked: boolean;
    readonly byHand: boolean;
  }[];
  readonly orders: readonly {
    readonly ref: string;
    readonly number: string;
    readonly date: PlainDate;
    readonly amount: string;
    readonly purpose: string;
    readonly state: string;
    readonly marked: boolean;
  }[];
  /** True when several live cards have the agent's INN. */
  readonly twins: boolean;
}

/** The demo's accountant: the only part of the demo with access to 1C. */
export interface OnecDesk {
  view(agent: Agent): DeskView;
  /** Adds older cards and acts to 1C, unless the agent already has a card. */
  seed(agents: readonly Agent[], today: PlainDate): void;
  /** Marks a payment order as paid by the bank. False when no such order waits. */
  execute(ref: string, today: PlainDate): boolean;
  /** Merges an agent's cards into the first card. False for a single card. */
  keepOneCard(agent: Agent): boolean;
}

export function createDesk(mock: DeskAccountant): OnecDesk {
  const cardsOf = (agent: Agent, base: MockSnapshot) =>
    base.counterparties.filter((card) => card.inn === agent.contractor.inn && !card.isFolder);
  return {
    view: (agent) => {
      const base = mock.takeSnapshot();
      return toDeskView(cardsOf(agent, base), base);
    },
    seed(agents, today) {
      for (const agent of agents) {
        if (cardsOf(agent, mock.takeSnapshot()).length === 0) seedAgent(mock, agent, today);
      }
    },
    execute(ref, today) {
      const order = mock.takeSnapshot().paymentOrders.find((row) => row.ref === ref);
      if (order === undefined || order.deletionMark || order.state.state !== "waiting") return false;
      mock.executePayment(ref, today);
      return true;
    },
    keepOneCard(agent) {
      const [keep, ...rest] = cardsOf(agent, mock.takeSnapshot()).filter((card) => !card.deletionMark);
      if (keep === undefined || rest.length === 0) return false;
      for (const card of rest) mock.mergeCards(keep.ref, card.ref);
      return true;
    },
  };
}

function seedAgent(mock: DeskAccountant, { id, contractor }: Agent, today: PlainDate): void {
  const { inn, kpp = "", fullName = "", bankAccount } = contractor;
  const account = { number: bankAccount.number, bic: bankAccount.bic, bankName: bankAccount.bankName };
  if (id === "known") {
    const card = {
      name: "Ветрова О. С. (ИП)",
      fullName,
      inn,
      accounts: [account],
      comment: "Постоянный агент, акты делали вручную",
    };
    const { ref } = mock.addCounterparty(card);
    for (const [date, amount] of listMonthEnds(today, [5_140_000, 5_875_000, 6_020_000])) {
      mock.addActByHand({ counterpartyRef: ref, date, amount });
    }
  }
  if (id === "twins") {
    const first = mock.addCounterparty({ name: "Вектор Плюс ООО", fullName, inn, kpp, accounts: [account] });
    mock.addCounterparty({
      name: "ООО Вектор+ (новый)",
      fullName,
      inn,
      kpp,
      comment: "Завели второй раз при переезде",
    });
    for (const [date, amount] of listMonthEnds(today, [8_860_000])) {
      mock.addActByHand({ counterpartyRef: first.ref, date, amount });
    }
  }
}

/** Pairs the last days of the previous months, oldest first, with the amounts in kopecks. */
function listMonthEnds(today: PlainDate, amounts: readonly number[]): [PlainDate, number][] {
  let end = today;
  const ends = amounts.map((): PlainDate => {
    end = addDays(`${end.slice(0, 8)}01`, -1);
    return end;
  });
  return ends.toReversed().map((date, n) => [date, amounts[n] ?? 0]);
}

function toDeskView(cards: readonly MockCounterparty[], base: MockSnapshot): DeskView {
  const refs = new Set(cards.map((card) => card.ref));
  return {
    cards: cards.map(({ ref, name, inn, kpp, deletionMark, madeByUs, mainAccount, comment }) => {
      return { ref, name, inn, kpp, marked: deletionMark, madeByUs, account: mainAccount?.number ?? null, comment };
    }),
    acts: base.acts
      .filter((act) => refs.has(act.counterpartyRef))
      .map(({ ref, number, date, amount, lines, posted, deletionMark, byHand }) => {
        const content = lines[0]?.content ?? "";
        return { ref, number, date, amount: formatMoney(amount), content, posted, marked: deletionMark, byHand };
      }),
    orders: base.paymentOrders
      .filter((order) => refs.has(order.counterpartyRef))
      .map(({ ref, number, date, amount, purpose, state, deletionMark }) => {
        return { ref, number, date, amount: formatMoney(amount), purpose, state: state.state, marked: deletionMark };
      }),
    twins: cards.filter((card) => !card.deletionMark).length > 1,
  };
}
