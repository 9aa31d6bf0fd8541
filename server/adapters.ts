import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter, type MockJournal } from "../adapters/mock/index.ts";
import { type ConnectionProbe, createCommandQueue, createOnecHttpAdapter } from "../adapters/onec-http/index.ts";
import { createOdataAdapter, type Mapping, parseMapping } from "../adapters/onec-odata/index.ts";
import { type Adapter, type CallContext, PENDING } from "../core/adapter.ts";
import { toBusinessDate } from "../core/date.ts";
import { RelayError } from "../core/errors.ts";
import type { CommandQueue, Relay } from "../core/relay/index.ts";
import type { Store } from "../core/store.ts";
import type { AccountingConfig } from "./config/accounting.ts";
import { type Config, ConfigError } from "./config/index.ts";
import { overrideOrganization } from "./config/organization.ts";
import { SETTINGS } from "./messages/settings.ts";

export type { ConnectionProbe, ProbeAnswer } from "../adapters/onec-http/index.ts";

export interface AdapterSurroundings {
  /** Epoch ms. */
  readonly clock: () => number;
  /** Storage of the mock's infobase. Default: memory. */
  readonly journal?: MockJournal;
  /** Probe of a 1C in pull mode, over the store. Needed by `doctor` only. */
  readonly probe?: ConnectionProbe;
  /** Delay of the mock's answers, so that a person can watch. Default: no delay. */
  readonly pace?: { readonly delayMs: number; readonly sleep: (ms: number) => Promise<void> };
}

/** Longest timeout of a call to the mock, ms. A silent mock is broken and needs no timeout of a real 1C. */
const MOCK_TIMEOUT_MS = 5_000;

export interface ConnectedAdapter {
  readonly adapter: Adapter;
  /** INN of the organisation in 1C. */
  readonly organizationInn: string;
  /** Control of the mock; null for a real accounting system. */
  readonly mock: MockAdapter["mock"] | null;
  /** Opens the command queue; absent unless 1C fetches its commands. */
  readonly openCommandQueue?: (relay: Relay, store: Store) => CommandQueue;
}

/** Makes the adapter of `ACCOUNTING`. @throws {ConfigError} for a missing or wrong setting of the adapter */
export function createAdapter(config: Config, { clock, journal, pace, probe }: AdapterSurroundings): ConnectedAdapter {
  const { accounting, organization } = config;
  switch (accounting.adapter) {
    case "mock": {
      const adapter = createMockAdapter({
        organization: overrideOrganization(MOCK_ORGANIZATION, organization),
        updateExisting: accounting.updateExisting,
        today: () => toBusinessDate(clock(), config.timeZone),
        timeoutMs: Math.min(accounting.timeoutMs, MOCK_TIMEOUT_MS),
        ...(journal === undefined ? {} : { journal }),
        ...pace,
      });
      return { adapter, mock: adapter.mock, organizationInn: organization.inn ?? MOCK_ORGANIZATION.inn };
    }
    case "onec-http":
      return connectOnecHttp(accounting, { clock, ...(probe === undefined ? {} : { probe }) });
    case "onec-odata":
      return connectOnecOdata(config, clock);
  }
}

function connectOnecHttp(
  accounting: AccountingConfig,
  { clock, probe }: Pick<AdapterSurroundings, "clock" | "probe">,
): ConnectedAdapter {
  const { transport, inbound, outbound, organizationAccount, organizationInn: inn } = accounting;
  const organizationInn = requireSetting(inn, "ONEC_ORGANIZATION_INN");
  const options = {
    organizationInn,
    actDocument: accounting.actDocument,
    updateExisting: accounting.updateExisting,
    timeoutMs: accounting.timeoutMs,
    ...(organizationAccount === null ? {} : { organizationAccount }),
  };
  if (transport === "pull") {
    // The relay also signs its answers to 1C, and a public key cannot sign.
    if (inbound?.keys.hmac.length === 0) {
      throw new ConfigError(SETTINGS.pullSecret);
    }
    const openCommandQueue = (relay: Relay, store: Store) => createCommandQueue({ relay, store, clock });
    const adapter = createOnecHttpAdapter({ ...options, clock, ...(probe === undefined ? {} : { visitor: probe }) });
    return { adapter, mock: null, organizationInn, openCommandQueue };
  }
  const push = {
    url: requireSetting(accounting.url, "ONEC_URL"),
    user: requireSetting(accounting.user, "ONEC_USER"),
    password: requireSetting(accounting.password, "ONEC_PASSWORD"),
    keys: requireSetting(outbound, "ONEC_OUTBOUND_SECRET").keys,
    maxConcurrency: accounting.maxConcurrency,
    newId: () => crypto.randomUUID(),
    clock,
  };
  return { adapter: createOnecHttpAdapter({ ...options, push }), mock: null, organizationInn };
}

function connectOnecOdata({ accounting, organization, timeZone }: Config, clock: () => number): ConnectedAdapter {
  const organizationInn = requireSetting(accounting.organizationInn, "ONEC_ORGANIZATION_INN");
  const { organizationAccount } = accounting;
  const adapter = createOdataAdapter({
    url: requireSetting(accounting.url, "ONEC_URL"),
    user: requireSetting(accounting.user, "ONEC_USER"),
    password: requireSetting(accounting.password, "ONEC_PASSWORD"),
    organizationInn,
    ...(organizationAccount === null ? {} : { organizationAccount }),
    actDocument: accounting.actDocument,
    updateExisting: accounting.updateExisting,
    mapping: readMapping(accounting),
    keepSessions: accounting.keepSessions,
    maxConcurrency: accounting.maxConcurrency,
    timeoutMs: accounting.timeoutMs,
    today: () => toBusinessDate(clock(), timeZone),
    clock,
  });
  const readOrganization = async (context: CallContext) => {
    const found = await adapter.getOrganization(context);
    return found === PENDING ? found : overrideOrganization(found, organization);
  };
  return { adapter: { ...adapter, getOrganization: readOrganization }, mock: null, organizationInn };
}

function readMapping({ preset, mapping }: AccountingConfig): Mapping {
  try {
    return parseMapping(preset, mapping ?? {});
  } catch (error) {
    if (error instanceof RelayError) throw new ConfigError(SETTINGS.mapping(error.message), { cause: error });
    throw error;
  }
}

/** Checks a required setting again, for a caller without the rules of the settings. */
function requireSetting<T>(value: T | null, name: string): T {
  if (value !== null) return value;
  throw new ConfigError(SETTINGS.adapterMissing(name));
}
