import type { PlainDate } from "../../core/date.ts";
import { addDays } from "../../core/date.ts";
import type { OneC, Row } from "../onec-runtime/odata/index.ts";
import { BIC } from "../support/builders.ts";

const CARDS = "Catalog_Контрагенты";
const ORDERS = "Document_ПлатежноеПоручение";
const ACTS = ["Document_ПоступлениеТоваровУслуг", "Document_РеализацияТоваровУслуг"];
const ACCOUNTS = "Catalog_БанковскиеСчета";

/** Actions of people in 1C while the relay works there, and documents made by hand. */
export interface People {
  /** One thing at random, with how often it happens. */
  readonly moves: readonly (readonly [number, () => Promise<unknown>])[];
  /** Undoes the obstacles: opens the period, loads the bank, removes wrong marks. */
  mend(): Promise<void>;
  readonly cardsByHand: ReadonlySet<string>;
  readonly actsByHand: ReadonlySet<string>;
}

/** Parts of {@link peopleOf}. */
export interface PeopleParts {
  readonly onec: OneC;
  readonly random: () => number;
  readonly today: () => PlainDate;
}

/** The accountants of one infobase. */
export function peopleOf({ onec, random, today }: PeopleParts): People {
  const { hands, state, settings } = onec;
  const cardsByHand = new Set<string>();
  const actsByHand = new Set<string>();
  const pick = (rows: readonly Row[]) => rows[Math.floor(random() * rows.length)];
  const ref = (row: Row) => String(row.Ref_Key);
  const acts = () => ACTS.flatMap((set) => state.all(set));
  let renumbered = 0;
  const cards = () => state.all(CARDS).filter((row) => row.DeletionMark !== true);
  const isExecuted = (order: Row) =>
    state.all("Document_СписаниеСРасчетногоСчета").some((row) => row.ДокументОснование === order.Ref_Key);
  const orders = (marked: boolean) =>
    state.all(ORDERS).filter((row) => row.DeletionMark === marked && !isExecuted(row));

  async function editCard(): Promise<void> {
    const row = pick(cards());
    if (row !== undefined)
      await hands.editCard(ref(row), { comment: `${row.Комментарий}\nЗвонить после обеда`.trim() });
  }
  async function doubleCard(): Promise<void> {
    const row = pick(cards());
    if (row === undefined) return;
    cardsByHand.add(await hands.addCard({ name: "Дубль", inn: String(row.ИНН), kpp: "770201001" }));
  }
  async function addAct(): Promise<void> {
    const row = pick(cards());
    if (row === undefined) return;
    const date = addDays(today(), -20);
    actsByHand.add(await hands.addAct({ counterpartyRef: ref(row), date, amount: 100 }));
  }
  /** «Скопировать»: the copy bears our marker, comment and all. */
  async function copyAct(): Promise<void> {
    const row = pick(acts());
    if (row === undefined) return;
    const copied = { counterpartyRef: String(row.Контрагент_Key), date: today(), amount: 100 };
    const copy = await hands.addAct({ ...copied, posted: random() < 0.5 });
    actsByHand.add(copy);
    await hands.editAct(copy, { comment: String(row.Комментарий) });
  }
  async function execute(marked: boolean): Promise<void> {
    const order = pick(orders(marked));
    if (order !== undefined) await hands.executePayment(ref(order), today());
  }
  async function markOrder(): Promise<void> {
    const order = pick(orders(false));
    if (order !== undefined) await hands.markPaymentOrder(ref(order));
  }
  async function commentAct(): Promise<void> {
    const row = pick(acts());
    if (row !== undefined) await hands.editAct(ref(row), { comment: `${row.Комментарий} Проверено` });
  }
  /** One more phone: the kind has several rows from now on. */
  async function addPhone(): Promise<void> {
    const row = pick(cards());
    if (row !== undefined) await hands.addContact(ref(row), "phone", `+7 812 000-00-${10 + Math.floor(random() * 90)}`);
  }
  async function closeContracts(): Promise<void> {
    const row = pick(cards());
    if (row !== undefined) await hands.closeContracts(ref(row));
  }
  async function renumberAct(): Promise<void> {
    const row = pick(acts());
    renumbered += 1;
    if (row !== undefined) await hands.renumberAct(ref(row), `РЧ00-${String(renumbered).padStart(6, "0")}`);
  }
  /** Opens a posted act and posts it again. */
  async function repostAct(): Promise<void> {
    const row = pick(acts().filter(({ Posted }) => Posted === true));
    if (row !== undefined && settings.postingBlocked === null) await hands.post(ref(row));
  }
  /** The bank's exchange, or a person, says how far an order is. */
  async function sendOrder(): Promise<void> {
    const order = pick(orders(false));
    if (order !== undefined) await hands.setBankState(ref(order), "Отправлено");
  }
  const toggle = (is: boolean, on: () => Promise<void>, off: () => Promise<void>) => (is ? off() : on());

  return {
    cardsByHand,
    actsByHand,
    moves: [
      [4, editCard],
      [3, async () => onec.beforeWrite(CARDS, editCard)],
      [1, doubleCard],
      [1, async () => onec.beforeWrite(CARDS, doubleCard)],
      [2, addAct],
      [1, copyAct],
      [4, () => execute(false)],
      [2, markOrder],
      [1, () => execute(true)],
      [2, commentAct],
      [1, addPhone],
      [1, closeContracts],
      [1, renumberAct],
      [1, repostAct],
      [1, sendOrder],
      [
        2,
        () =>
          toggle(
            settings.closedUpTo !== null,
            () => hands.closePeriodUpTo(today()),
            () => hands.closePeriodUpTo(null),
          ),
      ],
      [
        2,
        () =>
          toggle(
            settings.postingBlocked !== null,
            () => hands.blockPosting("Не заполнена статья затрат"),
            () => hands.blockPosting(null),
          ),
      ],
      [1, () => hands.forgetBank(BIC)],
      [2, () => hands.loadBank(BIC)],
      [1, async () => void (await markCard())],
    ],
    async mend() {
      await hands.closePeriodUpTo(null);
      await hands.blockPosting(null);
      await hands.loadBank(BIC);
      for (const row of state.all(CARDS)) {
        if (cardsByHand.has(ref(row)) && row.DeletionMark !== true) await hands.markCard(ref(row), true);
      }
      for (const row of state.all(CARDS)) {
        const isAlone = !cards().some((other) => other.ИНН === row.ИНН);
        if (!cardsByHand.has(ref(row)) && row.DeletionMark === true && isAlone) await hands.markCard(ref(row), false);
      }
      for (const row of state.all(ACCOUNTS)) {
        if (row.DeletionMark === true) state.put(ACCOUNTS, { Ref_Key: ref(row), DeletionMark: false });
      }
    },
  };

  async function markCard(): Promise<void> {
    const row = pick(cards());
    if (row !== undefined) await hands.markCard(ref(row), true);
  }
}
