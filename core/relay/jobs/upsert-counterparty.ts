import type { Act } from "../../act.ts";
import { pickDifferences } from "../../adapter.ts";
import { AdapterError } from "../../errors.ts";
import { deriveCounterpartyRef } from "../../ids.ts";
import type {
  AccountingJob,
  ContractorUpdate,
  CreateActJob,
  UpdateContractorJob,
  UpsertCounterpartyJob,
} from "../../job.ts";
import { type Contractor, type Counterparty, formatCounterpartyKey, isSamePayee } from "../../parties.ts";
import type { Write } from "../../store.ts";
import { callAdapter, type Session } from "../adapter-call.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";

/** Finds or makes the counterparty's card for an act, and updates the card. */
export async function upsertForAct(
  context: RelayContext,
  session: Session<UpsertCounterpartyJob | CreateActJob>,
  act: Act,
): Promise<JobResult> {
  if (act.status !== "requested") return SKIPPED;
  const { own, last } = await findKnown(context, act.contractor);
  const newest = newestOf({ contractor: act.contractor, asOf: act.asOf }, own, last);
  requireOwner(act.contractor, last);
  const card = await upsert(context, session, newest.contractor, own);
  const { ref, created, changed } = card;
  const event = { type: "counterparty.upserted", ref, created, changed, ...pickDifferences(card) } as const;
  return { state: "done", event, also: () => remember(context, newest) };
}

/** Updates the card without an act (`contractor.updated`). Skips an update older than the known contractor data. */
export async function updateContractor(
  context: RelayContext,
  session: Session<UpdateContractorJob>,
): Promise<JobResult> {
  const update = session.job.input;
  const { contractor, asOf } = update;
  const { own, last } = await findKnown(context, contractor);
  // An update without a KPP may mean any card of this INN: a newer update of any card wins.
  const isStale = contractor.kpp === undefined ? (last?.asOf ?? 0) > asOf : newestOf(update, own, last) !== update;
  if (isStale) return SKIPPED;
  requireOwner(contractor, last);
  await upsert(context, session, contractor, own);
  return { state: "done", also: () => remember(context, update) };
}

/** Finds the stored data of this INN and KPP (`own`), and the latest of this INN with any KPP (`last`). */
async function findKnown(context: RelayContext, contractor: Contractor) {
  const { organizationInn } = context.settings;
  const [own, last] = await Promise.all([
    context.store.getCounterparty(formatCounterpartyKey(organizationInn, contractor)),
    context.store.getCounterparty(formatCounterpartyKey(organizationInn, { inn: contractor.inn })),
  ]);
  return { own, last };
}

/** Returns the newest update of the same card: an update of one branch never counts for another branch. */
function newestOf(update: ContractorUpdate, own: Counterparty | null, last: Counterparty | null): ContractorUpdate {
  const { kpp } = update.contractor;
  const isSame = (known: Counterparty | null): known is Counterparty => known !== null && known.contractor.kpp === kpp;
  const same: readonly ContractorUpdate[] = [own, last].filter(isSame);
  return same.reduce((newest, known) => (known.asOf > newest.asOf ? known : newest), update);
}

/**
 * Requires that the INN belongs to this agent. Anyone can type another's INN into a cabinet, and must not change the
 * other's card. Throws rejected `counterparty_taken`, before any field is written.
 */
function requireOwner({ id, inn }: Contractor, last: Counterparty | null): void {
  if (last === null || last.owners.includes(id)) return;
  throw new AdapterError("counterparty_taken", "Another agent uses this INN", {
    outcome: "rejected",
    detail: `ИНН ${inn} закреплён за исполнителем ${last.owners.join(", ")}, а прислан исполнителем ${id}`,
    field: "contractor.inn",
  });
}

async function upsert(
  context: RelayContext,
  session: Session<AccountingJob>,
  contractor: Contractor,
  own: Counterparty | null,
) {
  const ref = await deriveCounterpartyRef(contractor.inn, contractor.kpp);
  const bound = own?.boundRef ? { boundRef: own.boundRef } : {};
  return callAdapter(context, session, "upsert", (adapter, at) =>
    adapter.upsertCounterparty({ ref, contractor, confirmed: isConfirmed(own, contractor), ...bound }, at),
  );
}

function isConfirmed(own: Counterparty | null, contractor: Contractor): boolean {
  return own?.confirmed === true && isSamePayee(own.contractor, contractor);
}

/** Writes the contractor's data and keeps decisions made by people meanwhile. */
async function remember(context: RelayContext, { contractor, asOf }: ContractorUpdate): Promise<readonly Write[]> {
  const { organizationInn } = context.settings;
  const keys = new Set([
    formatCounterpartyKey(organizationInn, contractor),
    formatCounterpartyKey(organizationInn, { inn: contractor.inn }),
  ]);
  const records = [...keys].map(async (key): Promise<Write[]> => {
    const now = await context.store.getCounterparty(key);
    if (now !== null && now.asOf > asOf) return [];
    const owners = [...new Set([...(now?.owners ?? []), contractor.id])];
    const decided = { boundRef: now?.boundRef ?? null, confirmed: isConfirmed(now, contractor), owners };
    return [{ type: "counterparty", counterparty: { key, ...decided, asOf, contractor } }];
  });
  return (await Promise.all(records)).flat();
}
