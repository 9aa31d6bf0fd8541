import type { Adapter } from "../../../core/adapter.ts";
import type { PlainDate } from "../../../core/date.ts";
import type { OdataClient } from "../client.ts";
import type { OdataSettings } from "../infobase.ts";
import type { Mapping } from "../mapping-schema.ts";

/** Writes of the adapter that a check performs as the relay does. */
export type CheckedWrites = Pick<Adapter, "upsertCounterparty" | "createAct" | "voidAct">;

export interface OdataCheckParts {
  readonly client: OdataClient;
  readonly mapping: Mapping;
  readonly settings: OdataSettings;
  /** The current time, epoch ms. */
  readonly clock: () => number;
  /** Today in the business time zone: the day of the test act. */
  readonly today: () => PlainDate;
  readonly writes: CheckedWrites;
}
