import { AdapterError } from "../../core/errors.ts";
import { type Row, refOf } from "./client.ts";
import { compareKept } from "./compare.ts";
import { noteLostContacts } from "./contacts.ts";
import type { Infobase } from "./infobase.ts";
import { listPreferredFields } from "./preferred.ts";

/** An object under our reference. `made: false`: the object existed before. */
export interface Made {
  readonly row: Row;
  readonly made: boolean;
}

/**
 * Makes an object, or finds the object of an earlier attempt or another relay under the same reference. 1C's answer to
 * a taken reference was never recorded, so any `onec_rejected` may mean a taken reference. Throws errors of
 * {@link keep}, and 1C's refusal when no object has this reference.
 */
export async function make(base: Infobase, entity: string, row: Row & { Ref_Key: string }): Promise<Made> {
  try {
    const kept = await base.odata.create(entity, row);
    keep(base, entity, row, kept);
    return { row: kept, made: true };
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "onec_rejected" || error.cause !== undefined) throw error;
    const there = await base.odata.get(entity, row.Ref_Key);
    if (there === null) throw error;
    return { row: there, made: false };
  }
}

/**
 * Changes an object, or throws unavailable `onec_version_conflict` for a change since `before`. 1C ignores If-Match, so
 * this function compares versions; a change during the last request goes unnoticed. Also throws as {@link writeFields}.
 */
export async function change(base: Infobase, entity: string, before: Row, fields: Row): Promise<Row> {
  const ref = refOf(before);
  const now = await base.odata.get(entity, ref);
  if (now === null || now.DataVersion !== before.DataVersion) {
    const detail = "Объект в 1С изменили, пока шлюз его обновлял";
    const facts = { outcome: "unavailable", detail } as const;
    throw new AdapterError("onec_version_conflict", "The object was changed meanwhile", facts);
  }
  return writeFields(base, entity, before, fields);
}

/** Changes an object without a look at the version. Throws errors of {@link keep}, and 1C's refusal. */
export async function writeFields(base: Infobase, entity: string, before: Row, fields: Row): Promise<Row> {
  const kept = await base.odata.update(entity, refOf(before), fields);
  keep(base, entity, fields, kept);
  return kept;
}

/** Compares sent and stored fields and notes the differences of preferred fields. Throws as {@link compareKept}. */
export function keep(base: Infobase, entity: string, sent: Row, kept: Row): void {
  const { counterparty } = base.mapping;
  const { [counterparty.fields.contacts]: contacts, ...others } = sent;
  const isCard = entity === counterparty.entity;
  const fields = isCard ? others : sent;
  base.differences.push(...compareKept(entity, fields, kept, listPreferredFields(base, entity)));
  if (isCard) noteLostContacts(base, entity, contacts, kept[counterparty.fields.contacts]);
}
