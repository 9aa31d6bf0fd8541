import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import type { CallContext } from "../../../core/adapter.ts";
import { PENDING } from "../../../core/adapter.ts";
import { createMemoryStore } from "../../../core/relay/index.ts";
import type { Store } from "../../../core/store.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { settled } from "../../support/time.ts";

const MINUTE = 60_000;

/** Creates a 1C that fetches commands: every call leaves a name and parameters, and the mock gives the answer. */
function fetching(): MockAdapter {
  const onec = createMockAdapter({ pending: true });
  const calls = onec as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const leaving = Object.entries(calls).map(([name, method]) => [
    name,
    typeof method !== "function" || name === "check"
      ? method
      : async (...args: unknown[]) => {
          const answer = await method(...args);
          if (answer === PENDING) (args.at(-1) as CallContext).leaveCommand?.({ name, params: args[0] });
          return answer;
        },
  ]);
  return Object.fromEntries(leaving) as unknown as MockAdapter;
}

const fetch = (world: Harness, more: { worker?: string; limit?: number } = {}) =>
  world.relay.fetchCommands({ worker: "1c", limit: 10, leaseMs: MINUTE, ...more });

async function answerAll(world: Harness): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    await world.settle();
    const commands = await fetch(world);
    if (commands.length === 0) return names;
    for (const { id, body } of commands) {
      names.push(String(body.name));
      await world.relay.takeAnswer(id, (await world.onec.mock.answer(id))!);
    }
  }
}

describe("commands that 1C fetches", () => {
  test("carry the parked calls, in turn, until the act is ready", async () => {
    const world = await createHarness({ onec: fetching() });
    const id = await world.request();
    await world.settle();
    const [first] = await fetch(world);
    expect(first?.body).toMatchObject({
      name: "upsertCounterparty",
      params: { contractor: { inn: expect.anything() } },
    });
    expect(await world.relay.findCommand(first!.id)).toEqual(first);
    expect(await answerAll(world)).toEqual(["upsertCounterparty", "findLastAct", "createAct", "getOrganization"]);
    expect((await world.store.getAct(id))?.status).toBe("ready");
    expect(await world.relay.findCommand(first!.id)).toBeNull();
    const { items } = await world.store.listJobs({ actId: id, limit: 10 });
    for (const { progress } of items) {
      expect(Object.keys(progress)).not.toContain("command");
      expect(Object.keys(progress)).not.toContain("answers");
    }
  });

  test("outlive the process of the parked call", async () => {
    const onec = fetching();
    const before = await createHarness({ onec });
    const id = await before.request();
    await before.settle();
    const world = await createHarness({ onec, store: before.store });
    expect(await answerAll(world)).toHaveLength(4);
    expect((await world.store.getAct(id))?.status).toBe("ready");
  });

  test("belong to one worker, until the worker asks again or the lease ends", async () => {
    const world = await createHarness({ onec: fetching() });
    for (const n of [2, 3, 4]) await world.request({ n });
    await world.settle();
    const ids = async (worker: string, limit: number) => (await fetch(world, { worker, limit })).map(({ id }) => id);
    const [one, two] = [await ids("a", 2), await ids("b", 2)];
    expect([one.length, two.length]).toEqual([2, 1]);
    expect(await ids("a", 1)).toEqual(one.slice(0, 1));
    await world.pass(MINUTE);
    expect(await ids("c", 5)).toEqual([...one, ...two]);
  });

  test("are asked anew where an adapter of another kind had parked the job", async () => {
    const old = createMockAdapter({ pending: true });
    const before = await createHarness({ onec: old });
    const id = await before.request();
    await before.settle();
    const world = await createHarness({ onec: fetching(), store: before.store });
    expect(await fetch(world)).toEqual([]);
    expect(await answerAll(world)).toHaveLength(4);
    expect((await world.store.getAct(id))?.status).toBe("ready");
  });

  test("are not made of a job parked for no call: the job returns to the queue", async () => {
    const world = await createHarness({ onec: fetching() });
    await world.request();
    await world.settle();
    const { items } = await world.store.listJobs({ state: "parked", limit: 1 });
    const stray = { ...items[0]!, id: "msg_stray", progress: {}, orderKey: null };
    await world.store.commit([{ type: "job", job: stray }]);
    expect((await fetch(world)).filter(({ id }) => id.startsWith(stray.id))).toEqual([]);
    expect((await world.store.getJob(stray.id))?.state).toBe("queued");
  });

  test("are answered once: a second result, read before the first result came, disturbs nothing", async () => {
    const store = createMemoryStore();
    const late: (() => void)[] = [];
    let holding = false;
    // The second result has seen the message wait, and its commit is held up.
    const slow: Store = {
      ...store,
      async getJob(id) {
        const found = await store.getJob(id);
        if (holding) await new Promise<void>((resolve) => late.push(resolve));
        return found;
      },
    };
    const world = await createHarness({ onec: fetching(), store: slow });
    const id = await world.request();
    await world.settle();
    const [card] = await fetch(world);
    await world.relay.takeAnswer(card!.id, (await world.onec.mock.answer(card!.id))!);
    await world.settle();
    const [last] = await fetch(world);
    const answer = (await world.onec.mock.answer(last!.id))!;
    holding = true;
    const second = world.relay.takeAnswer(last!.id, answer);
    await settled();
    holding = false;
    expect(await world.relay.takeAnswer(last!.id, answer)).toBe("taken");
    await world.settle();
    const [next] = await fetch(world);
    expect([last?.body.name, next?.body.name]).toEqual(["findLastAct", "createAct"]);
    for (const go of late) go();
    await second;
    expect(await world.relay.findCommand(next!.id)).toEqual(next);
    // And so no call is made a second time.
    expect(await answerAll(world)).toEqual(["createAct", "getOrganization"]);
    expect((await world.store.getAct(id))?.status).toBe("ready");
  });

  test("an unknown command does not exist", async () => {
    const world = await createHarness({ onec: fetching() });
    for (const id of ["", "msg_1:create:0", "::"]) expect(await world.relay.findCommand(id)).toBeNull();
  });
});
