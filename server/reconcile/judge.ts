import type { Act } from "../../core/act.ts";
import type { MarkedDocument } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import type { Kopecks } from "../../core/money.ts";

/**
 * What may be wrong between the relay and 1C.
 * `missing`: no such document in 1C · `unposted`: it is not posted · `marked`: it is marked for deletion ·
 * `changed`: other amount, date, number or counterparty · `not_voided`: declined or voided here, live there ·
 * `doubled`: another live document carries the same marker · `unknown`: a live document that no act here knows.
 */
export type FindingKind = "missing" | "unposted" | "marked" | "changed" | "not_voided" | "doubled" | "unknown";

/** What differs, as the relay has it and as it stands in 1C. */
export type Difference =
  | { readonly field: "amount"; readonly relay: Kopecks; readonly onec: Kopecks }
  | { readonly field: "date" | "number" | "counterparty"; readonly relay: string; readonly onec: string };

/** A document as 1C tells it; of a single payment order it tells no more than reference, number and date. */
export type FoundDocument = Pick<MarkedDocument, "ref" | "number" | "date"> & Partial<MarkedDocument>;

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FindingKind;
  readonly document: "act" | "payment_order";
  /** The relay's act; null where it knows none. */
  readonly act: Act | null;
  /** The document in 1C; null where there is none. */
  readonly found: FoundDocument | null;
  /** Of a double: the document that the relay goes by. */
  readonly first?: FoundDocument;
  /** Of a change: what differs. */
  readonly differences?: readonly Difference[];
}

/** What the relay expects to find. `any`: nothing yet, since the work goes on. */
export interface Expected {
  readonly document: "act" | "payment_order";
  readonly act: Act;
  readonly wanted: "live" | "void" | "any";
  readonly number?: string;
  readonly date?: PlainDate;
  readonly amount: Kopecks;
  readonly counterpartyRef?: string;
  /** A document that is written and not posted would be a finding, though it is not expected yet. */
  readonly stuck: boolean;
}

/** What the relay expects of the act's document. */
export function expectAct(act: Act): Expected {
  const { amount, counterparty, document, problem, status } = act;
  const expected = { document: "act", act, amount, stuck: false, ...refOf(counterparty) } as const;
  if (status === "declined" || status === "voided") {
    // Until 1C has confirmed the void, or refused it, the void is under way.
    return { ...expected, wanted: act.covers && problem === null ? "any" : "void" };
  }
  if (document === null) return { ...expected, wanted: "any", stuck: problem !== null };
  return { ...expected, wanted: "live", number: document.number, date: document.date };
}

/** What the relay expects of a payment order of the act; of a former one, nothing: the bank has rejected it. */
export function expectOrder(act: Act, ref: string): Expected {
  const { amount, counterparty, paymentOrder } = act;
  const expected = { document: "payment_order", act, amount, stuck: false, ...refOf(counterparty) } as const;
  if (paymentOrder === null || paymentOrder.ref !== ref || paymentOrder.state !== "made") {
    return { ...expected, wanted: "any" };
  }
  const { number, date } = paymentOrder;
  return { ...expected, wanted: "live", ...(number === null ? {} : { number }), ...(date === null ? {} : { date }) };
}

function refOf(counterparty: Act["counterparty"]): Pick<Expected, "counterpartyRef"> {
  return counterparty === null ? {} : { counterpartyRef: counterparty.ref };
}

/** What is wrong with a document that is there, or is not (null); nothing: an empty list. */
export function judge(expected: Expected, found: FoundDocument | null): readonly Finding[] {
  const toFinding = (kind: FindingKind, more: Partial<Finding> = {}): Finding => ({
    kind,
    document: expected.document,
    act: expected.act,
    found,
    ...more,
  });
  const isUnposted = expected.document === "act" && found?.posted === false && found.deletionMark !== true;
  if (expected.wanted === "any") return expected.stuck && isUnposted ? [toFinding("unposted")] : [];
  if (expected.wanted === "void") return found === null || found.deletionMark === true ? [] : [toFinding("not_voided")];
  if (found === null) return [toFinding("missing")];
  if (found.deletionMark === true) return [toFinding("marked")];
  const differences = listDifferences(expected, found);
  return [
    ...(isUnposted ? [toFinding("unposted")] : []),
    ...(differences.length > 0 ? [toFinding("changed", { differences })] : []),
  ];
}

function listDifferences(expected: Expected, found: FoundDocument): Difference[] {
  const differences: Difference[] = [];
  const { amount, counterpartyRef } = found;
  if (amount !== undefined && amount !== expected.amount) {
    differences.push({ field: "amount", relay: expected.amount, onec: amount });
  }
  const texts = [
    ["date", expected.date, found.date],
    ["number", expected.number, found.number],
    ["counterparty", expected.counterpartyRef, counterpartyRef],
  ] as const;
  for (const [field, relay, onec] of texts) {
    if (relay !== undefined && onec !== undefined && relay !== onec) differences.push({ field, relay, onec });
  }
  return differences;
}
