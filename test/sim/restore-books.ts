import { createMockAdapter, MOCK_ORGANIZATION } from "../../adapters/mock/index.ts";
import { createOnecHttpAdapter } from "../../adapters/onec-http/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { toBusinessDate } from "../../core/date.ts";
import { importSecrets } from "../../core/webhook.ts";
import { createService } from "../onec-runtime/http/service.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { adapterOver } from "./odata-life.ts";

/** A document in the final state of 1C. */
export interface Standing {
  readonly ref: string;
  readonly number: string;
  readonly deletionMark: boolean;
  /** The whole content, to find a change. */
  readonly whole: string;
}

/** One 1C, over OData or over the extension. */
export interface RestoreBooks {
  /** Creates an adapter, like a relay's process at the start. */
  adapter(clock: () => number): Adapter;
  acts(): readonly Standing[];
  /** Payment orders; `executed` by the bank. */
  orders(): readonly (Standing & { readonly executed: boolean })[];
  /** INN of every unmarked card. */
  cards(): readonly string[];
  execute(orderRef: string): Promise<void>;
  markOrder(orderRef: string): Promise<void>;
}

/** Parts of {@link RestoreBooks}. */
export interface BooksParts {
  /** Epoch ms. */
  readonly clock: () => number;
  /** Runs before each request to 1C. */
  readonly onRequest: () => Promise<void>;
}

const ORDERS = "Document_ПлатежноеПоручение";
const LOGIN = { user: "Обмен", password: "пароль" };
const KEYS = await importSecrets(`whsec_${btoa("o".repeat(32))}`);

function watched(fetching: typeof fetch, onRequest: () => Promise<void>): typeof fetch {
  return async (input, init) => {
    await onRequest();
    return fetching(input, init);
  };
}

/** The strict stand-in behind OData. */
export function odataBooks({ clock, onRequest }: BooksParts): RestoreBooks {
  const onec = createOneC({ clock, keepLog: false });
  const rows = (set: string) =>
    onec.state.all(set).map((row) => ({
      ref: String(row.Ref_Key),
      number: String(row.Number),
      deletionMark: row.DeletionMark === true,
      whole: JSON.stringify(row),
    }));
  return {
    adapter: (at) => adapterOver(onec, at, { fetch: watched(onec.fetch, onRequest) }),
    acts: () => rows("Document_ПоступлениеТоваровУслуг"),
    orders() {
      const debits = onec.state.all("Document_СписаниеСРасчетногоСчета");
      const executed = new Set(debits.map((row) => row.ДокументОснование));
      return rows(ORDERS).map((row) => ({ ...row, executed: executed.has(row.ref) }));
    },
    cards: () =>
      onec.state
        .all("Catalog_Контрагенты")
        .filter((row) => row.DeletionMark !== true)
        .map((row) => String(row.ИНН)),
    execute: (ref) => onec.hands.executePayment(ref, toBusinessDate(clock(), "Europe/Moscow")),
    markOrder: (ref) => onec.hands.markPaymentOrder(ref),
  };
}

/** The played extension, called by the relay. */
export function extensionBooks({ clock, onRequest }: BooksParts): RestoreBooks {
  const onec = createMockAdapter({ today: () => toBusinessDate(clock(), "Europe/Moscow") });
  const service = createService({ open: () => onec, keys: KEYS, ...LOGIN, clock });
  const { mock } = onec;
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `restore-${ids}`.padEnd(20, "_");
  };
  const standing = <T extends { ref: string; number: string; deletionMark: boolean }>(row: T) => {
    const { ref, number, deletionMark } = row;
    return { ref, number, deletionMark, whole: JSON.stringify(row) };
  };
  return {
    adapter: (at) =>
      createOnecHttpAdapter({
        organizationInn: MOCK_ORGANIZATION.inn,
        push: {
          url: "https://1c.example/buh",
          ...LOGIN,
          keys: KEYS,
          clock: at,
          newId,
          fetch: watched(service.fetch, onRequest),
        },
      }),
    acts: () => mock.takeSnapshot().acts.map(standing),
    orders: () =>
      mock.takeSnapshot().paymentOrders.map((row) => ({ ...standing(row), executed: row.state.state === "executed" })),
    cards: () =>
      mock
        .takeSnapshot()
        .counterparties.filter((card) => !card.deletionMark)
        .map(({ inn }) => inn),
    execute: async (ref) => mock.executePayment(ref),
    markOrder: async (ref) => mock.deletePaymentOrder(ref),
  };
}
