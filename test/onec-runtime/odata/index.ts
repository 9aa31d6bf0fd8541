import type { Counters, Faults, RequestInfo } from "./faults.ts";
import { createCounters, createFaults, NoAnswer } from "./faults.ts";
import type { OneCAnswer, OneCRequest } from "./handle.ts";
import { handle, type Infobase } from "./handle.ts";
import { createHands, type OneCHands } from "./hands.ts";
import type { OneCOptions } from "./options.ts";
import { setupOf } from "./options.ts";
import type { SeededRefs } from "./seed.ts";
import { seed } from "./seed.ts";
import { type Listening, latin1, listen } from "./server.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { type Settings, STANDARD_SETUP } from "./settings.ts";
import type { State } from "./state.ts";
import { createState } from "./state.ts";

export type { Counters, Fault, FaultPlan, Faults, RequestInfo, RequestKind } from "./faults.ts";
export type { OneCHands } from "./hands.ts";
export { onecHarness } from "./harness.ts";
export type { OneCOptions } from "./options.ts";
export { EMPTY_DATE, EMPTY_GUID } from "./schema.ts";
export type { SeededRefs } from "./seed.ts";
export type { Row, SectionRow, State } from "./state.ts";

/** A 1С:Бухгалтерия that answers over OData, and everything a test may want to see of it. */
export interface OneC {
  readonly user: string;
  readonly password: string;
  /** Root of the infobase in-process, as `ONEC_URL` wants it: `http://onec.example/buh`. */
  readonly url: string;
  /** Answers requests to {@link url} without a network. */
  readonly fetch: typeof globalThis.fetch;
  /** The same over real HTTP, on a free port. Gives the infobase's root there. */
  listen(): Promise<string>;
  readonly state: State;
  readonly seeded: SeededRefs;
  /** Closed period, blocked posting and the like; may be changed at any time. */
  readonly settings: Settings;
  readonly hands: OneCHands;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly sessions: Sessions;
  /** References that the user's rights hide. */
  readonly hidden: Set<string>;
  /** 1C gives every new object a reference of its own. */
  ignoreRefs(ignored: boolean): void;
  /** Runs once, right before the next write of this set is done: an accountant who is faster. */
  beforeWrite(set: string, act: () => void | Promise<void>): void;
  /** Runs before the request with this number in this 1C's life. */
  beforeRequest(n: number, act: () => void | Promise<void>): void;
  close(): Promise<void>;
}

/** A strict stand-in of 1С:Бухгалтерия 3.0's standard OData interface; see README.md beside this file. */
export function createOneC(options: OneCOptions = {}): OneC {
  const setup = setupOf(options);
  const state = createState(setup.release);
  const seeded = seed(state, setup);
  const settings: Settings = { ...STANDARD_SETUP, ...options.settings };
  let refsIgnored = false;
  const writes: { set: string; act: () => void | Promise<void> }[] = [];
  const requests = new Map<number, () => void | Promise<void>>();
  let late: Parameters<Infobase["putOff"]>[0][] = [];
  const base: Infobase = {
    setup,
    state,
    settings,
    ignoresRefs: () => refsIgnored,
    faults: createFaults(),
    counters: createCounters(setup.keepLog),
    sessions: createSessions(setup),
    hidden: new Set(),
    putOff: (more) => void late.push(more),
    async catchUp({ isWrite }: RequestInfo) {
      const due = late.filter(({ dueAt, race }) => dueAt <= setup.clock() || (race && isWrite));
      late = late.filter((each) => !due.includes(each));
      for (const { work } of due) await work();
    },
    async beforeRequest({ n }: RequestInfo) {
      await requests.get(n)?.();
    },
    async beforeWrite(set) {
      const at = writes.findIndex((each) => each.set === set);
      if (at >= 0) await writes.splice(at, 1)[0]?.act();
    },
  };
  const infobase = setup.root.replace(/\/odata\/standard\.odata$/, "");
  const servers: Listening[] = [];
  const ignoreRefs = (ignored: boolean) => {
    refsIgnored = ignored;
  };
  return {
    user: setup.user,
    password: setup.password,
    url: `http://onec.example${infobase}`,
    fetch: inProcess((request) => handle(base, request), setup.clock),
    async listen() {
      const server = await listen((request) => handle(base, request), setup.clock);
      servers.push(server);
      return server.origin + infobase;
    },
    state,
    seeded,
    settings,
    hands: createHands({ setup, state, seeded, settings, ignoreRefs }),
    faults: base.faults,
    counters: base.counters,
    sessions: base.sessions,
    hidden: base.hidden as Set<string>,
    ignoreRefs,
    beforeWrite: (set, act) => void writes.push({ set, act }),
    beforeRequest: (n, act) => void requests.set(n, act),
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  };
}

/** A `fetch` over the stand-in: headers come as a real one shows them, UTF-8 bytes read as Latin-1. */
function inProcess(handler: (request: OneCRequest) => Promise<OneCAnswer>, now: () => number): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { origin, pathname, search } = new URL(request.url);
    const body = await request.text();
    const target = pathname + search;
    const headers = new Map([...request.headers].map(([name, value]) => [name, value] as const));
    let answer: OneCAnswer;
    try {
      answer = await awaitUnlessAborted(
        handler({ method: request.method, target, headers, body, origin }),
        request.signal,
      );
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.why === "timeout") throw new DOMException("The operation timed out", "TimeoutError");
      const code = error.why === "down" ? "ECONNREFUSED" : "ECONNRESET";
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
    }
    const text = typeof answer.body === "string" ? answer.body : [...answer.body].join("");
    const answered = new Headers({ date: new Date(now()).toUTCString() });
    for (const [name, value] of answer.headers) answered.append(name, latin1(value));
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : text, { status: answer.status, headers: answered });
  };
}

/** The caller may give up; what it asked for is done all the same. */
function awaitUnlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
