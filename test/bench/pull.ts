import { createMockAdapter } from "../../adapters/mock/index.ts";
import { importSecrets } from "../../core/webhook.ts";
import { createExtension } from "../onec-runtime/http/extension.ts";
import { createPoller } from "../onec-runtime/http/poller.ts";
import { startRelay } from "../onec-runtime/http/server.ts";
import { makeContractorData } from "../support/builders.ts";
import { type BenchRow, figure, median } from "./row.ts";

const ACTS = 100;
const WARM_UP = 5;
/** The longest permitted delay of a waiting agent by the way alone, ms. */
const LIMIT_MS = 1000;

/** Measures the way of a command from the platform's webhook to the waiting job of 1C. */
export async function benchPull(): Promise<BenchRow[]> {
  const relay = await startRelay({ ONEC_TRANSPORT: "pull" });
  const onec = createMockAdapter();
  let asked = 0;
  let begun: number | null = null;
  const ways: number[] = [];
  const poller = createPoller({
    extension: createExtension(() => onec),
    keys: await importSecrets(relay.inboundOfOnec),
    url: relay.url(),
    send: fetch,
    clock: Date.now,
    newId: () => crypto.randomUUID(),
    between: (moment) => {
      if (moment !== "before" || begun === null) return;
      ways.push(performance.now() - begun);
      begun = null;
    },
  });
  let going = true;
  const job = (async () => {
    while (going) await poller.turn({ waitSeconds: 1 });
  })();
  for (; asked < WARM_UP + ACTS; asked += 1) {
    const requestedAt = new Date().toISOString();
    begun = performance.now();
    const contractor = makeContractorData(2 + asked);
    const sent = await relay.send("act.requested", {
      payoutId: `p-${asked}`,
      requestedAt,
      amount: "15000.00",
      contractor,
    });
    await relay.until(sent.actId, "ready");
  }
  going = false;
  await job;
  await relay.close();
  const measured = [...ways.slice(WARM_UP)].sort((a, b) => a - b);
  const row = (name: string, ms: number): BenchRow => ({
    group: "pull",
    name,
    value: figure(ms),
    ratio: (LIMIT_MS / ms).toFixed(0),
    floor: figure(LIMIT_MS),
  });
  return [
    row("webhook sent → 1C begins the command, median ms", median(measured)),
    row("the same, the slowest of a hundred, ms", measured.at(-1) ?? Number.NaN),
  ];
}
