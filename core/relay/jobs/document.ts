import type { Act } from "../../act.ts";
import type { ActState } from "../../adapter.ts";
import { isPlainDate } from "../../date.ts";
import { AdapterError } from "../../errors.ts";
import type { Period } from "../../period.ts";
import { toUnforeseen } from "../adapter-call.ts";

/** A made document, in an adapter's answer. `date`: plain date. */
export interface MadeDocument {
  readonly ref: string;
  readonly number: string;
  readonly date: string;
  readonly period?: Period;
}

/** Returns the act's document in 1C. Throws `act_changed` for a missing or changed document. */
export function requireUnchanged(act: Act, state: ActState | null) {
  const wrong =
    state === null
      ? "Акта больше нет в 1С."
      : state.deletionMark
        ? "Акт помечен на удаление."
        : !state.posted
          ? "Акт не проведён."
          : state.amount !== act.amount
            ? "Сумма акта в 1С другая."
            : state.counterpartyRef !== act.counterparty?.ref
              ? "Контрагент акта в 1С другой."
              : null;
  if (state === null || wrong !== null) throw createChangedError(wrong ?? "");
  return { ref: state.ref, number: state.number, date: state.date };
}

export function createChangedError(detail: string): AdapterError {
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
