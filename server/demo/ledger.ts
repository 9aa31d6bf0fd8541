import type { Changes } from "./feed.ts";
import { type Payout, type PayoutView, toPayoutView } from "./payout.ts";
import type { PlatformEvent } from "./sender.ts";

/** The platform's payouts and requests to the relay, in memory. */
export interface Ledger {
  get(payoutId: string): Payout | undefined;
  /** Gets the sent request, for a repeat to the byte. */
  getRequest(payoutId: string): PlatformEvent | undefined;
  open(payout: Payout, request: PlatformEvent): void;
  patch(payoutId: string, more: Partial<Payout>): void;
  forget(payoutId: string): void;
  /** Lists payouts, newest first, without payouts that still wait for the relay's first answer. */
  listViews(): readonly PayoutView[];
}

const MAX_PAYOUTS = 200;

/** Makes an empty ledger. A full ledger drops its oldest payouts. */
export function createLedger(changes: Changes): Ledger {
  const rows = new Map<string, { readonly payout: Payout; readonly request: PlatformEvent }>();
  return {
    get: (payoutId) => rows.get(payoutId)?.payout,
    getRequest: (payoutId) => rows.get(payoutId)?.request,
    open(payout, request) {
      rows.set(payout.payoutId, { payout, request });
      for (const [oldest] of rows) {
        if (rows.size <= MAX_PAYOUTS) break;
        rows.delete(oldest);
      }
      changes.touch();
    },
    patch(payoutId, more) {
      const row = rows.get(payoutId);
      if (row === undefined) return;
      rows.set(payoutId, { ...row, payout: { ...row.payout, ...more } });
      changes.touch();
    },
    forget(payoutId) {
      rows.delete(payoutId);
      changes.touch();
    },
    listViews: () =>
      [...rows.values()]
        .map(({ payout }) => payout)
        .filter(({ delivery }) => delivery !== "sending")
        .toReversed()
        .map(toPayoutView),
  };
}
