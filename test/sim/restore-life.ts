import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ActStatus } from "../../core/act.ts";
import { RequestError } from "../../core/errors.ts";
import { derivePaymentOrderRef } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { backUp } from "../../server/cli/backup.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { reconcile } from "../../server/reconcile/index.ts";
import type { Finding } from "../../server/reconcile/judge.ts";
import { makeContractorData, NOON } from "../support/builders.ts";
import { createHarness, type Delivered, type Harness } from "../support/harness.ts";
import { randomFrom } from "./mortal.ts";
import type { BooksParts, RestoreBooks } from "./restore-books.ts";

/** Result of a life with a restore. `broken`: the promises that the life broke. */
export interface RestoredLife {
  readonly acts: number;
  /** Acts that were answered 2xx and were not in the backup. */
  readonly lost: number;
  /** Number of documents in 1C unknown to the restored relay, as `reconcile` listed them. */
  readonly unknown: number;
  /** Running jobs at the moment of the backup. */
  readonly leased: number;
  /** Events sent again that had to wait for others. */
  readonly early: number;
  readonly broken: readonly string[];
}

/** An event in the platform's outbox. A repeat has the same bytes and the same id. */
interface Sent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly at: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PERSON = "person:Анна";
const SINCE = "2026-01-01";
const MOST_ATTEMPTS = 12;
/** Refusals of an event that came before an earlier event. */
const EARLY = ["act_not_found", "state_conflict"];

/**
 * Runs one seeded life on a SQLite file: acts, acceptances, orders and payments. A backup falls on a random request to
 * 1C, in the midst of the work, and the life goes on. Then the file is lost, and the backup takes its place. The
 * platform sends all events accepted since the backup again, in any order.
 */
