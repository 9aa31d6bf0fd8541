import { expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createCommandQueue, createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import { formatRequestId, type RequestMessage } from "../../../adapters/onec-http/protocol.ts";
import { createPrinter } from "../../../core/print/index.ts";
import { createRelay, type Relay } from "../../../core/relay/index.ts";
import type { Store } from "../../../core/store.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { openSqlite } from "../../../server/db/sqlite.ts";
import { createSqlStore } from "../../../server/db/store.ts";
import { startLoop } from "../../../server/node/loop.ts";
import { createExtension } from "../../onec-runtime/http/extension.ts";
import { encodeUpdate } from "../../onec-runtime/http/updates.ts";

/** Commands that wait at once; each counterparty has five. */
const BACKLOG = Number(process.env.BACKLOG ?? 10_000);
const EACH = 5;

async function openStore(): Promise<Store> {
  const driver = openSqlite(":memory:");
  await migrate(driver);
  return createSqlStore(driver);
}

function relayOver(store: Store, onWork: () => void = () => undefined): Relay {
  return createRelay({
    store,
    adapter: createOnecHttpAdapter({ organizationInn: MOCK_ORGANIZATION.inn }),
    printer: createPrinter(),
    settings: { platformId: "cabinet", organizationInn: MOCK_ORGANIZATION.inn, accountingConcurrency: 64 },
    clock: Date.now,
    random: Math.random,
    onWork,
  });
}

let claims = 0;

/** Claims of a job that asks a desk without HTTP. */
function jobAt(commandQueue: ReturnType<typeof createCommandQueue>) {
  const extension = createExtension(() => onec);
  const onec = createMockAdapter();
  return async (limit: number, waitSeconds = 0): Promise<RequestMessage[]> => {
    claims += 1;
    const id = `c${claims}`;
    const params = { worker: "buh", limit, waitSeconds, extension: "1.0.0" };
    const body = new TextEncoder().encode(JSON.stringify({ protocol: 1, operation: "claim", id, params }));
    const request = { webhookId: formatRequestId("claim", id, "0123456789abcdef"), body, signedAt: 0 };
    const answer = await commandQueue.fetch(request, new AbortController().signal);
    const { commands } = (
      JSON.parse(new TextDecoder().decode(answer.body)) as { result: { commands: RequestMessage[] } }
    ).result;
    for (const command of commands) {
      const done = new TextEncoder().encode(JSON.stringify(await extension.execute(command)));
      const result = { webhookId: formatRequestId(command.operation, command.id, "0123456789abcdef"), body: done };
      await commandQueue.takeResult(command.id, { ...result, contentType: "application/json" });
    }
    return commands;
  };
}

const phoneOf = ({ params }: RequestMessage) => String((params.contractor as { phone: string }).phone);
const innOf = ({ params }: RequestMessage) => String((params.contractor as { inn: string }).inn);

test(`${BACKLOG} waiting commands drain in the order of each counterparty, every command once`, {
  timeout: 600_000,
}, async () => {
  const store = await openStore();
  const relay = relayOver(store);
  const now = Date.now();
  for (let n = 0; n < BACKLOG; n += 1) {
    // Round after round: the first word about everybody, then the second.
    const of = n % (BACKLOG / EACH);
    const body = encodeUpdate(of + 2, `+7 495 ${n}`, now - BACKLOG + n);
    await relay.receive({ source: "platform", webhookId: `wh-${n}`, body });
  }
  // Every job that can begin is parked: 1C has been away.
  await relay.drain(BACKLOG);
  const take = jobAt(createCommandQueue({ relay, store, clock: Date.now }));
  const done = new Map<string, string[]>();
  let count = 0;
  for (;;) {
    const commands = await take(100);
    if (commands.length === 0) break;
    for (const command of commands) done.set(innOf(command), [...(done.get(innOf(command)) ?? []), phoneOf(command)]);
    count += commands.length;
    await relay.drain(BACKLOG);
  }
  expect(count).toBe(BACKLOG);
  expect(done.size).toBe(BACKLOG / EACH);
  for (const phones of done.values()) {
    const order = phones.map((phone) => Number(phone.split(" ")[2]));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(EACH);
  }
  await store.close();
});

test("a command reaches a waiting job at once, not at the next poll", async () => {
  const store = await openStore();
  let wake = () => {};
  const relay: Relay = relayOver(store, () => wake());
  // No timer ever ends a wait here: only the relay's own call does.
  const commandQueue = createCommandQueue({ relay, store, clock: Date.now, timer: () => () => undefined });
  const loop = startLoop({ relay, clock: Date.now, log: () => undefined });
  wake = () => {
    loop.wake(["accounting"]);
    commandQueue.wake();
  };
  const take = jobAt(commandQueue);
  for (let n = 0; n < 20; n += 1) {
    const waiting = take(10, 25);
    const body = encodeUpdate(n + 2, `+7 495 ${n}`, Date.now());
    await relay.receive({ source: "platform", webhookId: `wh-${n}`, body });
    expect(await waiting).toHaveLength(1);
  }
  commandQueue.close();
  await loop.stop(1000);
  await store.close();
});
