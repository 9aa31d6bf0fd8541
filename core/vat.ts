import type { PlainDate } from "./date.ts";
import type { VatRate } from "./money.ts";
import type { ContractorKind } from "./parties.ts";
import type { Period } from "./period.ts";

/**
 * Days on which a rate is in force, both inclusive; null: no limit that matters here. 20 and 22 %: 425-ФЗ of
 * 28.11.2025. 5 and 7 %: the simplified regime pays VAT since 2025 (НК, article 164, paragraph 8).
 */
const IN_FORCE: Readonly<Record<VatRate, { readonly from: PlainDate | null; readonly to: PlainDate | null }>> = {
  none: { from: null, to: null },
  "5": { from: "2025-01-01", to: null },
  "7": { from: "2025-01-01", to: null },
  "10": { from: null, to: null },
  "20": { from: null, to: "2025-12-31" },
  "22": { from: "2026-01-01", to: null },
};

/** Tells whether a rate is in force on any day of the period: services of two years may carry either rate. */
export function isRateInForce(rate: VatRate, period: Period): boolean {
  const { from, to } = IN_FORCE[rate];
  return (from === null || from <= period.to) && (to === null || to >= period.from);
}

/** Tells whether contractors of this kind may pay VAT: the self-employed and other people do not (НК, article 143). */
export function isVatPayer(kind: ContractorKind): boolean {
  return kind === "company" || kind === "entrepreneur";
}
