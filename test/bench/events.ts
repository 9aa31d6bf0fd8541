import { sign, type WebhookKeys } from "../../core/webhook.ts";
import { aContractor } from "../support/builders.ts";

/** How many different agents there are: real ones ask for many acts each. */
const AGENTS = 100_000;

/**
 * The order of a platform's ids for payouts and events. `growing`: in time, like row numbers, ULIDs and KSUIDs.
 * `unordered`: like random UUIDs, with a random place in an index.
 */
export type Ids = "growing" | "unordered";

/** Makes a platform's request with most of a company's requisites. */
export function actRequest(n: number, now: number, ids: Ids = "unordered") {
  const { registeredOn, ...contractor } = aContractor(2 + (n % AGENTS));
  return {
    payoutId: payoutId(n, ids),
    requestedAt: new Date(now).toISOString(),
    amount: `${15_000 + (n % 1000)}.00`,
    contractor: { ...contractor, registeredAt: registeredOn },
  };
}

/** The body of a request for an act, about a kilobyte. */
export function requestBody(n: number, now: number, ids: Ids = "unordered"): Uint8Array<ArrayBuffer> {
  const event = { type: "act.requested", timestamp: new Date(now).toISOString(), data: actRequest(n, now, ids) };
  return new TextEncoder().encode(JSON.stringify(event));
}

function payoutId(n: number, ids: Ids): string {
  if (ids === "growing") return `payout-${String(n).padStart(12, "0")}`;
  return `payout-${(Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")}-${n}`;
}

/** Whole HTTP requests, signed in advance, so that the client costs next to nothing while it is measured. */
export async function signedRequests(from: number, count: number, ids: Ids, keys: WebhookKeys): Promise<Buffer[]> {
  const requests: Buffer[] = [];
  const now = Date.now();
  for (let n = from; n < from + count; n += 1) {
    const body = requestBody(n, now, ids);
    const id = `evt_${payoutId(n, ids)}`;
    const headers = { ...(await sign({ id, timestamp: Math.floor(now / 1000), body, keys })) };
    const lines = Object.entries({
      host: "127.0.0.1",
      "content-type": "application/json",
      "content-length": body.length,
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST /webhooks/platform HTTP/1.1\r\n${lines.join("")}\r\n`;
    requests.push(Buffer.concat([Buffer.from(head), body]));
  }
  return requests;
}
