import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter } from "../../../adapters/mock/index.ts";
import { createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import { toBusinessDate } from "../../../core/date.ts";
import type { Store } from "../../../core/store.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { RELAY_URL, SECRETS } from "../../support/harness.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";
import { createExtension, type PlayedExtension } from "./extension.ts";
import { createPoller, type Poller, type PollerOptions } from "./poller.ts";

/** A relay whose 1C fetches its commands, and that 1C. */
export interface PullHarness {
  readonly relay: HttpHarness;
  readonly onec: MockAdapter;
  readonly extension: PlayedExtension;
  readonly poller: Poller;
  /** Another job of the same 1C, or another one. */
  poll(options?: Partial<PollerOptions>): Poller;
  /** Works and fetches until there is nothing more to do. */
  settle(): Promise<void>;
}

/** Makes a pull harness; nothing in it opens a port. */
export async function createPull({ store, onec }: { store?: Store; onec?: MockAdapter } = {}): Promise<PullHarness> {
  const adapter = createOnecHttpAdapter({ organizationInn: MOCK_ORGANIZATION.inn });
  const relay = await createHttpHarness({ relay: { adapter }, ...(store === undefined ? {} : { store }) });
  const played = onec ?? createMockAdapter({ today: () => toBusinessDate(relay.now(), "Europe/Moscow") });
  const extension = createExtension(() => played);
  const keys = await importSecrets(SECRETS.onecInbound);
  const poll = (options: Partial<PollerOptions> = {}) =>
    createPoller({
      extension,
      keys,
      send: async (request) => relay.app.request(request),
      url: RELAY_URL,
      clock: relay.now,
      newId: () => crypto.randomUUID(),
      ...options,
    });
  const poller = poll();
  return {
    relay,
    onec: played,
    extension,
    poller,
    poll,
    async settle() {
      do await relay.settle();
      while ((await poller.turn()) > 0);
    },
  };
}
