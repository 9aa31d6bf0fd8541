import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter, type MockJournal } from "../adapters/mock/index.ts";
import type { Adapter } from "../core/adapter.ts";
import { businessDate } from "../core/date.ts";
import { type Config, ConfigError } from "./config.ts";
import { overrideOrganization } from "./config-organization.ts";

/** What an adapter may need of the runtime. */
export interface AdapterSurroundings {
  /** Epoch ms. */
  readonly clock: () => number;
  /** Where the mock keeps its infobase. Absent: in memory. */
  readonly journal?: MockJournal;
  /** How slow the mock is, so that a person sees the steps; absent: it answers at once. */
  readonly pace?: { readonly delayMs: number; readonly sleep: (ms: number) => Promise<void> };
}

/** A mock that does not answer is broken: its lease need not last as long as a real 1C's. */
const MOCK_TIMEOUT_MS = 5_000;

/** The accounting system of the settings. */
export interface ConnectedAdapter {
  readonly adapter: Adapter;
  /** INN of the organisation whose books these are. */
  readonly organizationInn: string;
  /** Steering of the mock; null for a real accounting system. */
  readonly mock: MockAdapter["mock"] | null;
}

/**
 * Makes the adapter that `ACCOUNTING` names: the only place that knows their names.
 *
 * @throws {ConfigError} for one that this build does not have
 */
export function createAdapter(config: Config, { clock, journal, pace }: AdapterSurroundings): ConnectedAdapter {
  const { accounting, organization } = config;
  switch (accounting.adapter) {
    case "mock": {
      const adapter = createMockAdapter({
        organization: overrideOrganization(MOCK_ORGANIZATION, organization),
        updateExisting: accounting.updateExisting,
        today: () => businessDate(clock(), config.timeZone),
        timeoutMs: Math.min(accounting.timeoutMs, MOCK_TIMEOUT_MS),
        ...(journal === undefined ? {} : { journal }),
        ...pace,
      });
      return { adapter, mock: adapter.mock, organizationInn: organization.inn ?? MOCK_ORGANIZATION.inn };
    }
    case "onec-odata":
    case "onec-http":
      throw new ConfigError(
        `ACCOUNTING is ${accounting.adapter}, an adapter that this build does not have; expected mock`,
      );
  }
}
