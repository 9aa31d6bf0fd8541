import { AdapterError } from "../../core/errors.ts";
import type { Cache } from "./cache.ts";
import type { OdataCall, Row } from "./client.ts";
import { refOf } from "./client.ts";
import { requireKept } from "./compare.ts";
import type { ActMapping, Mapping } from "./mapping-schema.ts";

/** How the adapter works with its infobase. */
export interface OdataSettings {
  /** INN of the organisation whose books these are. */
  readonly organizationInn: string;
  /** The organisation's account; absent: its main one. */
  readonly organizationAccount?: string;
  /** Поступление or Реализация. */
  readonly actDocument: "receipt" | "sale";
  /** `confirm`: a card that we did not make is updated only with `confirmed`. */
  readonly updateExisting: "always" | "confirm";
}

/** What one call of the adapter works with. */
export interface Infobase {
  readonly odata: OdataCall;
  readonly mapping: Mapping;
  readonly settings: OdataSettings;
  /** What does not change for a while: accounts of the chart, kinds, banks. */
  readonly cache: Cache;
  /** What was seen a moment ago in another call. */
  readonly recent: Cache;
}

/** The part of the mapping for the act that is made here. */
export function getActMapping({ mapping, settings }: Infobase): ActMapping {
  return mapping.acts[settings.actDocument];
}

/** An object that was made, or was there under our reference already. */
export interface Made {
  readonly row: Row;
  readonly made: boolean;
}

/**
 * Makes an object under the reference in the row. Where 1C refuses, an object that is there under this reference is what
 * an earlier attempt made, or another relay a moment ago. What a second one under a taken reference is answered with was
 * never recorded, so any refusal that gives no other reason is looked into.
 *
 * @throws {AdapterError} what {@link requireKept} throws, and 1C's refusal
 */
export async function make(
  { odata }: Infobase,
  entity: string,
  row: Row & { readonly Ref_Key: string },
): Promise<Made> {
  try {
    const kept = await odata.create(entity, row);
    requireKept(entity, row, kept);
    return { row: kept, made: true };
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "onec_rejected" || error.cause !== undefined) throw error;
    const there = await odata.get(entity, row.Ref_Key);
    if (there === null) throw error;
    return { row: there, made: false };
  }
}

/**
 * Changes an object that was read before, if nobody has changed it since. 1C ignores If-Match, so the version is read
 * and compared; what remains between reading and writing is the length of one request.
 *
 * @throws {AdapterError} unavailable `onec_version_conflict`; what {@link requireKept} throws, and 1C's refusal
 */
export async function change(
  { odata }: Pick<Infobase, "odata">,
  entity: string,
  before: Row,
  fields: Row,
): Promise<Row> {
  const ref = refOf(before);
  const now = await odata.get(entity, ref);
  if (now === null || now.DataVersion !== before.DataVersion) {
    const detail = "Объект в 1С изменили, пока шлюз его обновлял";
    throw new AdapterError("onec_version_conflict", "The object was changed meanwhile", {
      outcome: "unavailable",
      detail,
    });
  }
  return writeFields({ odata }, entity, before, fields);
}

/** Changes an object without asking whether anybody has changed it since. Throws as {@link applyEvent}. */
export async function writeFields(
  { odata }: Pick<Infobase, "odata">,
  entity: string,
  before: Row,
  fields: Row,
): Promise<Row> {
  const kept = await odata.update(entity, refOf(before), fields);
  requireKept(entity, fields, kept);
  return kept;
}
