import type { Adapter, AdapterAnswer, CallContext } from "../../core/adapter.ts";
import { printDate } from "../../core/date.ts";
import { formatMoney, type Thousandths } from "../../core/money.ts";
import { formatMarker, MARKER } from "../onec/marker.ts";
import type { Operation, Params } from "./protocol.ts";

/** Prefix of the card's comment line with the link to the signed contract. */
const CONTRACT_PREFIX = "Договор: ";

/** Does one operation: asks the extension, or leaves a command for the extension. */
export type Ask = <O extends Operation, T>(operation: O, params: Params<O>, context: CallContext) => AdapterAnswer<T>;

/** Translates the adapter's calls into operations of the protocol. */
export function createCalls(
  ask: Ask,
  updateExisting: "always" | "confirm",
): Required<Omit<Adapter, "name" | "flags" | "timeoutMs" | "check">> {
  return {
    getOrganization: (context) => ask("ping", { write: false }, context),
    upsertCounterparty({ ref, contractor, boundRef, confirmed = false }, context) {
      const { contract } = contractor;
      const contractLine =
        contract === undefined ? {} : { contractLine: { prefix: CONTRACT_PREFIX, url: contract.url } };
      const bound = boundRef === undefined ? {} : { boundRef };
      return ask("counterparty", { ref, contractor, confirmed, updateExisting, ...bound, ...contractLine }, context);
    },
    findLastAct: ({ counterpartyRef, exceptRef }, context) =>
      ask("latest-acts", { counterpartyRef, exceptRef, exceptMarker: formatMarker(exceptRef) }, context),
    createAct({ amount, lines, ...rest }, context) {
      const { ref, period } = rest;
      const days = `с ${printDate(period.from)} по ${printDate(period.to)}`;
      return ask(
        "act",
        {
          ...rest,
          marker: formatMarker(ref),
          comment: formatMarker(ref, period),
          amount: formatMoney(amount),
          lines: lines.map((line) => ({
            name: line.name,
            content: appendDays(line.name, days),
            quantity: formatQuantity(line.quantity),
            unit: line.unit,
            price: formatMoney(line.price),
            amount: formatMoney(line.amount),
          })),
        },
        context,
      );
    },
    findAct: ({ ref }, context) => ask("act-find", { ref, marker: formatMarker(ref) }, context),
    printAct: ({ ref }, context) => ask("act-form", { ref, marker: formatMarker(ref) }, context),
    voidAct: ({ ref, reason }, context) => ask("act-void", { ref, marker: formatMarker(ref), reason }, context),
    createPaymentOrder: ({ amount, ...rest }, context) => {
      const marker = formatMarker(rest.ref);
      return ask("payment-order", { ...rest, marker, comment: marker, amount: formatMoney(amount) }, context);
    },
    findPaymentOrder: ({ ref }, context) => ask("payment-order-find", { ref, marker: formatMarker(ref) }, context),
    getPaymentStates(refs, context) {
      const orders = refs.map((ref) => ({ ref, marker: formatMarker(ref) }));
      return ask("payment-states", { orders }, context);
    },
    listDocuments: ({ kind, since, cursor, limit }, context) =>
      ask("documents", { kind, since, marker: MARKER, after: cursor ?? null, limit }, context),
  };
}

/** Formats thousandths as a decimal string without trailing zeros: "1", "2.5". */
function formatQuantity(quantity: Thousandths): string {
  const digits = String(quantity).padStart(4, "0");
  const fraction = digits.slice(-3).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -3) : `${digits.slice(0, -3)}.${fraction}`;
}

/** Appends the days of the period to the line's text, unless the template already named the days. */
function appendDays(name: string, days: string): string {
  return name.replaceAll("\u00A0", " ").includes(days) ? name : `${name}, ${days}`;
}
