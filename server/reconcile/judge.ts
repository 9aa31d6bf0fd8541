import type { Act } from "../../core/act.ts";
import type { MarkedDocument } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import type { Kopecks } from "../../core/money.ts";

/**
 * Kinds of differences between the relay and 1C.
 * `missing`: no document in 1C · `unposted`: not posted · `marked`: marked for deletion ·
 * `changed`: other amount, date, number or counterparty · `not_voided`: declined or voided in the relay, live in 1C ·
 * `doubled`: another live document has the same marker · `unknown`: a live document without an act in the relay.
 */
export type FindingKind = "missing" | "unposted" | "marked" | "changed" | "not_voided" | "doubled" | "unknown";

/** A different field: the value in the relay and the value in 1C. */
export type Difference =
  | { readonly field: "amount"; readonly relay: Kopecks; readonly onec: Kopecks }
  | { readonly field: "date" | "number" | "counterparty"; readonly relay: string; readonly onec: string };

/** A document in 1C. A single payment order has only reference, number and date. */
export type FoundDocument = Pick<MarkedDocument, "ref" | "number" | "date"> & Partial<MarkedDocument>;

export interface Finding {
  readonly kind: FindingKind;
  readonly document: "act" | "payment_order";
  readonly act: Act | null;
  readonly found: FoundDocument | null;
  /** For `doubled`: the document that the relay uses. */
  readonly first?: FoundDocument;
  /** For `changed`: the different fields. */
  readonly differences?: readonly Difference[];
}

/** The relay's expectation of a document in 1C. `any`: no expectation yet, because the act is in work. */
export interface Expected {
  readonly document: "act" | "payment_order";
  readonly act: Act;
  readonly wanted: "live" | "void" | "any";
  readonly number?: string;
  readonly date?: PlainDate;
  readonly amount: Kopecks;
  readonly counterpartyRef?: string;
  /** True when a written but unposted document is a finding despite `any`. */
  readonly stuck: boolean;
}

export function expectAct(act: Act): Expected {
  const { amount, counterparty, document, problem, status } = act;
  const expected = { document: "act", act, amount, stuck: false, ...refOf(counterparty) } as const;
  if (status === "declined" || status === "voided") {
    // The void is under way until 1C confirms or refuses.
    return { ...expected, wanted: act.covers && problem === null ? "any" : "void" };
  }
  if (document === null) return { ...expected, wanted: "any", stuck: problem !== null };
  return { ...expected, wanted: "live", number: document.number, date: document.date };
}

/** Computes the expectation of an act's payment order. The bank has rejected a former order: no expectation. */
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

/** Lists the findings about a document; `found`: null for no document in 1C. */
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
