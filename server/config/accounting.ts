import type { Settings } from "./schema.ts";

/** Settings of the connection to 1C. A setting that the adapter does not need may be null. */
export interface AccountingConfig extends Readonly<ReturnType<typeof toAccountingConfig>> {
  /** JSON of the differences from the preset. */
  readonly mapping: unknown;
}

/** Puts the settings of 1C together, except the mapping, which may be in a file. */
export function toAccountingConfig(settings: Settings) {
  return {
    adapter: settings.ACCOUNTING,
    url: settings.ONEC_URL?.replace(/\/+$/, "") ?? null,
    user: settings.ONEC_USER ?? null,
    password: settings.ONEC_PASSWORD ?? null,
    organizationInn: settings.ONEC_ORGANIZATION_INN ?? null,
    organizationAccount: settings.ONEC_ORGANIZATION_ACCOUNT ?? null,
    preset: settings.ONEC_PRESET,
    actDocument: settings.ONEC_ACT_DOCUMENT,
    updateExisting: settings.ONEC_UPDATE_EXISTING,
    keepSessions: settings.ONEC_KEEP_SESSIONS === "true",
    maxConcurrency: settings.ONEC_MAX_CONCURRENCY,
    timeoutMs: settings.ONEC_TIMEOUT_MS,
    transport: settings.ONEC_TRANSPORT,
    inbound: settings.ONEC_INBOUND_SECRET ?? null,
    outbound: settings.ONEC_OUTBOUND_SECRET ?? null,
  };
}
