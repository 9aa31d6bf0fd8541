import type { Changes } from "./feed.ts";
import { type Payout, type PayoutView, toPayoutView } from "./payout.ts";
import type { PlatformEvent } from "./sender.ts";

/** The platform's own record of payouts and of what was asked of the relay about them, in memory. */
export interface Ledger {
  get(payoutId: string): Payout | undefined;
  /** The request as it was sent, to be repeated to the byte. */
  getRequest(payoutId: string): PlatformEvent | undefined;
  open(payout: Payout, request: PlatformEvent): void;
  patch(payoutId: string, more: Partial<Payout>): void;
  forget(payoutId: string): void;
  /** Newest first, without those that the relay has not answered for the first time. */
  listViews(): readonly PayoutView[];
}

const MAX_PAYOUTS = 200;

/** An empty ledger; the oldest payouts give way to new ones. */
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
