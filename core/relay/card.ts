import type { Act } from "../act.ts";
import { type Contractor, type Counterparty, counterpartyKey } from "../counterparty.ts";
import { counterpartyRef } from "../ids.ts";
import type { Change } from "../store.ts";
import { call, type Session, SKIPPED, type StepResult } from "./call.ts";
import type { RelayContext } from "./context.ts";

/** Finds or makes the counterparty's card for an act, and updates it. */
export async function upsertForAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "requested") return SKIPPED;
  const said = { contractor: act.contractor, asOf: act.asOf };
  const newest = await newestSaid(context, said);
  const { ref, created, changed } = await upsert(context, session, newest.contractor);
  return {
    state: "done",
    happening: { type: "counterparty.upserted", ref, created, changed },
    also: () => remember(context, newest),
  };
}

/** Updates the card alone (`contractor.updated`); an update that is older than what the card has is skipped. */
export async function updateContractor(context: RelayContext, session: Session): Promise<StepResult> {
  const said = session.message.payload as unknown as Said;
  if ((await newestSaid(context, said)) !== said) return SKIPPED;
  await upsert(context, session, said.contractor);
  return { state: "done", also: () => remember(context, said) };
}

/** What the platform said of a contractor, and when. */
interface Said {
  readonly contractor: Contractor;
  readonly asOf: number;
}

/**
 * The newest of what the platform said of this card. The record without KPP holds the last word of all: a platform that
 * leaves the KPP out means any of them, and one that names it means that one.
 */
async function newestSaid(context: RelayContext, said: Said): Promise<Said> {
  const { organizationInn } = context.settings;
  const { inn, kpp } = said.contractor;
  const [own, last] = await Promise.all([
    context.store.counterparty(counterpartyKey(organizationInn, said.contractor)),
    context.store.counterparty(counterpartyKey(organizationInn, { inn })),
  ]);
  const fits = (known: Counterparty | null) =>
    known !== null && (kpp === undefined || known.contractor.kpp === undefined || known.contractor.kpp === kpp);
  return [own, last].reduce<Said>(
    (newest, known) => (fits(known) && known!.asOf > newest.asOf ? known! : newest),
    said,
  );
}

async function upsert(context: RelayContext, session: Session, contractor: Contractor) {
  const known = await context.store.counterparty(counterpartyKey(context.settings.organizationInn, contractor));
  const ref = await counterpartyRef(contractor.inn, contractor.kpp);
  const bound = known?.boundRef ? { boundRef: known.boundRef } : {};
  return call(context, session, "upsert", (adapter, at) =>
    adapter.upsertCounterparty({ ref, contractor, confirmed: known?.confirmed ?? false, ...bound }, at),
  );
}

/** Writes down what was said, beside what people decided meanwhile. */
async function remember(context: RelayContext, { contractor, asOf }: Said): Promise<readonly Change[]> {
  const { organizationInn } = context.settings;
  const keys = new Set([
    counterpartyKey(organizationInn, contractor),
    counterpartyKey(organizationInn, { inn: contractor.inn }),
  ]);
  const records = [...keys].map(async (key): Promise<Change[]> => {
    const known = await context.store.counterparty(key);
    if (known !== null && known.asOf > asOf) return [];
    const decided = { boundRef: known?.boundRef ?? null, confirmed: known?.confirmed ?? false };
    return [{ type: "counterparty", counterparty: { key, ...decided, asOf, contractor } }];
  });
  return (await Promise.all(records)).flat();
}
