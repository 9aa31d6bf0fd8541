import type { Difference } from "../../core/adapter.ts";
import type { Cache } from "./cache.ts";
import type { OdataCall } from "./client.ts";
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
  /** Differences of preferred fields in this call; grows with each write. */
  readonly differences: Difference[];
}

/** The part of the mapping for the act document of the settings. */
export function getActMapping({ mapping, settings }: Infobase): ActMapping {
  return mapping.acts[settings.actDocument];
}
