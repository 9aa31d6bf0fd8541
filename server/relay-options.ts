import type { Digest } from "../core/ids.ts";
import { createPrinter, missingCharacters } from "../core/print/index.ts";
import type { RelayOptions, WebhookTarget } from "../core/relay/index.ts";
import type { ConnectedAdapter } from "./adapters.ts";
import type { Config } from "./config/index.ts";

const WEBHOOK_CONCURRENCY = 16;
const WEBHOOK_TIMEOUT_MS = 15_000;
const PAYMENT_CHECK_MS = 10 * 60_000;
/** The mock costs nothing to ask, and whoever plays with it waits for the answer. */
const MOCK_PAYMENT_CHECK_MS = 2_000;
const FUTURE_TOLERANCE_MS = 5 * 60_000;

/** The options of a relay that follow from the settings alone, on any runtime. */
export function createRelayOptions(
  config: Config,
  { adapter, mock, organizationInn }: ConnectedAdapter,
  platformUrl: string | null,
  digest: Digest,
): Pick<RelayOptions, "adapter" | "printer" | "targets" | "settings" | "rules" | "digest"> {
  const { template, platform } = config;
  const printer = createPrinter({ template, digest });
  const targets: Record<string, WebhookTarget> = {};
  if (platformUrl !== null) targets.platform = { url: platformUrl, keys: platform.outbound.keys };
  if (config.opsUrl !== null) targets.ops = { url: config.opsUrl, keys: platform.outbound.keys };
  return {
    adapter,
    printer,
    digest,
    targets,
    settings: {
      platformId: platform.id,
      organizationInn,
      sameDayAct: config.sameDayAct,
      paymentPurpose: config.paymentPurpose,
      accountingConcurrency: config.accounting.maxConcurrency,
      webhookConcurrency: WEBHOOK_CONCURRENCY,
      webhookTimeoutMs: WEBHOOK_TIMEOUT_MS,
      paymentCheckMs: mock === null ? PAYMENT_CHECK_MS : MOCK_PAYMENT_CHECK_MS,
    },
    rules: {
      timeZone: config.timeZone,
      allowedKinds: config.allowedKinds,
      listMissingCharacters: missingCharacters,
      futureToleranceMs: FUTURE_TOLERANCE_MS,
    },
  };
}
