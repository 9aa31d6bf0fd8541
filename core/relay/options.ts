import type { Act, ServiceLine } from "../act.ts";
import type { Adapter } from "../adapter.ts";
import type { DocumentLink } from "../events.ts";
import { type Digest, hashWithWebCrypto } from "../ids.ts";
import type { Queue } from "../job.ts";
import type { InboundRules } from "../parse-event.ts";
import type { Organization } from "../parties.ts";
import { DEFAULT_PURPOSE } from "../payment-order.ts";
import type { Period } from "../period.ts";
import type { Store, StoredForm } from "../store.ts";
import type { WebhookKeys } from "../webhook.ts";
import { type Breaker, createBreaker } from "./breaker.ts";

/** An outside address that webhooks go to. */
export interface WebhookTarget {
  readonly url: string;
  /** The first secret signs. */
  readonly keys: WebhookKeys;
}

/** Draws acts: the lines that stand in 1C and on the form, and the form itself. */
export interface ActPrinter {
  toServiceLines(act: Act, period: Period): readonly ServiceLine[];
  print(input: { readonly act: Act; readonly organization: Organization }): Promise<Omit<StoredForm, "actId">>;
}

/** One line of the relay's own log: an event name and plain fields; never secrets or personal data. */
export type RelayLog = (level: "debug" | "info" | "warn" | "error", event: string, fields: object) => void;

/** How the business wants it done. */
export interface RelaySettings {
  /** Names the platform in the references given to 1C: never change it once acts were made. */
  readonly platformId: string;
  readonly organizationInn: string;
  /** Default: `reject`. */
  readonly sameDayAct?: "reject" | "single_day";
  /** Default: {@link DEFAULT_PURPOSE}. */
  readonly paymentPurpose?: string;
  /** Calls to 1C side by side, of all processes over one store. Default: 2. */
  readonly accountingConcurrency?: number;
  /** Webhooks side by side. Default: 16. */
  readonly webhookConcurrency?: number;
  /** Default: 15 s. */
  readonly webhookTimeoutMs?: number;
  /** How often 1C is asked about payments. Default: 10 min. */
  readonly paymentCheckMs?: number;
  /**
   * Largest printed form that the store keeps, bytes, where it has such a bound: a larger one is the problem
   * `print_failed`. Default: none.
   */
  readonly largestForm?: number;
}

/** Everything the relay works with. Clock, randomness and `fetch` come in: core reads none of its own. */
export interface RelayOptions {
  readonly store: Store;
  readonly adapter: Adapter;
  readonly printer: ActPrinter;
  readonly settings: RelaySettings;
  /**
   * Default: companies and entrepreneurs, days in Europe/Moscow, a request at most 5 min ahead of the clock. Without
   * `missingCharacters` a name that the form has no glyph for is refused not at the door, but as `print_failed`.
   */
  readonly rules?: Partial<InboundRules>;
  /** Where webhooks go: `platform`, and `ops` if the operator has an address. An absent one gets none. Default: none. */
  readonly targets?: Readonly<Record<string, WebhookTarget>>;
  /** Address of a printed form for the platform's user. Needed with the target `platform`. */
  readonly documentLink?: (actId: string, sha256: string) => Promise<DocumentLink>;
  /** Needed with targets. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Epoch ms. */
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Unique and growing with time. Default: version 7 UUIDs of `clock` and `random`. */
  readonly newId?: () => string;
  /** Default: WebCrypto, which on some runtimes takes a thread for every kilobyte. */
  readonly digest?: Digest;
  /** Default: one of its own. Relays of one process over the same infobase share one: {@link createBreaker}. */
  readonly breaker?: Breaker;
  readonly log?: RelayLog;
  /** Called after a commit that may have made messages due, with their lanes. */
  readonly onWork?: (lanes: readonly Queue[]) => void;
}

/** What the relay's parts share. */
export interface RelayContext extends Required<RelayOptions> {
  readonly settings: Required<RelaySettings>;
  readonly rules: InboundRules;
}

const MINUTE = 60_000;

/** The options with every default filled in. Throws `TypeError` when targets lack what sending to them needs. */
export function completeOptions(options: RelayOptions): RelayContext {
  const { clock, random, targets = {}, fetch: send } = options;
  const settings = {
    sameDayAct: "reject",
    paymentPurpose: DEFAULT_PURPOSE,
    accountingConcurrency: 2,
    webhookConcurrency: 16,
    webhookTimeoutMs: 15_000,
    paymentCheckMs: 10 * MINUTE,
    largestForm: Number.POSITIVE_INFINITY,
    ...options.settings,
  } as const;
  const rules = {
    timeZone: "Europe/Moscow",
    allowedKinds: ["company", "entrepreneur"],
    listMissingCharacters: () => [],
    futureToleranceMs: 5 * MINUTE,
    ...options.rules,
  } as const;
  if (Object.keys(targets).length > 0 && send === undefined) {
    throw new TypeError("A relay with targets needs fetch");
  }
  if ("platform" in targets && options.documentLink === undefined) {
    throw new TypeError("A relay that tells a platform of acts needs documentLink");
  }
  return {
    // Nobody is told: there is no platform to tell.
    documentLink: async () => ({ url: "about:blank", expiresAt: clock() }),
    newId: growingIds(clock, random),
    digest: hashWithWebCrypto,
    log: () => undefined,
    onWork: () => undefined,
    breaker: createBreaker({ capacity: settings.accountingConcurrency }),
    ...options,
    // Called bare: a platform's own fetch refuses to be a method of something else.
    fetch: (request) => send!(request),
    targets,
    settings,
    rules,
  };
}

/** Version 7 UUIDs (RFC 9562): as text each is greater than the one before, also where the clock is set back. */
function growingIds(clock: () => number, random: () => number): () => string {
  let ms = 0;
  let count = 0;
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  const bits = (size: number) => Math.floor(random() * 2 ** size);
  return () => {
    const now = clock();
    if (now > ms) {
      ms = now;
      // The upper half is left for the ids of the same millisecond.
      count = bits(11);
    } else if (count < 0xfff) {
      count += 1;
    } else {
      ms += 1;
      count = 0;
    }
    const time = hex(ms, 12);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(count, 3)}-${hex(0x8000 + bits(14), 4)}-${hex(bits(48), 12)}`;
  };
}
