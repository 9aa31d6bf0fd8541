import * as v from "valibot";
import { RelayError } from "../../core/errors.ts";
import { type Mapping, MappingSchema } from "./mapping-schema.ts";
import { BP30 } from "./presets/bp30.ts";

/** Mappings of the adapter, by name. */
export const PRESETS = { bp30: BP30 } as const satisfies Readonly<Record<string, Mapping>>;

export type PresetName = keyof typeof PRESETS;

/**
 * Makes a mapping from a preset and `override`. Objects merge, lists and values replace, null removes an absent field.
 * Throws `setting_invalid` with the path of each error.
 * @example parseMapping("bp30", { item: { element: "Агентские услуги" } })
 */
export function parseMapping(preset: string, override: unknown = {}): Mapping {
  const base: Mapping | undefined = Object.hasOwn(PRESETS, preset) ? PRESETS[preset as PresetName] : undefined;
  if (base === undefined) {
    const known = Object.keys(PRESETS).join(", ");
    throw new RelayError("setting_invalid", `ONEC_PRESET is ${JSON.stringify(preset)}; expected ${known}`);
  }
  if (!isObject(override)) throw new RelayError("setting_invalid", "ONEC_MAPPING is not an object; expected JSON {…}");
  const result = v.safeParse(MappingSchema, merge(base, override));
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => `${v.getDotPath(issue) ?? "mapping"}: ${issue.message}`);
  throw new RelayError("setting_invalid", `ONEC_MAPPING is not valid: ${issues.join("; ")}`);
}

/** Paths of records with entries removable by an override. */
const OPEN = /(?:^|\.)(?:constants|lineConstants|accounts|lineAccounts|lineAnalytics)$/;

function merge(base: object, override: object, path = ""): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) {
    const before = merged[key];
    if (value === null && OPEN.test(path)) delete merged[key];
    else if (isObject(value) && isObject(before))
      merged[key] = merge(before, value, path === "" ? key : `${path}.${key}`);
    else merged[key] = value;
  }
  return merged;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
