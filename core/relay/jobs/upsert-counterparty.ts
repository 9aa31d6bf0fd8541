import type { Act } from "../../act.ts";
import { deriveCounterpartyRef } from "../../ids.ts";
import type { AccountingJob, ContractorUpdate, UpdateContractorJob, UpsertCounterpartyJob } from "../../job.ts";
import { type Contractor, type Counterparty, formatCounterpartyKey } from "../../parties.ts";
import type { Write } from "../../store.ts";
import { callAdapter, type Session } from "../adapter-call.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";

/** Finds or makes the counterparty's card for an act, and updates it. */
export async function upsertForAct(
  context: RelayContext,
  session: Session<UpsertCounterpartyJob>,
  act: Act,
): Promise<JobResult> {
  if (act.status !== "requested") return SKIPPED;
  const { own, last } = await known(context, act.contractor);
  const newest = newestOf({ contractor: act.contractor, asOf: act.asOf }, own, last);
  const { ref, created, changed } = await upsert(context, session, newest.contractor, own);
  return {
    state: "done",
    event: { type: "counterparty.upserted", ref, created, changed },
    also: () => remember(context, newest),
  };
}

/** Updates the card alone (`contractor.updated`); an update that is older than what was said since is skipped. */
export async function updateContractor(
  context: RelayContext,
  session: Session<UpdateContractorJob>,
): Promise<JobResult> {
  const said = session.job.input;
  const { own, last } = await known(context, said.contractor);
  // Without a KPP it may mean any card of this INN: one that is older than any word about them is not followed.
  const stale = said.contractor.kpp === undefined ? (last?.asOf ?? 0) > said.asOf : newestOf(said, own, last) !== said;
  if (stale) return SKIPPED;
  await upsert(context, session, said.contractor, own);
  return { state: "done", also: () => remember(context, said) };
}

/** What is remembered of this INN and KPP, and the last word about this INN whatever its KPP. */
async function known(context: RelayContext, contractor: Contractor) {
  const { organizationInn } = context.settings;
  const [own, last] = await Promise.all([
    context.store.getCounterparty(formatCounterpartyKey(organizationInn, contractor)),
    context.store.getCounterparty(formatCounterpartyKey(organizationInn, { inn: contractor.inn })),
  ]);
  return { own, last };
}

/** The newest word about the same card: what was said of one branch never stands for another. */
function newestOf(said: ContractorUpdate, own: Counterparty | null, last: Counterparty | null): ContractorUpdate {
  const { kpp } = said.contractor;
  const fits = (word: Counterparty | null): word is Counterparty => word !== null && word.contractor.kpp === kpp;
  return [own, last].reduce<ContractorUpdate>(
    (newest, word) => (fits(word) && word.asOf > newest.asOf ? word : newest),
    said,
  );
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
    adapter.upsertCounterparty({ ref, contractor, confirmed: own?.confirmed ?? false, ...bound }, at),
  );
}

/** Writes down what was said, beside what people have decided meanwhile. */
async function remember(context: RelayContext, { contractor, asOf }: ContractorUpdate): Promise<readonly Write[]> {
  const { organizationInn } = context.settings;
  const keys = new Set([
    formatCounterpartyKey(organizationInn, contractor),
    formatCounterpartyKey(organizationInn, { inn: contractor.inn }),
  ]);
  const records = [...keys].map(async (key): Promise<Write[]> => {
    const now = await context.store.getCounterparty(key);
    if (now !== null && now.asOf > asOf) return [];
    const decided = { boundRef: now?.boundRef ?? null, confirmed: now?.confirmed ?? false };
    return [{ type: "counterparty", counterparty: { key, ...decided, asOf, contractor } }];
  });
  return (await Promise.all(records)).flat();
}
