import type { Adapter, CallContext, Difference, Differing } from "../../core/adapter.ts";
import { type PlainDate, toBusinessDate } from "../../core/date.ts";
import { createAct, findAct, findLastAct, voidAct } from "./acts.ts";
import { createCache } from "./cache.ts";
import { createOdataClient } from "./client.ts";
import { upsertCounterparty } from "./counterparties.ts";
import type { Infobase } from "./infobase.ts";
import { listDocuments } from "./list-documents.ts";
import { parseMapping } from "./mapping.ts";
import type { Mapping } from "./mapping-schema.ts";
import { getOrganization } from "./organization.ts";
import { createPaymentOrder, findPaymentOrder } from "./payment-orders.ts";
import { getPaymentStates } from "./payments.ts";

export { PRESETS, type PresetName, parseMapping } from "./mapping.ts";
export { type ActMapping, type Mapping, MappingSchema } from "./mapping-schema.ts";

export interface OdataOptions {
  /** Root of the infobase, `https://host/base`, without a slash at the end. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** INN of the organisation in this infobase. */
  readonly organizationInn: string;
  /** Number of the organisation's bank account. Default: the main account on the organisation's card. */
  readonly organizationAccount?: string;
  /** 1C document for acts: Поступление (`receipt`) or Реализация (`sale`). Default: `receipt`. */
  readonly actDocument?: "receipt" | "sale";
  /** `confirm`: the adapter updates a card made by people only with `confirmed`. Default: `always`. */
  readonly updateExisting?: "always" | "confirm";
  /** Default: `parseMapping("bp30")`. */
  readonly mapping?: Mapping;
  /** Most concurrent requests. Default: 2. */
  readonly maxConcurrency?: number;
  /** 1C's sessions outlive a request (`IBSession`); each holds a licence until 1C ends it. Default: false. */
  readonly keepSessions?: boolean;
  /** Deadline of one call with all requests, milliseconds. Default: 90000. */
  readonly timeoutMs?: number;
  /** Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch;
  /** Epoch ms. Default: the system's clock. */
  readonly clock?: () => number;
  /** Today in the business time zone, for the test act of a check. Default: today in Moscow. */
  readonly today?: () => PlainDate;
}

/** Time to keep lookups: short, so that an administrator's repair in 1C works without a restart. */
const LOOKUP_KEPT_MS = 10 * 60_000;
/** Time to keep findings from one job of an act to the next. */
const RECENT_KEPT_MS = 60_000;

/**
 * Makes an adapter of 1C over its standard OData interface (стандартный интерфейс OData), for 1С:Бухгалтерия 3.0 by
 * default. 1C needs only a publication, a user and the published objects; see the README beside this file.
 *
 * @example
 * const adapter = createOdataAdapter({ url: "https://1c.example.com/buh", user: "odata", password, organizationInn });
 */
export function createOdataAdapter(options: OdataOptions): Adapter {
  const { clock = Date.now, timeoutMs = 90_000, mapping = parseMapping("bp30") } = options;
  const client = createOdataClient({ ...options, clock, timeoutMs });
  const { today = () => toBusinessDate(clock(), "Europe/Moscow") } = options;
  const settings = {
    organizationInn: options.organizationInn,
    ...(options.organizationAccount === undefined ? {} : { organizationAccount: options.organizationAccount }),
    actDocument: options.actDocument ?? "receipt",
    updateExisting: options.updateExisting ?? "always",
  } as const;
  const cache = createCache({ keepMs: LOOKUP_KEPT_MS, clock });
  const recent = createCache({ keepMs: RECENT_KEPT_MS, clock });
  const run = <T>({ signal }: CallContext, work: (base: Infobase) => Promise<T>): Promise<T> =>
    client.call((odata) => work({ odata, mapping, settings, cache, recent, differences: [] }), signal);
  /** Runs a writing call; the differences of preferred fields join the answer. */
  const write = <T>(context: CallContext, work: (base: Infobase) => Promise<T>): Promise<Differing & T> =>
    run(context, async (base) => {
      const done = await work(base);
      return { ...done, ...(base.differences.length === 0 ? {} : { differences: uniqueOf(base.differences) }) };
    });
  const adapter: Adapter = {
    name: "onec-odata",
    flags: {},
    timeoutMs,
    getOrganization: (context) => run(context, getOrganization),
    upsertCounterparty: (params, context) => write(context, (base) => upsertCounterparty(base, params)),
    findLastAct: (params, context) => run(context, (base) => findLastAct(base, params)),
    createAct: (params, context) => write(context, (base) => createAct(base, params)),
    findAct: (params, context) => run(context, (base) => findAct(base, params)),
    voidAct: ({ ref }, context) => run(context, (base) => voidAct(base, ref)),
    createPaymentOrder: (params, context) => write(context, (base) => createPaymentOrder(base, params)),
    findPaymentOrder: ({ ref }, context) => run(context, (base) => findPaymentOrder(base, ref)),
    getPaymentStates: (refs, context) => run(context, (base) => getPaymentStates(base, refs)),
    listDocuments: (params, context) => run(context, (base) => listDocuments(base, params)),
    async check(asked) {
      // Checks are rare and hold a third of the adapter's code, mostly texts for an administrator.
      const { checkOdata } = await import("./check/index.ts");
      return checkOdata({ client, mapping, settings, clock, today }, asked);
    },
  };
  return adapter;
}

/** Each difference once: a call may plan or write an object twice. */
function uniqueOf(differences: readonly Difference[]): Difference[] {
  const byField = new Map(differences.map((one) => [`${one.object} ${one.field}`, one]));
  return [...byField.values()];
}