export async function liveThroughRestore(
  seed: number,
  open: (parts: BooksParts) => RestoreBooks,
): Promise<RestoredLife> {
  const folder = mkdtempSync(join(tmpdir(), "relay-restore-"));
  try {
    return await live(seed, open, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function live(seed: number, open: (parts: BooksParts) => RestoreBooks, folder: string): Promise<RestoredLife> {
  const random = randomFrom(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const [file, copy] = [join(folder, "relay.db"), join(folder, "backup.db")];
  const delivered: Delivered[] = [];
  const sent: Sent[] = [];
  const acts = new Map<string, string>();
  const voided = new Set<string>();
  let [now, backedUpAt, requestsToBackup] = [NOON, 0, Number.POSITIVE_INFINITY];
  let world: Harness | null = null;
  const clock = () => world?.now() ?? now;
  const books = open({
    clock,
    async onRequest() {
      requestsToBackup -= 1;
      if (requestsToBackup < 0) await takeBackup();
    },
  });

  async function takeBackup(): Promise<void> {
    requestsToBackup = Number.POSITIVE_INFINITY;
    backedUpAt = clock();
    await backUp(file, copy);
  }

  async function born(): Promise<{ store: Store; world: Harness }> {
    const driver = openSqlite(file);
    await migrate(driver);
    const store = createSqlStore(driver);
    const settings = { sameDayAct: "single_day", paymentCheckMs: HOUR } as const;
    return {
      store,
      world: await createHarness({ store, adapter: books.adapter, delivered, start: now, relay: { random }, settings }),
    };
  }

  /** Sends an event; returns null after a refusal. The platform sends an event with a 2xx again after the restore. */
  async function send(type: string, data: object): Promise<string | null> {
    const event = { id: `wh-${seed}-${sent.length}-${Math.floor(random() * 1e9)}`, type, data, at: living.world.now() };
    try {
      const { actId } = await living.world.send(type, data, { id: event.id, timestamp: event.at });
      sent.push(event);
      return actId;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return null;
    }
  }

  async function ask(): Promise<void> {
    const payoutId = `p-${seed}-${acts.size}`;
    const requestedAt = new Date(living.world.now()).toISOString();
    const amount = `${1 + Math.floor(random() * 99_999)}.50`;
    const id = await send("act.requested", {
      payoutId,
      requestedAt,
      amount,
      contractor: makeContractorData(2 + Math.floor(random() * 3)),
    });
    acts.set(payoutId, id ?? "");
  }

  /** Accepts a shown form, like a user. */
  async function accept(): Promise<void> {
    const shown = pick(delivered.filter(({ type }) => type === "act.ready"));
    if (shown === undefined) return;
    const { payoutId, pdf } = shown.data as { payoutId: string; pdf: { sha256: string } };
    const acceptedAt = new Date(living.world.now()).toISOString();
    await send("act.accepted", { payoutId, acceptedAt, pdfSha256: pdf.sha256 });
  }

  async function decline(): Promise<void> {
    const declinedAt = new Date(living.world.now()).toISOString();
    await send("act.declined", { payoutId: pick([...acts.keys()]), declinedAt, reason: "Не тот период" });
  }

  async function voidOne(): Promise<void> {
    const ready = (await living.store.listActs({ status: "ready", limit: 50 })).items;
    const act = pick(ready);
    if (act === undefined) return;
    await living.world.relay.voidAct(act.id, PERSON, "Ошибка");
    voided.add(act.id);
  }

  async function bank(): Promise<void> {
    const waiting = pick(books.orders().filter(({ deletionMark, executed }) => !deletionMark && !executed));
    if (waiting !== undefined) await (chance(0.75) ? books.execute(waiting.ref) : books.markOrder(waiting.ref));
  }

  async function pass(ms: number): Promise<void> {
    await living.world.pass(ms);
    now = living.world.now();
  }

  /** The operator retries acts that wait for a person, and voids voided acts again. */
  async function operate(): Promise<void> {
    for (const act of (await living.store.listActs({ problem: true, limit: 100 })).items) {
      if (act.problem?.code === "payment_rejected") await living.world.relay.payAgain(act.id, PERSON);
    }
    for (const id of voided) {
      const act = await living.store.getAct(id);
      const stands = act !== null && ["requested", "posted", "ready"].includes(act.status);
      if (stands) await living.world.relay.voidAct(id, PERSON, "Ошибка");
    }
  }

  let living = await born();
  world = living.world;
  const backupStep = 3 + Math.floor(random() * 12);
  const steps = backupStep + 4 + Math.floor(random() * 20);
  for (let step = 0; step < steps; step += 1) {
    if (step === backupStep) requestsToBackup = Math.floor(random() * 12);
    const choice = random();
    if (choice < 0.3) await ask();
    else if (choice < 0.5) await accept();
    else if (choice < 0.57) await decline();
    else if (choice < 0.6) await voidOne();
    else if (choice < 0.7) await bank();
    else if (choice < 0.75) await operate();
    else await pass(Math.floor(random() * (chance(0.3) ? 2 * DAY : 20 * MINUTE)));
  }
  if (backedUpAt === 0) await takeBackup();
  const standing = books.acts();
  const orders = books.orders();

  // The disk is gone. The restored file lacks everything after the backup.
  await living.store.close();
  for (const left of [file, `${file}-wal`, `${file}-shm`]) rmSync(left, { force: true });
  copyFileSync(copy, file);
  living = await born();
  world = living.world;
  const broken: string[] = [];
  const promise = (kept: boolean, what: string) => {
    if (!kept) broken.push(what);
  };
  const { store } = living;
  const lost: string[] = [];
  for (const id of acts.values()) if ((await store.getAct(id)) === null) lost.push(id);
  const open_ = (await store.listJobs({ queue: "accounting", state: "queued", limit: 100 })).items;
  const leased = open_.filter(({ lease }) => lease !== null).length;
  const found = await compared();
  const strangers = found.filter(({ kind }) => kind === "unknown").map(({ found: document }) => document?.ref);
  const expected = await unknownTo(store, standing, orders);
  promise(sameSet(strangers, expected), `reconcile lists ${strangers.length} unknown documents of ${expected.length}`);

  // Some events from before the backup come again as well.
  let again = shuffled(
    sent.filter(({ at }) => at >= backedUpAt - 20 * MINUTE),
    random,
  );
  let early = 0;
  for (let round = 0; round < 40; round += 1) {
    const later: Sent[] = [];
    for (const event of again) {
      try {
        await living.world.send(event.type, event.data, { id: event.id, timestamp: event.at });
      } catch (error) {
        if (!(error instanceof RequestError) || !EARLY.includes(error.code)) throw error;
        early += 1;
        later.push(event);
      }
    }
    again = shuffled(later, random);
    await pass(HOUR);
    await operate();
    if (again.length === 0 && round > 4) break;
  }
  await pass(3 * HOUR);
  promise(again.length === 0, `the platform cannot get rid of ${again.map(({ type }) => type).join(", ")}`);
  broken.push(...(await unkept()), ...(await compared()).map(({ kind, document }) => `reconcile: ${kind} ${document}`));
  await living.store.close();
  return { acts: acts.size, lost: lost.length, unknown: strangers.length, leased, early, broken };

  async function compared(): Promise<Finding[]> {
    const findings: Finding[] = [];
    let calls = 0;
    const newId = () => {
      calls += 1;
      return `reconcile-${calls}`.padEnd(20, "_");
    };
    const onFinding = (finding: Finding) => void findings.push(finding);
    await reconcile({ store: living.store, adapter: books.adapter(clock), since: SINCE, newId, onFinding });
    return findings;
  }

  /** Returns the status that follows from the platform's own events, without a look at the relay. */
  function statusOf(payoutId: string, id: string, isPaid: boolean): ActStatus | "aside" {
    const events = sent.filter(({ data }) => (data as { payoutId: string }).payoutId === payoutId);
    const has = (type: string) => events.some((event) => event.type === type);
    // After a void and a decline, the first event of the two sent again decides.
    if (has("act.declined")) return voided.has(id) ? "aside" : "declined";
    if (voided.has(id)) return "voided";
    return has("act.accepted") ? (isPaid ? "paid" : "payment_ordered") : "ready";
  }

  async function unkept(): Promise<string[]> {
    const [documents, payments] = [books.acts(), books.orders()];
    promise(documents.length === new Set(documents.map(({ ref }) => ref)).size, "two acts with one reference");
    promise(new Set(books.cards()).size === books.cards().length, "a doubled card");
    const contents = new Set(delivered.map(({ id, type, seq, data }) => JSON.stringify([id, type, seq, data])));
    promise(contents.size === new Set(delivered.map(({ id }) => id)).size, "one webhook-id for two contents");
    const asked = new Set(acts.values());
    promise(
      documents.every(({ ref }) => asked.has(ref)),
      "an act that nobody asked for",
    );
    const owners = new Map<string, string>();
    for (const id of asked) {
      for (let n = 1; n <= MOST_ATTEMPTS; n += 1) owners.set(await derivePaymentOrderRef(id, n), id);
    }
    promise(
      payments.every(({ ref }) => owners.has(ref)),
      "an order that nobody asked for",
    );
    for (const [payoutId, id] of acts) {
      const own = payments.filter(({ ref }) => owners.get(ref) === id);
      const isPaid = own.some(({ executed }) => executed);
      const wanted = statusOf(payoutId, id, isPaid);
      const act = await living.store.getAct(id);
      const name = `${payoutId} (${act?.status})`;
      const isAside = act?.status === "declined" || act?.status === "voided";
      promise(
        wanted === "aside" ? isAside : act?.status === wanted,
        `${name} should be ${wanted}; problem ${act?.problem?.code}`,
      );
      const problem = act?.problem?.code ?? null;
      promise(problem === null, `${name} has the problem ${problem}`);
      const live = own.filter(({ deletionMark }) => !deletionMark);
      const ordered = wanted === "payment_ordered" || wanted === "paid";
      promise(live.length === (ordered ? 1 : 0), `${name} has ${live.length} orders`);
      const aside = wanted === "declined" || wanted === "voided" || wanted === "aside";
      const document = documents.find(({ ref }) => ref === id);
      // An act declined before the creation may have no document.
      promise(document === undefined ? aside : document.deletionMark === aside, `${name} and 1C disagree`);
      promise(aside || act?.document?.number === document?.number, `${name} has another number than in 1C`);
      const told = delivered.filter(({ data }) => data.actId === id);
      const numbers = told.filter(({ type }) => type === "act.ready").map(({ data }) => data.number);
      promise(
        numbers.every((number) => number === document?.number),
        `${name} was told as ${numbers.join(", ")}`,
      );
      promise(
        told.filter(({ type }) => type === "payment.executed").length >= Number(isPaid),
        `${name}: not told paid`,
      );
      const before = standing.find(({ ref }) => ref === id);
      promise(aside || before === undefined || before.whole === document?.whole, `${name} was written to again`);
    }
    return [];
  }
}

/** Lists live documents in 1C whose act is missing from a store, and live orders without an act there. */
async function unknownTo(
  store: Store,
  acts: ReturnType<RestoreBooks["acts"]>,
  orders: ReturnType<RestoreBooks["orders"]>,
): Promise<string[]> {
  const unknown: string[] = [];
  for (const { ref, deletionMark } of acts) {
    if (!deletionMark && (await store.getAct(ref)) === null) unknown.push(ref);
  }
  for (const { ref, deletionMark } of orders) {
    if (!deletionMark && (await store.getActByPaymentOrder(ref)) === null) unknown.push(ref);
  }
  return unknown;
}

function sameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
