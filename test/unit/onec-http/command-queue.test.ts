import { describe, expect, test } from "vitest";
import { createCommandQueue } from "../../../adapters/onec-http/index.ts";
import { formatRequestId } from "../../../adapters/onec-http/protocol.ts";
import {
  type Command,
  type CommandQueue,
  createMemoryStore,
  type FetchCommandsParams,
  type SignedRequest,
} from "../../../core/relay/index.ts";
import type { LastSeen, Store } from "../../../core/store.ts";
import { NOON } from "../../support/builders.ts";
import { createTime, settled } from "../../support/time.ts";

/** A desk over a relay whose commands the test puts there. */
function open(time = createTime(NOON)) {
  const waiting: Command[] = [];
  const asked: FetchCommandsParams[] = [];
  const held: Promise<void>[] = [];
  const visits: LastSeen[] = [];
  const broken: Error[] = [];
  const relay = {
    fetchCommands: async (params: FetchCommandsParams) => {
      asked.push(params);
      await held.shift();
      return waiting.slice(0, params.limit);
    },
    findCommand: async () => null,
    takeAnswer: async () => "unknown" as const,
  };
  const memory = createMemoryStore();
  const store: Pick<Store, "commit"> = {
    commit: async (changes) => {
      const error = broken.shift();
      if (error !== undefined) throw error;
      const result = await memory.commit(changes);
      if (result === "ok")
        visits.push(...changes.flatMap((change) => (change.type === "last_seen" ? change.lastSeen : [])));
      return result;
    },
  };
  const another = () => createCommandQueue({ relay, store, clock: time.now, timer: time.timer });
  return { desk: another(), another, time, asked, waiting, held, visits, broken };
}

let ids = 0;

interface Claimed {
  readonly worker?: string;
  readonly waitSeconds?: number;
  readonly gone?: AbortSignal;
  readonly said?: object;
  readonly signedAt?: number;
}

function claimed(commandQueue: CommandQueue, more: Claimed = {}) {
  ids += 1;
  const { worker = "buh", waitSeconds = 25, gone = new AbortController().signal, said = {}, signedAt = NOON } = more;
  const id = `claim-${ids}`;
  const params = { worker, limit: 10, waitSeconds, extension: "1.0.0", ...said };
  const body = new TextEncoder().encode(JSON.stringify({ protocol: 1, operation: "claim", id, params }));
  const request: SignedRequest = { webhookId: formatRequestId("claim", id, "0123456789abcdef"), body, signedAt };
  const state: { commands: unknown[] | null } = { commands: null };
  const end = commandQueue.fetch(request, gone).then((answer) => {
    state.commands = JSON.parse(new TextDecoder().decode(answer.body)).result.commands;
    return state.commands as { id: string }[];
  });
  return { end, state };
}

const COMMAND: Command = { id: "msg_1:create:0", body: { operation: "act" } };

