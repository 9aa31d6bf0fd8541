import type { PlainDate } from "./date.ts";
import { computeIncludedVat, formatMoney, type Kopecks, type VatRate } from "./money.ts";

/** Longest payment purpose (назначение платежа) for a bank: field 24 of form 0401060, Положение 762-П. */
export const PURPOSE_LIMIT = 210;

/** Purpose without a `PAYMENT_PURPOSE`. Placeholders: `{number}`, `{date}`, `{contract}`, `{period}`, `{vat}`. */
export const DEFAULT_PURPOSE = "Оплата по акту № {number} от {date} за услуги{contract}. {vat}";

/** Payment order (платёжное поручение) for an act. `attempt` grows only by a person's pay-again. */
export interface PaymentOrder {
  readonly ref: string;
  readonly attempt: number;
  /**
   * `creating`: a call to 1C runs or is about to · `made` · `refused`: 1C refused, no order exists ·
   * `rejected`: the bank or an accountant rejected or deleted the existing order.
   */
  readonly state: "creating" | "made" | "refused" | "rejected";
  /** Null until 1C has made the order. */
  readonly number: string | null;
  readonly date: PlainDate | null;
  /** The act's other orders: 1C may still report on these orders. */
  readonly former: readonly FormerOrder[];
  /** References of the act's executed orders. */
  readonly executed: readonly string[];
}

/** Another order of the act. */
export type FormerOrder = Pick<PaymentOrder, "ref" | "attempt" | "number" | "date">;

/** State of a payment order's execution in 1C. */
export type PaymentState =
  /** `reason`: the order is on the way to the bank, so no second order may be made. */
  | { readonly state: "waiting"; readonly reason?: string }
  | { readonly state: "executed"; readonly executedOn: PlainDate; readonly bankReference?: string }
  | { readonly state: "rejected" | "deleted"; readonly reason: string }
  | { readonly state: "ambiguous"; readonly reason: string };

/** Parts of a purpose; dates as printed («24.11.2026»). */
export interface PurposeParts {
  readonly number: string;
  readonly date: string;
  readonly period: string;
  /** « по договору № 1 от 01.01.2026», or empty. */
  readonly contract: string;
  readonly amount: Kopecks;
  readonly vat: VatRate;
}

/** VAT wording at the end of a purpose: «Без НДС» or «В т.ч. НДС 22% - 1803.28 руб.» */
export function formatVatWording(amount: Kopecks, vat: VatRate): string {
  return vat === "none" ? "Без НДС" : `В т.ч. НДС ${vat}% - ${formatMoney(computeIncludedVat(amount, vat))} руб.`;
}

/**
 * Builds a payment purpose of at most {@link PURPOSE_LIMIT} characters on one line, for a bank file. A cut goes before
 * the VAT wording, never inside: banks and tax inspectors look for the wording.
 */
export function formatPaymentPurpose(template: string, parts: PurposeParts): string {
  const vat = formatVatWording(parts.amount, parts.vat);
  const text = template
    .replaceAll("{number}", () => parts.number)
    .replaceAll("{date}", () => parts.date)
    .replaceAll("{period}", () => parts.period)
    .replaceAll("{contract}", () => parts.contract)
    .replaceAll("{vat}", () => "")
    .replace(/\s+/g, " ")
    .trim();
  const room = PURPOSE_LIMIT - vat.length - 1;
  const head = text.length <= room ? text : text.slice(0, room).trimEnd();
  return `${head} ${vat}`;
}
