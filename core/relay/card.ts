import type { Act } from "../act.ts";
import { type Contractor, type Counterparty, counterpartyKey } from "../counterparty.ts";
import { counterpartyRef } from "../ids.ts";
import type { Change } from "../store.ts";
import { call, type Session, SKIPPED, type StepResult } from "./call.ts";
import type { RelayContext } from "./context.ts";

/** Finds or makes the counterparty's card for an act, and updates it. */
export async function upsertForAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "requested") return SKIPPED;
  const { own, last } = await known(context, act.contractor);
  const newest = newestOf({ contractor: act.contractor, asOf: act.asOf }, own, last);
  const { ref, created, changed } = await upsert(context, session, newest.contractor, own);
  return {
    state: "done",
    happening: { type: "counterparty.upserted", ref, created, changed },
    also: () => remember(context, newest),
  };
}

/** Updates the card alone (`contractor.updated`); an update that is older than what was said since is skipped. */
export async function updateContractor(context: RelayContext, session: Session): Promise<StepResult> {
  const said = session.message.payload as unknown as Said;
  const { own, last } = await known(context, said.contractor);
  // Without a KPP it may mean any card of this INN: one that is older than any word about them is not followed.
  const stale = said.contractor.kpp === undefined ? (last?.asOf ?? 0) > said.asOf : newestOf(said, own, last) !== said;
  if (stale) return SKIPPED;
  await upsert(context, session, said.contractor, own);
  return { state: "done", also: () => remember(context, said) };
}

/** What the platform said of a contractor, and when. */
interface Said {
  readonly contractor: Contractor;
  readonly asOf: number;
}

/** What is remembered of this INN and KPP, and the last word about this INN whatever its KPP. */
async function known(context: RelayContext, contractor: Contractor) {
  const { organizationInn } = context.settings;
  const [own, last] = await Promise.all([
    context.store.counterparty(counterpartyKey(organizationInn, contractor)),
    context.store.counterparty(counterpartyKey(organizationInn, { inn: contractor.inn })),
  ]);
  return { own, last };
}

/** The newest word about the same card: what was said of one branch never stands for another. */
function newestOf(said: Said, own: Counterparty | null, last: Counterparty | null): Said {
  const { kpp } = said.contractor;
  const fits = (word: Counterparty | null): word is Counterparty => word !== null && word.contractor.kpp === kpp;
  return [own, last].reduce<Said>((newest, word) => (fits(word) && word.asOf > newest.asOf ? word : newest), said);
}

async function upsert(context: RelayContext, session: Session, contractor: Contractor, own: Counterparty | null) {
  const ref = await counterpartyRef(contractor.inn, contractor.kpp);
  const bound = own?.boundRef ? { boundRef: own.boundRef } : {};
  return call(context, session, "upsert", (adapter, at) =>
    adapter.upsertCounterparty({ ref, contractor, confirmed: own?.confirmed ?? false, ...bound }, at),
  );
}

/** Writes down what was said, beside what people have decided meanwhile. */
async function remember(context: RelayContext, { contractor, asOf }: Said): Promise<readonly Change[]> {
  const { organizationInn } = context.settings;
  const keys = new Set([
    counterpartyKey(organizationInn, contractor),
    counterpartyKey(organizationInn, { inn: contractor.inn }),
  ]);
  const records = [...keys].map(async (key): Promise<Change[]> => {
    const now = await context.store.counterparty(key);
    if (now !== null && now.asOf > asOf) return [];
    const decided = { boundRef: now?.boundRef ?? null, confirmed: now?.confirmed ?? false };
    return [{ type: "counterparty", counterparty: { key, ...decided, asOf, contractor } }];
  });
  return (await Promise.all(records)).flat();
}
