import type { AcceptedAct } from "../accepted-act.ts";
import type { Act, ServiceLine } from "../act.ts";
import type { Adapter } from "../adapter.ts";
import type { DocumentLink } from "../events.ts";
import { createGrowingIds, type Digest, hashWithWebCrypto } from "../ids.ts";
import type { Queue } from "../job.ts";
import type { InboundRules } from "../parse-event.ts";
import type { Organization } from "../parties.ts";
import { DEFAULT_PURPOSE } from "../payment-order.ts";
import type { Period } from "../period.ts";
import type { FormKind, Store, StoredForm } from "../store.ts";
import type { WebhookKeys } from "../webhook.ts";
import { type Breaker, createBreaker } from "./breaker.ts";

/** An outside address for webhooks. */
export interface WebhookTarget {
  readonly url: string;
  /** The first secret signs. */
  readonly keys: WebhookKeys;
}

/** Draws acts: the service lines for 1C and the form, and the form itself. */
export interface ActPrinter {
  toServiceLines(act: Act, period: Period): readonly ServiceLine[];
  /** Throws a `RelayError` with a Russian message for a person; any other error reads as an internal fault. */
  print(input: { readonly act: Act; readonly organization: Organization }): Promise<Omit<StoredForm, "actId">>;
  /**
   * Joins the accepted form and the acceptance sheet (протокол принятия). Absent: the relay keeps no accepted form.
   * Throws as `print` does, for a form that no sheet can follow.
   */
  readonly printAccepted?: (input: AcceptedAct) => Promise<Omit<StoredForm, "actId">>;
}

/** One line of the relay's own log: an event name and plain fields; never secrets or personal data. */
export type RelayLog = (level: "debug" | "info" | "warn" | "error", event: string, fields: object) => void;

/** Settings of the business. */
export interface RelaySettings {
  /** Name of the platform in the references given to 1C. Never change this name after the first act. */
  readonly platformId: string;
  readonly organizationInn: string;
  /** Default: `reject`. */
  readonly sameDayAct?: "reject" | "single_day";
  /** Default: {@link DEFAULT_PURPOSE}. */
  readonly paymentPurpose?: string;
  /** Most concurrent calls to 1C by all processes over one store. Default: 2. */
  readonly accountingConcurrency?: number;
  /** Most concurrent webhooks. Default: 16. */
  readonly webhookConcurrency?: number;
  /** Default: 15 s. */
  readonly webhookTimeoutMs?: number;
  /** Interval between payment checks in 1C. Default: 10 min. */
  readonly paymentCheckMs?: number;
  /** Largest printed form in the store, bytes. A larger form is the problem `print_failed`. Default: no limit. */
  readonly largestForm?: number;
}

/** All inputs of the relay. Core has no clock, randomness or `fetch` of its own. */
export interface RelayOptions {
  readonly store: Store;
  readonly adapter: Adapter;
  readonly printer: ActPrinter;
  readonly settings: RelaySettings;
  /**
   * Default: companies and entrepreneurs, days in Europe/Moscow, a request at most 5 min ahead of the clock. Without
   * `listMissingCharacters`, a name without glyphs on the form passes the parser and ends as `print_failed`.
   */
  readonly rules?: Partial<InboundRules>;
  /** Addresses for webhooks: `platform`, and `ops` for the operator. An absent target gets none. Default: none. */
  readonly targets?: Readonly<Record<string, WebhookTarget>>;
  /** Makes the address of a printed form for the platform's user. Required with the target `platform`. */
  readonly documentLink?: (actId: string, sha256: string, kind?: FormKind) => Promise<DocumentLink>;
  /** Ends all outside calls at once, for the end of the process; the next process repeats them safely. */
  readonly stop?: AbortSignal;
  /** Sends a webhook. Required with targets. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Epoch ms. */
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Makes a unique id, greater than all earlier ids. Default: version 7 UUIDs of `clock` and `random`. */
  readonly newId?: () => string;
  /** Hash function. Default: WebCrypto, which on some runtimes takes a thread for every kilobyte. */
  readonly digest?: Digest;
  /** From {@link createBreaker}; relays of one process over one infobase share a breaker. Default: a new breaker. */
  readonly breaker?: Breaker;
  readonly log?: RelayLog;
  /** Called after a commit that may have made jobs due, with the queues of these jobs. */
  readonly onWork?: (queues: readonly Queue[]) => void;
}

/** Options of a relay with all defaults, shared by its parts. */
export interface RelayContext extends Required<RelayOptions> {
  readonly settings: Required<RelaySettings>;
  readonly rules: InboundRules;
}

const MINUTE = 60_000;

/** Defaults of {@link RelaySettings}. */
export const DEFAULT_SETTINGS = {
  sameDayAct: "reject",
  paymentPurpose: DEFAULT_PURPOSE,
  accountingConcurrency: 2,
  webhookConcurrency: 16,
  webhookTimeoutMs: 15_000,
  paymentCheckMs: 10 * MINUTE,
  largestForm: Number.POSITIVE_INFINITY,
} as const satisfies Partial<RelaySettings>;

/** Defaults of {@link InboundRules}. */
export const DEFAULT_RULES = {
  timeZone: "Europe/Moscow",
  allowedKinds: ["company", "entrepreneur"],
  listMissingCharacters: () => [],
  futureToleranceMs: 5 * MINUTE,
} as const satisfies InboundRules;

/** Fills in all defaults. Throws `TypeError` for targets without `fetch`, or `platform` without `documentLink`. */
export function completeOptions(options: RelayOptions): RelayContext {
  const { clock, random, targets = {}, fetch: send } = options;
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const rules = { ...DEFAULT_RULES, ...options.rules };
  if (Object.keys(targets).length > 0 && send === undefined) {
    throw new TypeError("A relay with targets needs fetch");
  }
  if ("platform" in targets && options.documentLink === undefined) {
    throw new TypeError("A relay that tells a platform of acts needs documentLink");
  }
  return {
    // Without a platform, nobody reads this link.
    documentLink: async () => ({ url: "about:blank", expiresAt: clock() }),
    newId: createGrowingIds(clock, random),
    digest: hashWithWebCrypto,
    log: () => undefined,
    onWork: () => undefined,
    stop: new AbortController().signal,
    breaker: createBreaker({ capacity: settings.accountingConcurrency }),
    ...options,
    // Called without an object: the fetch of some runtimes refuses to be a method of another object.
    fetch: (url, init) => send!(url, init),
    targets,
    settings,
    rules,
  };
}
