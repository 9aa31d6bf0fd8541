import { OneCError } from "./errors.ts";

/** What a request wants, before it is done. */
export interface RequestInfo {
  /** 1 for the first request of this stand-in's life. */
  readonly n: number;
  readonly method: string;
  readonly kind: RequestKind;
  /** The entity set, or null for what has none. */
  readonly entity: string | null;
  /** The address after the interface's root, decoded. */
  readonly path: string;
  /** POST, PATCH, DELETE, Post, Unpost. */
  readonly isWrite: boolean;
}

/** Sorts of requests, as {@link Counters} count them. */
export type RequestKind =
  | "service"
  | "metadata"
  | "list"
  | "count"
  | "read"
  | "slice"
  | "create"
  | "update"
  | "delete"
  | "post"
  | "unpost"
  | "other";

/** What goes wrong with one request. `before` it did anything, `after` it did all. */
export type Fault =
  /** The server is off. */
  | { readonly kind: "down" }
  /** The connection breaks. */
  | { readonly kind: "drop"; readonly when: "before" | "after" }
  /** No answer within the caller's patience: in-process it ends at once in a TimeoutError, a server stays silent. */
  | { readonly kind: "timeout"; readonly when: "before" | "after" }
  /** The answer takes so long. */
  | { readonly kind: "slow"; readonly ms: number }
  /**
   * The caller is told nothing, as with a timeout; 1C does the work so much later all the same. `race`: or earlier, right
   * before whatever is written next.
   */
  | { readonly kind: "late"; readonly ms: number; readonly race?: boolean }
  /** Something in front of 1C answers instead: a proxy's page, a login form with 200 (HC). Default: `before`. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly type?: string;
      readonly when?: "before" | "after";
    }
  | { readonly kind: "licence" | "maintenance" | "lock" | "rights" };

/** Chooses what goes wrong; null: nothing. */
export type FaultPlan = (request: RequestInfo) => Fault | null;

/** Faults of a stand-in. */
export interface Faults {
  /** Asked for every request; a seeded one makes a run that can be replayed. */
  plan(plan: FaultPlan | null): void;
  /** The next request that fits fails so. `thenDown`: all that follow find 1C off, until {@link clear}. */
  next(fits: (request: RequestInfo) => boolean, fault: Fault, thenDown?: boolean): void;
  /** Switches 1C off and on. */
  down(isDown: boolean): void;
  /** Nothing goes wrong from now on. */
  clear(): void;
  /** The fault of this request. */
  of(request: RequestInfo): Fault | null;
}

export function createFaults(): Faults {
  let plan: FaultPlan | null = null;
  let isDown = false;
  let waiting: { fits: (request: RequestInfo) => boolean; fault: Fault; thenDown: boolean }[] = [];
  return {
    plan(next) {
      plan = next;
    },
    next: (fits, fault, thenDown = false) => void waiting.push({ fits, fault, thenDown }),
    down(next) {
      isDown = next;
    },
    clear() {
      plan = null;
      isDown = false;
      waiting = [];
    },
    of(request) {
      if (isDown) return { kind: "down" };
      const found = waiting.find(({ fits }) => fits(request));
      if (found === undefined) return plan?.(request) ?? null;
      waiting = waiting.filter((each) => each !== found);
      if (found.thenDown) isDown = true;
      return found.fault;
    },
  };
}

/** A connection that gave no answer. */
export class NoAnswer extends Error {
  readonly why: "down" | "drop" | "timeout";
  constructor(why: "down" | "drop" | "timeout") {
    super(`The connection gave no answer: ${why}`);
    this.why = why;
  }
}

/** 1C's own words for refusals that pass by themselves. How they look over OData was seen for maintenance only. */
export const WORDS = {
  licence: "Не обнаружено свободной лицензии!",
  maintenance: "Начало сеанса с информационной базой запрещено.\nВедутся технические работы",
  lock: "Конфликт блокировок при выполнении транзакции: Превышено максимальное время ожидания предоставления блокировки",
} as const;

/** A refusal of 1C that a fault stands for. */
export function errorOf(kind: "licence" | "maintenance" | "lock" | "rights"): OneCError {
  if (kind === "rights") return new OneCError(401, "20", "Ошибка прав доступа");
  return new OneCError(500, "-1", WORDS[kind]);
}

/**
 * A session that cannot begin is refused by the platform, not by the interface: 403 and a serialised exception, after a
 * BOM (recorded by the public project onecdc for «Начало сеанса … запрещено»).
 */
export function platformException(words: string, path: string): string {
  return `\uFEFF${JSON.stringify({
    "#exception": "{http://v8.1c.ru/8.2/virtual-resource-system}Exception",
    exception: {
      reason: 403,
      descr: `HTTP: Forbidden\nОшибка при выполнении запроса GET к ресурсу ${path}:`,
      inner: { descr: words, inner: { descr: words.split("\n").at(-1) } },
    },
  })}`;
}

/** What a stand-in has seen. */
export interface Counters {
  /** Requests of each kind; `create Catalog_X` and the like with their entity too. */
  readonly by: ReadonlyMap<string, number>;
  /** All requests in order. */
  readonly log: readonly (RequestInfo & { readonly status: number | null })[];
  /** How many were under way at once, at most. */
  maxParallel(): number;
  total(): number;
  reset(): void;
}

export interface Counting extends Counters {
  begin(): void;
  end(request: RequestInfo, status: number | null): void;
}

/** Counts requests. `keepLog: false` keeps numbers only, for long runs. */
export function createCounters(keepLog: boolean): Counting {
  const by = new Map<string, number>();
  let log: (RequestInfo & { status: number | null })[] = [];
  let now = 0;
  let most = 0;
  let total = 0;
  const add = (name: string) => by.set(name, (by.get(name) ?? 0) + 1);
  return {
    by,
    get log() {
      return log;
    },
    maxParallel: () => most,
    total: () => total,
    begin() {
      now += 1;
      total += 1;
      most = Math.max(most, now);
    },
    end(request, status) {
      now -= 1;
      add(request.kind);
      if (request.entity !== null) add(`${request.kind} ${request.entity}`);
      if (keepLog) log.push({ ...request, status });
    },
    reset() {
      by.clear();
      log = [];
      most = now;
      total = 0;
    },
  };
}
