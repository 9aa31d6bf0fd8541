import type { PlainDate } from "./date.ts";
import type { Kopecks, VatRate } from "./money.ts";
import { computeIncludedVat, formatMoney } from "./money.ts";

/** Longest payment purpose (назначение платежа) a bank takes: field 24 of form 0401060, Положение 762-П. */
export const PURPOSE_LIMIT = 210;

/** Purpose used where `PAYMENT_PURPOSE` is not set. Placeholders: `{number}`, `{date}`, `{contract}`, `{period}`, `{vat}`. */
export const DEFAULT_PURPOSE = "Оплата по акту № {number} от {date} за услуги{contract}. {vat}";

/** Payment order (платёжное поручение) made for an act. `attempt` grows only by a person's pay-again. */
export interface PaymentOrder {
  readonly ref: string;
  readonly attempt: number;
  /**
   * `creating`: 1C has been asked or is about to be · `made` · `refused`: 1C said no, there is no such order ·
   * `rejected`: it was made, and the bank or an accountant has rejected or deleted it.
   */
  readonly state: "creating" | "made" | "refused" | "rejected";
  /** Null until it is made. */
  readonly number: string | null;
  readonly date: PlainDate | null;
  /** The act's other orders: 1C may still tell of them. */
  readonly former: readonly FormerOrder[];
  /** References of the act's orders that were executed. */
  readonly executed: readonly string[];
}

/** Another order of the act. */
export type FormerOrder = Pick<PaymentOrder, "ref" | "attempt" | "number" | "date">;

/** What 1C knows of a payment order's execution. */
export type PaymentState =
  | { readonly state: "waiting" }
  | { readonly state: "executed"; readonly executedOn: PlainDate; readonly bankReference?: string }
  | { readonly state: "rejected" | "deleted"; readonly reason: string }
  | { readonly state: "ambiguous"; readonly reason: string };

/** What the purpose is made of; dates as printed («24.11.2026»). */
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
 * Payment purpose of at most {@link PURPOSE_LIMIT} characters. What is too long is cut before the VAT wording, which a
 * bank and a tax inspector look for, and never inside it. Line breaks become spaces: a purpose is one line in a bank file.
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
