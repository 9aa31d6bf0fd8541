import type { PlainDate } from "../../../core/date.ts";
import type { OdataClient } from "../client.ts";
import type { OdataSettings } from "../infobase.ts";
import type { Mapping } from "../mapping-schema.ts";

export interface OdataCheckParts {
  readonly client: OdataClient;
  readonly mapping: Mapping;
  readonly settings: OdataSettings;
  /** The current time, epoch ms. */
  readonly clock: () => number;
  /** Today in the business time zone: the day of the test act. */
  readonly today: () => PlainDate;
}
