import type { Act } from "../../act.ts";
import type { ActState, Differing } from "../../adapter.ts";
import { isPlainDate, printDate } from "../../date.ts";
import { AdapterError } from "../../errors.ts";
import type { Kopecks } from "../../money.ts";
import type { Period } from "../../period.ts";
import { toUnforeseen } from "../adapter-call.ts";

const ABSENT = "Акта больше нет в 1С.";

/** A made document, in an adapter's answer. `date`: plain date. */
export interface MadeDocument extends Differing {
  readonly ref: string;
  readonly number: string;
  readonly date: string;
  readonly period?: Period;
  readonly amount?: Kopecks;
  readonly counterpartyRef?: string;
}

/**
 * Requires a document of this act: the same sum and counterparty. Two environments with one platform id, or a lost
 * database, may put another document under our reference. Throws `act_changed` for such a document, and for none.
 */
export function requireOwnAct(act: Act, state: ActState | null): void {
  if (state === null) throw createChangedError(ABSENT);
  if (isOwnAct(act, state)) return;
  const { number, date } = state;
  const detail = `Под ссылкой этого акта в 1С уже есть другой: № ${number} от ${printDate(date)}, другие сумма или контрагент. Шлюз его не меняет.`;
  throw createChangedError(detail);
}

/** Tells whether a document under the act's reference is the act's own: sum and counterparty agree. */
export function isOwnAct(act: Act, state: ActState): boolean {
  return state.amount === act.amount && isSameCounterparty(act, state);
}

/**
 * Returns the act's document and counterparty in 1C. Another card with the contractor's INN is the same counterparty:
 * people merge duplicates. Throws `act_changed` for a missing or changed document.
 * `isNumberFixed`: another number or date is a change too. `shown`: text of the problem that a person has read and
 * accepted; the changes named there pass.
 */
export function requireUnchanged(act: Act, state: ActState | null, { shown = "", isNumberFixed = false } = {}) {
  const wrong =
    state === null
      ? ABSENT
      : state.deletionMark
        ? "Акт помечен на удаление."
        : !state.posted
          ? "Акт не проведён."
          : state.amount !== act.amount
            ? "Сумма акта в 1С другая."
            : null;
  if (state === null || wrong !== null) throw createChangedError(wrong ?? "");
  const { ref, number, date, counterpartyRef } = state;
  const isRenumbered = number !== act.document?.number || date !== act.document.date;
  const changes = [
    ...(isSameCounterparty(act, state) ? [] : ["Контрагент акта в 1С другой."]),
    ...(isNumberFixed && isRenumbered ? [`В 1С это акт № ${number} от ${printDate(date)}.`] : []),
  ];
  if (changes.some((change) => !shown.includes(change))) throw createChangedError(changes.join(" "));
  return { document: { ref, number, date }, counterpartyRef };
}

/** The counterparty that an act should have, for {@link Adapter.findAct}. */
export function toExpected({ counterparty }: Act): { readonly counterpartyRef?: string } {
  return counterparty === null ? {} : { counterpartyRef: counterparty.ref };
}

function isSameCounterparty(act: Act, { counterpartyRef, counterpartyInn }: ActState): boolean {
  return counterpartyRef === act.counterparty?.ref || counterpartyInn === act.contractor.inn;
}

function createChangedError(detail: string): AdapterError {
  return new AdapterError("act_changed", "The act in 1C is not what was asked for", { outcome: "rejected", detail });
}

/** Checks a made document: a foreign adapter may break the rules. Throws `ref_key_ignored` for another reference. */
export function requireOwnRef(ours: string, made: MadeDocument): MadeDocument {
  if (typeof made !== "object" || typeof made?.number !== "string" || !isPlainDate(String(made.date))) {
    throw toUnforeseen(new TypeError("The adapter answered without number or date"));
  }
  if (made.ref === ours) return made;
  throw new AdapterError("ref_key_ignored", "1C gave the document another reference", { outcome: "rejected" });
}
