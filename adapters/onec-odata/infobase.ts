import { AdapterError } from "../../core/errors.ts";
import type { Cache } from "./cache.ts";
import { type OdataCall, type Row, refOf } from "./client.ts";
import { requireKept } from "./compare.ts";
import type { ActMapping, Mapping } from "./mapping-schema.ts";

/** Settings of the adapter for one infobase. */
export interface OdataSettings {
  /** INN of the organisation in this infobase. */
  readonly organizationInn: string;
  /** Number of the organisation's bank account; absent: the main account. */
  readonly organizationAccount?: string;
  /** Поступление or Реализация. */
  readonly actDocument: "receipt" | "sale";
  /** `confirm`: the adapter updates a card made by people only with `confirmed`. */
  readonly updateExisting: "always" | "confirm";
}

/** Requests, mapping, settings and caches for one call of the adapter. */
export interface Infobase {
  readonly odata: OdataCall;
  readonly mapping: Mapping;
  readonly settings: OdataSettings;
  /** Lookups that rarely change: accounts of the chart, kinds of contact information, banks. */
  readonly cache: Cache;
  /** Results of other calls within the last minute. */
  readonly recent: Cache;
}

/** The part of the mapping for the act document of the settings. */
export function getActMapping({ mapping, settings }: Infobase): ActMapping {
  return mapping.acts[settings.actDocument];
}

/** An object under our reference. `made: false`: the object existed before. */
export interface Made {
  readonly row: Row;
  readonly made: boolean;
}

/**
 * Makes an object, or finds the object of an earlier attempt or another relay under the same reference. 1C's answer to
 * a taken reference was never recorded, so any `onec_rejected` may mean a taken reference. Throws errors of
 * {@link requireKept}, and 1C's refusal when no object has this reference.
 */
export async function make({ odata }: Infobase, entity: string, row: Row & { Ref_Key: string }): Promise<Made> {
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

type Writer = Pick<Infobase, "odata">;

/**
 * Changes an object, or throws unavailable `onec_version_conflict` for a change since `before`. 1C ignores If-Match, so
 * this function compares versions; a change during the last request goes unnoticed. Also throws as {@link writeFields}.
 */
export async function change({ odata }: Writer, entity: string, before: Row, fields: Row): Promise<Row> {
  const ref = refOf(before);
  const now = await odata.get(entity, ref);
  if (now === null || now.DataVersion !== before.DataVersion) {
    const detail = "Объект в 1С изменили, пока шлюз его обновлял";
    const facts = { outcome: "unavailable", detail } as const;
    throw new AdapterError("onec_version_conflict", "The object was changed meanwhile", facts);
  }
  return writeFields({ odata }, entity, before, fields);
}

/** Changes an object without a look at the version. Throws errors of {@link requireKept}, and 1C's refusal. */
export async function writeFields({ odata }: Writer, entity: string, before: Row, fields: Row): Promise<Row> {
  const kept = await odata.update(entity, refOf(before), fields);
  requireKept(entity, fields, kept);
  return kept;
}
