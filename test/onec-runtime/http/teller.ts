import type { MockAdapter } from "../../../adapters/mock/index.ts";
import { sign, type WebhookKeys } from "../../../core/webhook.ts";

/** The job of events of the played extension: sees what people did in 1C and tells the relay. */
export interface Teller {
  /** One look: queues what is new and sends what is queued. Returns how many events the relay has not taken yet. */
  look(): Promise<number>;
}

/** How often the extension's job looks, in milliseconds. */
export const LOOK_EVERY = 2000;

export interface TellerOptions {
  readonly onec: MockAdapter;
  readonly keys: WebhookKeys;
  /** Reaches the relay: `fetch` itself, or an app's `request`. */
  readonly send: (request: Request) => Promise<Response>;
  readonly url: string;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Watches from now on: what the books show already is no news. */
export function createTeller({ onec, keys, send, url, clock }: TellerOptions): Teller {
  const queue: { readonly id: string; readonly body: Uint8Array<ArrayBuffer> }[] = [];
  let known = stateOf(onec);

  function queueNews(): void {
    const now = stateOf(onec);
    for (const [ref, { type, data }] of now) {
      if (known.get(ref)?.type === type) continue;
      const event = { type, timestamp: new Date(clock()).toISOString(), data };
      queue.push({ id: crypto.randomUUID(), body: new TextEncoder().encode(JSON.stringify(event)) });
    }
    known = now;
  }

  return {
    async look() {
      queueNews();
      while (queue.length > 0) {
        const { id, body } = queue[0]!;
        const headers = await sign({ id, timestamp: Math.floor(clock() / 1000), body, keys });
        const init = { method: "POST", body, headers: { ...headers, "content-type": "application/json" } };
        const response = await send(new Request(`${url}/webhooks/onec`, init)).catch(() => null);
        if (response?.ok !== true) break;
        queue.shift();
      }
      return queue.length;
    },
  };
}

interface News {
  readonly type: string;
  readonly data: object;
}

/** What there is to tell of each document, by its reference. */
function stateOf(onec: MockAdapter): ReadonlyMap<string, News> {
  const { acts, paymentOrders } = onec.mock.takeSnapshot();
  const news = new Map<string, News>();
  for (const { ref, deletionMark } of acts) {
    const data = { actRef: ref, reason: "Документ помечен на удаление в 1С" };
    if (deletionMark) news.set(ref, { type: "act.voided", data });
  }
  for (const { ref, state } of paymentOrders) {
    if (state.state !== "executed") continue;
    news.set(ref, { type: "payment.executed", data: { paymentOrderRef: ref, executedAt: state.executedOn } });
  }
  return news;
}
