import { type Adapter, type CallContext, type CheckReport, PENDING } from "../../core/adapter.ts";
import type { WebhookKeys } from "../../core/webhook.ts";
import { createTransport, type OnecConnection } from "../onec/transport.ts";
import { type Ask, createCalls } from "./calls.ts";
import { toFailureReport, toPingReport } from "./check.ts";
import { KEPT_WHOLE } from "./command-queue.ts";
import { createExchange, type Exchange, toRequestMessage, WRITES } from "./exchange.ts";
import { type ConnectionProbe, createUncheckedReport, toPullReport } from "./last-seen.ts";
import { interpretAnswer, pongOf, unpack } from "./messages.ts";
import type { Operation, Params, Settings } from "./protocol.ts";

export type { OnecConnection } from "../onec/transport.ts";
export { type CommandQueueOptions, createCommandQueue } from "./command-queue.ts";
export type { ConnectionProbe, ProbeAnswer } from "./last-seen.ts";

/** Options of the adapter. */
export interface OnecHttpOptions {
  /** INN of the paying organisation. */
  readonly organizationInn: string;
  /** Number of the organisation's account for payments. Default: the main account in 1C. */
  readonly organizationAccount?: string;
  /** `receipt` Поступление, `sale` Реализация. Default: `receipt`. */
  readonly actDocument?: "receipt" | "sale";
  /** `confirm`: a card not made by the relay is updated only after a person agreed. Default: `always`. */
  readonly updateExisting?: "always" | "confirm";
  /** Deadline of a whole call, milliseconds. Default: 90 s. */
  readonly timeoutMs?: number;
  /** Absent: pull mode, 1C fetches commands, see {@link createCommandQueue}. */
  readonly push?: OnecHttpPush;
  /** Probe for a check of pull mode outside the server's process. Absent: such a check reports nothing about 1C. */
  readonly visitor?: ConnectionProbe;
  /** Epoch ms. Default: the system's clock. */
  readonly clock?: () => number;
}

/** Connection and signature of calls to 1C in push mode. */
export interface OnecHttpPush extends OnecConnection {
  /** `ONEC_OUTBOUND_SECRET`, the same as in the extension's settings. */
  readonly keys: WebhookKeys;
  /** Returns a new id at each call: 16 to 40 letters, digits, `_` and `-`, for example a UUID. */
  readonly newId: () => string;
}

const TIMEOUT_MS = 90_000;

/**
 * Creates the adapter of 1C through the configuration extension. The adapter prints 1C's own form. The relay asks for
 * payment states despite the extension's events: no event comes while the extension's job is switched off.
 *
 * @example
 * const adapter = createOnecHttpAdapter({
 *   organizationInn: "7707083893",
 *   push: { url: "https://1c.example.com/base", user, password, keys, clock: Date.now, newId: crypto.randomUUID },
 * });
 */
export function createOnecHttpAdapter(options: OnecHttpOptions): Adapter {
  const { push, updateExisting = "always", timeoutMs = TIMEOUT_MS } = options;
  const settings: Settings = {
    organizationInn: options.organizationInn,
    actDocument: options.actDocument ?? "receipt",
    ...(options.organizationAccount === undefined ? {} : { organizationAccount: options.organizationAccount }),
  };
  const exchange =
    push === undefined ? null : createExchange({ ...push, transport: createTransport(push), settings, timeoutMs });
  const ask = exchange === null ? createPullAsk(settings) : createPushAsk(exchange);
  return {
    name: "onec-http",
    flags: { prints: true },
    timeoutMs,
    ...createCalls(ask, updateExisting),
    check: async ({ write }) => {
      if (push !== undefined && exchange !== null) return checkPush(exchange, push, settings, write);
      const { visitor, clock = Date.now } = options;
      if (visitor === undefined) return createUncheckedReport();
      const { id: _, ...ping } = toRequestMessage("ping", "check", settings, { write });
      const probe = await visitor.ask({ ...ping, [KEPT_WHOLE]: true });
      // Read after the answer: 1C reports its present state when fetching the check.
      return toPullReport(await visitor.findLastSeen(), probe, settings, { now: clock(), write });
    },
  };
}

function createPushAsk(exchange: Exchange): Ask {
  return async <O extends Operation, T>(operation: O, params: Params<O>, { id, signal }: CallContext) => {
    const { answer } = await exchange.ask(operation, id, params, { writes: WRITES.includes(operation), stop: signal });
    return unpack(interpretAnswer(answer, operation, params)) as T;
  };
}

/** Leaves a command; the relay keeps the command in the parked job until 1C fetches the command. */
function createPullAsk(settings: Settings): Ask {
  return async (operation, params, { id, leaveCommand }) => {
    const { id: _, ...command } = toRequestMessage(operation, id, settings, params);
    leaveCommand?.(command);
    return PENDING;
  };
}

async function checkPush(
  exchange: Exchange,
  { newId, clock }: OnecHttpPush,
  settings: Settings,
  write: boolean,
): Promise<CheckReport> {
  try {
    const { answer, signedAt } = await exchange.ask("ping", newId(), { write }, { writes: write });
    return toPingReport(pongOf(answer), settings, { skewMs: signedAt - clock(), write });
  } catch (error) {
    return toFailureReport(error);
  }
}
