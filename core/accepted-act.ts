import type { Act } from "./act.ts";
import type { RecordedEvent } from "./act-event.ts";

/** Input of the accepted form: the form that the agent accepted, and what the acceptance sheet says. */
export interface AcceptedAct {
  readonly act: Act;
  readonly organizationInn: string;
  /** The whole file that the agent accepted; `act.form` names its hash. */
  readonly form: Uint8Array<ArrayBuffer>;
  /** Events of the act, oldest first. */
  readonly history: readonly RecordedEvent[];
  /** IANA name of the business time zone. */
  readonly timeZone: string;
  /** Largest file that the store can keep, bytes. */
  readonly largest: number;
}
