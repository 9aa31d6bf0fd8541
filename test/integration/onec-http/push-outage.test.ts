import { expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { createService, type ServiceFault } from "../../onec-runtime/http/service.ts";
import { createHarness } from "../../support/harness.ts";

const KEYS = await importSecrets(`whsec_${btoa("s".repeat(32))}`);
const LOGIN = { user: "Обмен", password: "пароль: ёж" };
const ACTS = 20;
const SECOND = 1000;

/** Answers that concern the infobase or its publication, and no single act. */
const FAULTS: readonly (readonly [string, ServiceFault])[] = [
  ["a wrong password", { status: 401 }],
  ["a missing role or a firewall", { status: 403 }],
  ["a missing publication", { status: 404 }],
  ["a login page with 200", "html"],
  ["an answer without a signature", "no_signature"],
  ["another secret", "bad_signature"],
  ["another protocol", "other_protocol"],
  ["an extension that does not compile", { status: 500 }],
];

test.each(FAULTS)("a minute of %s becomes no problem of an act, and nobody presses anything", async (_, fault) => {
  const onec = createMockAdapter();
  let now = () => 0;
  const service = createService({ open: () => onec, keys: KEYS, ...LOGIN, clock: () => now() });
  const world = await createHarness({
    onec,
    ops: true,
    adapter: (clock) => {
      now = clock;
      const push = { url: "https://1c.example/buh", ...LOGIN, keys: KEYS, clock, newId: () => crypto.randomUUID() };
      const organizationInn = MOCK_ORGANIZATION.inn;
      return createOnecHttpAdapter({ organizationInn, push: { ...push, fetch: service.fetch } });
    },
  });
  service.always(fault);
  for (let n = 2; n < ACTS + 2; n += 1) await world.request({ n });
  await world.pass(60 * SECOND);
  expect(world.relay.getBreakerState().state).not.toBe("closed");
  service.always(null);
  await world.pass(600 * SECOND);
  expect(world.types()).toEqual(Array.from({ length: ACTS }, () => "act.ready"));
  expect(world.relay.getBreakerState().state).toBe("closed");
});