describe("a claim without a command", () => {
  test("waits 25 seconds and looks twice a second, in one request", async () => {
    const { desk, time, asked } = open();
    const { state, end } = claimed(desk);
    await settled();
    await time.pass(24_999);
    expect(state.commands).toBeNull();
    await time.pass(1);
    expect(await end).toEqual([]);
    expect(asked.length).toBe(51);
    expect(time.waiting()).toBe(0);
  });

  test("answers at once without a wait in the request", async () => {
    const { desk, time } = open();
    expect(await claimed(desk, { waitSeconds: 0 }).end).toEqual([]);
    expect(time.waiting()).toBe(0);
  });

  test("wakes on the relay's signal, without a timer", async () => {
    const { desk, waiting, time } = open();
    const { state, end } = claimed(desk);
    await settled();
    desk.wake();
    await settled();
    expect(state.commands).toBeNull();
    waiting.push(COMMAND);
    desk.wake();
    expect((await end).map(({ id }) => id)).toEqual([COMMAND.id]);
    expect(time.waiting()).toBe(0);
  });

  test("finds within half a second a command that another process has left", async () => {
    const { desk, waiting, time } = open();
    const { state, end } = claimed(desk);
    await settled();
    waiting.push(COMMAND);
    await time.pass(499);
    expect(state.commands).toBeNull();
    await time.pass(1);
    expect((await end).map(({ id }) => id)).toEqual([COMMAND.id]);
  });

  test("leaves a command to another claim once the caller has gone", async () => {
    const { desk, waiting, asked } = open();
    const gone = new AbortController();
    const { end } = claimed(desk, { gone: gone.signal });
    await settled();
    gone.abort();
    expect(await end).toEqual([]);
    const looks = asked.length;
    waiting.push(COMMAND);
    desk.wake();
    await settled();
    expect(asked.length).toBe(looks);
  });

  test("gives way to the next claim of the same worker, and to no other worker's", async () => {
    const { desk, waiting, time } = open();
    const [first, other] = [claimed(desk), claimed(desk, { worker: "zup" })];
    await settled();
    const second = claimed(desk);
    await settled();
    expect(other.state.commands).toBeNull();
    expect(second.state.commands).toBeNull();
    waiting.push(COMMAND);
    desk.wake();
    expect(await second.end).toHaveLength(1);
    expect(await other.end).toHaveLength(1);
    await time.pass(25_000);
    expect(await first.end).toEqual([]);
    expect(time.waiting()).toBe(0);
  });

  test("waits the full time although another job uses the same name: neither could chase the other", async () => {
    const { desk, time } = open();
    const claims = [claimed(desk)];
    let answered = 0;
    for (let second = 0; second < 50; second += 1) {
      await settled();
      // Each job asks again as soon as it is answered; there are two.
      const done = claims.filter(({ state }) => state.commands !== null).length;
      if (claims.length < done + 2) claims.push(claimed(desk));
      answered = done;
      await time.pass(1000);
    }
    expect(answered).toBeLessThanOrEqual(4);
    desk.close();
    await Promise.all(claims.map(({ end }) => end));
  });

  test("leaves a found command to the next claim of the same worker when that claim has come", async () => {
    const { desk, waiting, held } = open();
    let release = () => {};
    held.push(new Promise<void>((resolve) => (release = resolve)));
    waiting.push(COMMAND);
    const first = claimed(desk, { waitSeconds: 0 });
    await settled();
    const second = claimed(desk, { waitSeconds: 0 });
    expect(await second.end).toHaveLength(1);
    release();
    expect(await first.end).toEqual([]);
  });

  test("ends when the server stops, and so does the next claim", async () => {
    const { desk, time } = open();
    const { end } = claimed(desk);
    await settled();
    desk.close();
    expect(await end).toEqual([]);
    expect(await claimed(desk).end).toEqual([]);
    expect(time.waiting()).toBe(0);
  });
});

describe("the last-seen record", () => {
  const said = {
    platform: "8.3.27.1",
    configuration: { name: "Бухгалтерия", version: "3.0.1" },
    organizations: ["77"],
  };

  test("holds the details of the claim and the difference of the clocks", async () => {
    const { desk, visits } = open();
    await claimed(desk, { waitSeconds: 0, said, signedAt: NOON - 42_000 }).end;
    expect(visits).toEqual([
      { name: "accounting", at: NOON, report: { extension: "1.0.0", ...said, skewMs: -42_000 } },
    ]);
  });

  test("is written once a minute, and at once after a change", async () => {
    const { desk, visits, time } = open();
    for (let second = 0; second < 120; second += 1) {
      await claimed(desk, { waitSeconds: 0, said, signedAt: time.now() + second }).end;
      await time.pass(1000);
    }
    expect(visits).toHaveLength(2);
    await claimed(desk, { waitSeconds: 0, said: { ...said, platform: "8.3.28.1" } }).end;
    expect(visits).toHaveLength(3);
  });

  test("is written at the next claim after an outage of the database", async () => {
    const { desk, visits, broken } = open();
    broken.push(new Error("away"));
    await expect(claimed(desk, { waitSeconds: 0 }).end).rejects.toThrow("away");
    await claimed(desk, { waitSeconds: 0 }).end;
    expect(visits).toHaveLength(1);
  });

  test("is not written for a replayed claim", async () => {
    const { desk, visits, time } = open();
    const body = new TextEncoder().encode(
      JSON.stringify({
        protocol: 1,
        operation: "claim",
        id: "c1",
        params: { worker: "buh", limit: 1, waitSeconds: 0, extension: "1" },
      }),
    );
    const request = { webhookId: formatRequestId("claim", "c1", "0123456789abcdef"), body, signedAt: NOON };
    const never = new AbortController().signal;
    await desk.fetch(request, never);
    await time.pass(61_000);
    await expect(desk.fetch(request, never)).rejects.toMatchObject({ code: "webhook_id_conflict" });
    expect(visits).toHaveLength(1);
  });
});

