import { AdapterError } from "../../core/errors.ts";
import { type MockJournal, openJournal } from "./journal.ts";
import type {
  MockAct,
  MockBank,
  MockCommand,
  MockCounterparty,
  MockEffect,
  MockPaymentOrder,
  MockSettings,
  MockSnapshot,
} from "./model.ts";
import { createTable, type Table } from "./table.ts";

/** Options of the mock's infobase. */
export interface InfobaseOptions {
  /** Banks of the classifier. Absent: the classifier knows every BIC. */
  readonly banks?: readonly MockBank[];
  readonly journal?: MockJournal;
}

/** The infobase in memory. Only `write` changes the infobase, so memory and journal cannot differ. */
export interface Infobase {
  /** Indexed by INN. */
  readonly counterparties: Table<MockCounterparty>;
  /** Acts and payment orders: indexed by the card's reference. */
  readonly acts: Table<MockAct>;
  readonly paymentOrders: Table<MockPaymentOrder>;
  /** Waiting commands by id. */
  readonly commands: ReadonlyMap<string, MockCommand>;
  getSettings(): MockSettings;
  /** Finds the bank with this BIC in the classifier. */
  findBank(bic: string): MockBank | null;
  /** Creates a reference for a row made by 1C itself. */
  createRef(): string;
  /** Writes to the journal, then to memory. */
  write(effect: MockEffect): void;
  /** Calls `listener` after every write; the returned function unsubscribes. */
  onWrite(listener: (effect: MockEffect) => void): () => void;
  takeSnapshot(): MockSnapshot;
}

const EMPTY_SETTINGS: MockSettings = { closedUpTo: null, postingBlocked: null, refsIgnored: false, banks: {} };

/** Opens an infobase: empty, or with the writes of the journal. */
export function openInfobase(options: InfobaseOptions): Infobase {
  const counterparties = createTable<MockCounterparty>((card) => card.inn);
  const acts = createTable<MockAct>((act) => act.counterpartyRef);
  const paymentOrders = createTable<MockPaymentOrder>((order) => order.counterpartyRef);
  const commands = new Map<string, MockCommand>();
  const listeners = new Set<(effect: MockEffect) => void>();
  let settings = EMPTY_SETTINGS;

  function apply(effect: MockEffect): void {
    for (const card of effect.counterparties ?? []) counterparties.put(card);
    for (const act of effect.acts ?? []) acts.put(act);
    for (const order of effect.paymentOrders ?? []) paymentOrders.put(order);
    if (effect.settings !== undefined) settings = { ...settings, ...effect.settings };
    if (effect.command !== undefined) commands.set(effect.command.id, effect.command);
    if (effect.answered !== undefined) commands.delete(effect.answered);
  }

  const journal = options.journal === undefined ? null : openJournal(options.journal);
  for (const effect of journal?.readEffects() ?? []) apply(effect);

  return {
    counterparties,
    acts,
    paymentOrders,
    commands,
    getSettings: () => settings,
    findBank: (bic) => findKnownBank(bic, options.banks, settings.banks[bic]),
    createRef: () => formatRef(counterparties.countRows() + acts.countRows() + paymentOrders.countRows() + 1),
    write(effect) {
      // A copy: the caller cannot change a written row, so a row stays equal to the journal's line.
      const own = structuredClone(effect);
      appendTo(journal, own);
      apply(own);
      for (const listener of listeners) listener(structuredClone(own));
    },
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    takeSnapshot: () =>
      structuredClone({
        counterparties: [...counterparties.listRows()],
        acts: [...acts.listRows()],
        paymentOrders: [...paymentOrders.listRows()],
        settings,
        commands: [...commands.values()],
      }),
  };
}

/** Number of the next document in a table: «0000-000001». */
export function getNextNumber(table: Pick<Table<MockAct | MockPaymentOrder>, "countRows">): string {
  return `0000-${String(table.countRows() + 1).padStart(6, "0")}`;
}

/** A failed append is uncertain: the line may still be in the journal, in part or whole. */
function appendTo(journal: ReturnType<typeof openJournal> | null, effect: MockEffect): void {
  try {
    journal?.append(effect);
  } catch (cause) {
    throw new AdapterError("onec_unavailable", "The mock's journal cannot be written", { outcome: "uncertain", cause });
  }
}

function findKnownBank(bic: string, banks?: readonly MockBank[], steered?: boolean): MockBank | null {
  if (steered === false) return null;
  const listed = banks?.find((bank) => bank.bic === bic);
  if (listed !== undefined) return listed;
  return banks === undefined || steered === true ? { bic } : null;
}

/** Formats the number as a UUID. A counted reference, not a random one: the same steps give the same infobase. */
function formatRef(n: number): string {
  return `00001c00-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
}
