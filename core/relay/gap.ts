import type { Act } from "../act.ts";
import { findGap, type Period } from "../period.ts";
import type { RelayContext } from "./options.ts";

/** The days left uncovered for good by the void of this act; null when there are none. */
export async function findActGap(context: RelayContext, act: Act): Promise<Period | null> {
  if (act.period === null || act.counterparty === null) return null;
  const coveredTo = await context.store.getLastCoveredDay({
    counterpartyRef: act.counterparty.ref,
    counterpartyKey: act.counterpartyKey,
    exceptActId: act.id,
  });
  return findGap(act.period, coveredTo);
}
