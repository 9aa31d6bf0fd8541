import { expect, test } from "vitest";
import { createCommandQueue } from "../../../adapters/onec-http/index.ts";
import { formatRequestId } from "../../../adapters/onec-http/protocol.ts";
import { createPull } from "../../onec-runtime/http/pull.ts";

const NONCE = "0123456789abcdef";
const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ["no message", '{"nothing":1}', "onec_rejected"],
  ["no JSON", "{", "onec_rejected"],
  ["of another version of the protocol", '{"protocol":2}', "onec_not_published"],
])("a result that is %s answers the command with a problem, and delays no other command", async (_, text, code) => {
  const pull = await createPull();
  const actId = await pull.relay.request();
  await pull.relay.settle();
  const [command] = await pull.poller.claim();
  const { id, operation } = command!;
  const commandQueue = createCommandQueue({ relay: pull.relay.relay, store: pull.relay.store, clock: pull.relay.now });
  const result = {
    webhookId: formatRequestId(operation, id, NONCE),
    body: bytes(text),
    contentType: "application/json",
  };
  const status = async () =>
    JSON.parse(new TextDecoder().decode((await commandQueue.takeResult(id, result)).body)).result.status;
  expect(await status()).toBe("taken");
  expect(await status()).toBe("known");
  await pull.relay.settle();
  const problem = (await pull.relay.store.getAct(actId))?.problem;
  expect(problem).toMatchObject({ code, message: expect.stringContaining("обновите расширение") });
  expect(await pull.poller.claim()).toEqual([]);
});
