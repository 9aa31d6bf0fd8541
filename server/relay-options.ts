import type { Digest } from "../core/ids.ts";
import { createPrinter, missingCharacters } from "../core/print/index.ts";
import type { RelayOptions, WebhookTarget } from "../core/relay/index.ts";
import type { ConnectedAdapter } from "./adapters.ts";
import type { Config } from "./config/index.ts";

/** Interval of payment checks with the mock, ms: a check costs nothing, and a person waits for the result. */
const MOCK_PAYMENT_CHECK_MS = 2_000;

/** Makes the relay's options that depend on the settings alone, on any runtime. */
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
      ...(mock === null ? {} : { paymentCheckMs: MOCK_PAYMENT_CHECK_MS }),
    },
    rules: {
      timeZone: config.timeZone,
      allowedKinds: config.allowedKinds,
      listMissingCharacters: missingCharacters,
      acceptWithoutHash: config.acceptWithoutHash,
    },
  };
}
