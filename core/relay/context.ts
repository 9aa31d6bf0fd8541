import type { Act, Actor, ServiceLine } from "../act.ts";
import type { Adapter } from "../adapter.ts";
import type { Organization } from "../counterparty.ts";
import { RelayError } from "../errors.ts";
import type { Digest } from "../ids.ts";
import type { InboundRules } from "../inbound.ts";
import { type Happening, type LifecycleContext, type Transition, transition } from "../lifecycle.ts";
import type { DocumentLink } from "../notices.ts";
import type { Period } from "../period.ts";
import type { Change, Store, StoredForm } from "../store.ts";
import type { WebhookKeys } from "../webhook.ts";
import type { Breaker } from "./breaker.ts";
import type { Lane } from "./message.ts";

/** An outside address that webhooks go to. */
export interface WebhookTarget {
  readonly url: string;
  /** The first secret signs. */
  readonly keys: WebhookKeys;
}

/** Draws acts: the lines that stand in 1C and on the form, and the form itself. */
export interface Printer {
  lines(act: Act, period: Period): readonly ServiceLine[];
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
  readonly printer: Printer;
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
  readonly onWork?: (lanes: readonly Lane[]) => void;
}

/** What the relay's parts share. */
export interface RelayContext extends Required<RelayOptions> {
  readonly settings: Required<RelaySettings>;
  readonly rules: InboundRules;
}

/** How often a commit is decided anew when others keep changing the same act. */
const RACES = 50;

/** The lifecycle's view of now. */
export function lifecycleContext(context: RelayContext, actor: Actor): LifecycleContext {
  return {
    at: context.clock(),
    actor,
    organizationInn: context.settings.organizationInn,
    endpoints: Object.keys(context.targets),
  };
}

/** The writes of a transition. */
export function changesOf(moved: Extract<Transition, { kind: "moved" }>): Change[] {
  return [
    { type: "act", act: moved.act },
    { type: "event", event: moved.event },
    ...moved.messages.map((message): Change => ({ type: "message", message })),
  ];
}

/** Commits, and wakes the lanes that got something to do. */
export async function commit(context: RelayContext, changes: readonly Change[]): Promise<boolean> {
  const result = await context.store.commit(changes);
  if (result !== "ok") return false;
  const lanes = new Set<Lane>();
  for (const change of changes) {
    if (change.type === "message") lanes.add(change.message.lane);
    // A requeued or reopened one is due. A settled one lets the next of its queue go, of which its worker tells.
    if (change.type === "requeue" || change.type === "endpoint") lanes.add("accounting").add("webhook");
  }
  if (lanes.size > 0) context.onWork([...lanes]);
  return true;
}

/** What {@link change} did. */
export interface Changed {
  readonly act: Act;
  readonly transition: Transition;
}

/**
 * Reads the act, decides, commits; when somebody else was first, reads and decides anew. `also` gives the writes that
 * must go along, from the decision; null gives up (for one: the lease was lost).
 */
export async function change(
  context: RelayContext,
  actId: string,
  actor: Actor,
  happening: Happening | ((act: Act) => Promise<Happening> | Happening),
  also: (decided: Transition, act: Act) => Promise<readonly Change[] | null> | readonly Change[] | null = () => [],
): Promise<Changed | null> {
  for (let race = 0; race < RACES; race += 1) {
    const act = await context.store.act(actId);
    if (act === null) return null;
    const fact = typeof happening === "function" ? await happening(act) : happening;
    const decided = transition(act, fact, lifecycleContext(context, actor));
    const more = await also(decided, act);
    if (more === null) return null;
    const changes = [...(decided.kind === "moved" ? changesOf(decided) : []), ...more];
    if (changes.length === 0 || (await commit(context, changes))) {
      return { act: decided.kind === "moved" ? decided.act : act, transition: decided };
    }
  }
  throw new RelayError("store_conflict", "An act kept changing under a commit");
}
