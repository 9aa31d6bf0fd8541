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
}

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
export function createAdapter(config: Config, { clock, journal }: AdapterSurroundings): ConnectedAdapter {
  const { accounting, organization } = config;
  switch (accounting.adapter) {
    case "mock": {
      const adapter = createMockAdapter({
        organization: overrideOrganization(MOCK_ORGANIZATION, organization),
        updateExisting: accounting.updateExisting,
        today: () => businessDate(clock(), config.timeZone),
        ...(journal === undefined ? {} : { journal }),
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
