import { createMockAdapter, MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createCommandQueue, createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import { createMemoryStore } from "../../../core/relay/index.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { type AdapterHarness, adapterContract } from "../../contract/adapter.ts";
import { createExtension } from "../../onec-runtime/http/extension.ts";
import { createParked } from "../../onec-runtime/http/parked.ts";
import { createPoller } from "../../onec-runtime/http/poller.ts";
import { publish } from "../../onec-runtime/http/publish.ts";
import { createService, type ServiceFault } from "../../onec-runtime/http/service.ts";
import { SECRETS } from "../../support/harness.ts";
import { createHttpHarness } from "../../support/http-harness.ts";
import { mockHands } from "../../support/mock-hands.ts";

type Fault = Parameters<NonNullable<AdapterHarness["fault"]>>[1];

const KEYS = await importSecrets(SECRETS.onecInbound);
const newId = () => crypto.randomUUID();
const organizationInn = MOCK_ORGANIZATION.inn;

/** How each failure of a call comes about over HTTP. */
function serviceFault({ outcome, when }: Fault): ServiceFault {
  if (outcome === "unavailable") return { status: 503 };
  return when === "before" ? "dropped_before" : "dropped_after";
}

adapterContract("onec-http, push over real HTTP", async ({ updateExisting }) => {
  const onec = createMockAdapter({ updateExisting });
  const login = { user: "Обмен", password: "пароль: ёж" };
  const service = createService({ open: () => onec, keys: KEYS, ...login, clock: Date.now });
  const { url, close } = await publish(service);
  const push = { url, ...login, keys: KEYS, clock: Date.now, newId };
  return {
    adapter: createOnecHttpAdapter({ organizationInn, updateExisting, push }),
    hands: mockHands(() => onec),
    fault: (_, fault) => service.next(serviceFault(fault)),
    teardown: close,
  };
});

adapterContract("onec-http, pull over real HTTP", async ({ updateExisting }) => {
  const onec = createMockAdapter({ updateExisting });
  const parked = createParked();
  const { app } = await createHttpHarness({
    start: Date.now(),
    app: {
      commands: createCommandQueue({ relay: parked.relay, store: createMemoryStore(), clock: Date.now }),
      clock: Date.now,
    },
  });
  const { url, close } = await publish({ handle: async (request) => app.fetch(request) });
  const faults: Fault[] = [];
  const extension = createExtension(() => onec);
  const poller = createPoller({
    extension: {
      async execute(command) {
        if (faults[0]?.outcome !== "unavailable") return extension.execute(command);
        faults.shift();
        const { protocol, operation, id } = command;
        return { protocol, operation, id, ok: false, error: { code: "onec_lock_conflict" } };
      },
    },
    keys: KEYS,
    send: fetch,
    url: new URL(url).origin,
    clock: Date.now,
    newId,
    between(moment) {
      if (faults[0]?.outcome !== "uncertain" || faults[0].when !== moment) return;
      faults.shift();
      throw new Error("the job was killed");
    },
  });
  const adapter = createOnecHttpAdapter({ organizationInn, updateExisting });
  return {
    adapter: parked.answered(adapter, () => poller.turn()),
    hands: mockHands(() => onec),
    fault: (_, fault) => void faults.push(fault),
    teardown: close,
  };
});
