import { webDigest } from "../ids.ts";
import { DEFAULT_PURPOSE } from "../payment-order.ts";
import { createBreaker } from "./breaker.ts";
import type { RelayContext, RelayOptions } from "./context.ts";

const MINUTE = 60_000;

/** The options with every default filled in. Throws `TypeError` when targets lack what sending to them needs. */
export function completed(options: RelayOptions): RelayContext {
  const { clock, random, targets = {}, fetch: send } = options;
  const settings = {
    sameDayAct: "reject",
    paymentPurpose: DEFAULT_PURPOSE,
    accountingConcurrency: 2,
    webhookConcurrency: 16,
    webhookTimeoutMs: 15_000,
    paymentCheckMs: 10 * MINUTE,
    largestForm: Number.POSITIVE_INFINITY,
    ...options.settings,
  } as const;
  const rules = {
    timeZone: "Europe/Moscow",
    allowedKinds: ["company", "entrepreneur"],
    missingCharacters: () => [],
    futureToleranceMs: 5 * MINUTE,
    ...options.rules,
  } as const;
  if (Object.keys(targets).length > 0 && send === undefined) {
    throw new TypeError("A relay with targets needs fetch");
  }
  if ("platform" in targets && options.documentLink === undefined) {
    throw new TypeError("A relay that tells a platform of acts needs documentLink");
  }
  return {
    // Nobody is told: there is no platform to tell.
    documentLink: async () => ({ url: "about:blank", expiresAt: clock() }),
    newId: growingIds(clock, random),
    digest: webDigest,
    log: () => undefined,
    onWork: () => undefined,
    breaker: createBreaker({ capacity: settings.accountingConcurrency }),
    ...options,
    // Called bare: a platform's own fetch refuses to be a method of something else.
    fetch: (request) => send!(request),
    targets,
    settings,
    rules,
  };
}

/** Version 7 UUIDs (RFC 9562): as text each is greater than the one before, also where the clock is set back. */
function growingIds(clock: () => number, random: () => number): () => string {
  let ms = 0;
  let count = 0;
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  const bits = (size: number) => Math.floor(random() * 2 ** size);
  return () => {
    const now = clock();
    if (now > ms) {
      ms = now;
      // The upper half is left for the ids of the same millisecond.
      count = bits(11);
    } else if (count < 0xfff) {
      count += 1;
    } else {
      ms += 1;
      count = 0;
    }
    const time = hex(ms, 12);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(count, 3)}-${hex(0x8000 + bits(14), 4)}-${hex(bits(48), 12)}`;
  };
}
