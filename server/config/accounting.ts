import type { Secret } from "./fields.ts";
import type { Settings } from "./schema.ts";

/** How 1C is reached, as set; which of these are there depends on the adapter. */
export interface AccountingConfig {
  readonly adapter: "mock" | "onec-odata" | "onec-http";
  readonly url: string | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly organizationInn: string | null;
  readonly organizationAccount: string | null;
  readonly preset: string;
  /** JSON, as it was read: what differs from the preset. */
  readonly mapping: unknown;
  readonly actDocument: "receipt" | "sale";
  readonly updateExisting: "always" | "confirm";
  readonly keepSessions: boolean;
  readonly maxConcurrency: number;
  readonly timeoutMs: number;
  readonly transport: "push" | "pull";
  readonly inbound: Secret | null;
  readonly outbound: Secret | null;
}

/** The settings of 1C, put together, but for the mapping, which may be a file. */
export function toAccountingConfig(settings: Settings): Omit<AccountingConfig, "mapping"> {
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