describe("a claim", () => {
  test("is answered once: the same bytes again get nothing", async () => {
    const { desk, time, waiting } = open();
    waiting.push(COMMAND);
    const id = "claim-again";
    const params = { worker: "buh", limit: 1, waitSeconds: 0, extension: "1" };
    const body = new TextEncoder().encode(JSON.stringify({ protocol: 1, operation: "claim", id, params }));
    const request = { webhookId: formatRequestId("claim", id, "0123456789abcdef"), body, signedAt: NOON };
    const never = new AbortController().signal;
    await desk.fetch(request, never);
    await expect(desk.fetch(request, never)).rejects.toMatchObject({ code: "webhook_id_conflict" });
    // The signature has long run out by then.
    await time.pass(11 * 60_000);
    await expect(desk.fetch(request, never)).resolves.toMatchObject({ webhookId: `${request.webhookId}:answer` });
  });

  test("is answered once by all processes over a store: a replay gets nothing from another process", async () => {
    const { desk, another, visits, waiting } = open();
    waiting.push(COMMAND);
    const params = { worker: "buh", limit: 1, waitSeconds: 0, extension: "1" };
    const body = new TextEncoder().encode(JSON.stringify({ protocol: 1, operation: "claim", id: "c9", params }));
    const request = { webhookId: formatRequestId("claim", "c9", "0123456789abcdef"), body, signedAt: NOON };
    const never = new AbortController().signal;
    const answers = await Promise.allSettled([desk, another(), another()].map((each) => each.fetch(request, never)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
    await expect(another().fetch(request, never)).rejects.toMatchObject({ code: "webhook_id_conflict" });
    expect(visits).toHaveLength(1);
  });

  const good = { protocol: 1, operation: "claim", id: "c1" };
  const params = { worker: "buh", limit: 1, waitSeconds: 0, extension: "1" };
  test.each([
    ["no JSON", "{", "malformed", undefined],
    ["no object of ours", "[]", "validation_failed", "protocol"],
    ["another protocol", { ...good, protocol: 2, params }, "validation_failed", "protocol"],
    ["another operation", { ...good, operation: "ping", params }, "validation_failed", "operation"],
    [
      "a wait that is too long",
      { ...good, params: { ...params, waitSeconds: 26 } },
      "validation_failed",
      "params.waitSeconds",
    ],
    ["too many", { ...good, params: { ...params, limit: 101 } }, "validation_failed", "params.limit"],
    ["a worker with spaces", { ...good, params: { ...params, worker: "a b" } }, "validation_failed", "params.worker"],
    ["an id that is not the signed one", { ...good, id: "c2", params }, "validation_failed", "webhook-id"],
  ])("is refused when %s", async (_, message, code, path) => {
    const { desk } = open();
    const body = new TextEncoder().encode(typeof message === "string" ? message : JSON.stringify(message));
    const request = { webhookId: "claim:c1:0123456789abcdef", body, signedAt: NOON };
    const refused = desk.fetch(request, new AbortController().signal);
    await expect(refused).rejects.toMatchObject({ code, issues: path === undefined ? [] : [{ path }] });
  });
});
