import type { RecordedEvent } from "../../core/act-event.ts";
import { addDays } from "../../core/date.ts";
import type { Store } from "../../core/store.ts";
import type { Delivered } from "../support/harness.ts";

/** Final documents in 1C, without documents made by hand. */
export interface Books {
  readonly acts: readonly { readonly ref: string; readonly posted: boolean; readonly deletionMark: boolean }[];
  readonly orders: readonly {
    readonly actRef: string;
    readonly state: string;
    readonly deletionMark: boolean;
  }[];
  /** No two cards may have the same `inn`. Lives with branches put INN and KPP into `inn`. */
  readonly cards: readonly { readonly inn: string }[];
}

/** Lists the promises that a life broke; a good life breaks none. `answered`: acts by payout, after a 2xx. */
export async function brokenPromises(
  store: Store,
  base: Books,
  delivered: readonly Delivered[],
  answered: ReadonlyMap<string, string>,
): Promise<string[]> {
  const broken: string[] = [];
  const promise = (kept: boolean, what: string) => {
    if (!kept) broken.push(what);
  };
  const acts = await Promise.all([...answered.values()].map((id) => store.getAct(id)));
  promise(base.acts.length <= answered.size, "more acts in 1C than were asked for");
  promise(new Set(base.cards.map((card) => card.inn)).size === base.cards.length, "a doubled card");
  for (const [n, act] of acts.entries()) {
    const payout = [...answered.keys()][n];
    if (act === null) {
      broken.push(`${payout} was answered 2xx and is lost`);
      continue;
    }
    const name = `${payout} (${act.status})`;
    const documents = base.acts.filter((row) => row.ref === act.id);
    const orders = base.orders.filter((row) => row.actRef === act.id);
    promise(act.problem === null, `${name} still has the problem ${act.problem?.code}`);
    promise(act.status !== "requested" && act.status !== "posted" && act.status !== "accepted", `${name} stands still`);
    promise(documents.length <= 1, `${name} has ${documents.length} documents`);
    const standing = orders.filter((row) => row.state === "waiting" && !row.deletionMark);
    const executed = orders.filter((row) => row.state === "executed");
    promise(standing.length <= 1, `${name} has ${standing.length} payment orders that may be paid`);
    const problems = delivered.filter((event) => event.type === "act.problem" && event.data.actId === act.id);
    const warned = problems.map((event) => event.data.code);
    promise(executed.length <= 1 || warned.includes("payment_doubled"), `${name} was paid twice, and nobody was told`);
    const paid = act.status === "paid" || warned.includes("payment_unexpected");
    promise(executed.length === 0 || paid, `${name} was paid and does not say so`);
    const aside = act.status === "declined" || act.status === "voided";
    const live = documents[0]?.posted === true && !documents[0].deletionMark;
    promise(live !== aside, `${name} is ${live ? "live" : "not live"} in 1C`);
    promise(!aside || documents.every((row) => row.deletionMark), `${name} is not marked for deletion in 1C`);
    promise(act.covers === live, `${name} covers its days: ${act.covers}, in 1C it is ${live ? "live" : "not live"}`);
    const isOrdered = act.status === "payment_ordered" || act.status === "paid";
    // An order refused or deleted before the void of the act keeps its state.
    promise(isOrdered ? orders.length > 0 : standing.length === 0, `${name} and its order disagree`);
    const events = await store.listEvents(act.id);
    promise(
      events.every((event, at) => event.seq === at + 1),
      `${name} has a hole in its history`,
    );
    promise(acceptsShownForm(events), `${name} was accepted with another form than the last one`);
    const isAccepted = isOrdered || act.status === "accepted";
    const kept = await store.getForm(act.id, "accepted");
    promise(!isAccepted || act.acceptedForm !== undefined, `${name} has no accepted form`);
    promise(kept?.sha256 === act.acceptedForm?.sha256, `${name} and its accepted form disagree`);
    const sheets = events.filter((event) => event.type === "acceptance.printed").length;
    promise(sheets <= 1, `${name} has ${sheets} accepted forms`);
    const told = delivered.filter((event) => event.data.actId === act.id);
    const first = [...new Map(told.map((event) => [event.id, event])).values()];
    promise(
      first.every((event, at) => at === 0 || event.seq >= (first[at - 1]?.seq ?? 0)),
      `${name} was told out of order`,
    );
    const wasReady = events.some((event) => event.type === "act.printed");
    promise(wasReady === first.some((event) => event.type === "act.ready"), `${name} and act.ready disagree`);
    const payments = first.filter((event) => event.type === "payment.executed").length;
    promise(payments <= Math.max(1, orders.length), `${name} was told ${payments} times that it was paid`);
  }
  const open = await store.listJobs({ state: "queued", limit: 100 });
  promise(
    open.items.every((job) => job.type === "payment.check"),
    "work is left undone",
  );
  promise((await store.listJobs({ state: "dead", limit: 1 })).items.length === 0, "a webhook died");
  return [...broken, ...overlaps(acts)];
}

/** Tells whether the accepted form is the last printed one. Without a told hash, its age decides. */
function acceptsShownForm(events: readonly RecordedEvent[]): boolean {
  const at = events.findIndex((event) => event.type === "act.accepted");
  const accepted = events[at];
  if (accepted?.type !== "act.accepted") return true;
  const printed = events.slice(0, at).filter((event) => event.type === "act.printed");
  const last = printed.at(-1)?.form.sha256;
  const since = printed.find((_, n) => printed.slice(n).every(({ form }) => form.sha256 === last))?.at ?? Infinity;
  return accepted.pdfSha256 ? accepted.pdfSha256 === last : accepted.acceptedAt >= since;
}

/** Days covered twice, where no second act on one day explains it (`SAME_DAY_ACT=single_day`). */
function overlaps(acts: readonly Awaited<ReturnType<Store["getAct"]>>[]): string[] {
  const live = acts.flatMap((act) => (act?.covers && act.period ? [{ key: act.counterpartyKey, ...act.period }] : []));
  const found: string[] = [];
  for (const key of new Set(live.map((period) => period.key))) {
    const periods = live.filter((period) => period.key === key).sort((a, b) => (a.from < b.from ? -1 : 1));
    for (const [n, period] of periods.entries()) {
      const before = periods.slice(0, n).filter((other) => other.to >= period.from && period.from !== period.to);
      const real = before.filter((other) => other.from !== other.to && addDays(other.to, 1) > period.from);
      if (real.length > 0) found.push(`${key}: ${period.from}…${period.to} overlaps ${real[0]?.from}…${real[0]?.to}`);
    }
  }
  return found;
}
