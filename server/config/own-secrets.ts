import * as v from "valibot";
import { createSecret } from "../../core/webhook.ts";

const webhookSecret = v.pipe(v.string(), v.startsWith("whsec_"));

/** Shape of {@link OwnSecrets} as they are kept in a file. */
export const OwnSecretsSchema = v.object({
  API_TOKEN: v.pipe(v.string(), v.minLength(16)),
  DOCUMENT_SECRET: webhookSecret,
  PLATFORM_INBOUND_SECRET: webhookSecret,
  PLATFORM_OUTBOUND_SECRET: webhookSecret,
});

/** Secrets that a relay over the mock makes for itself, by the names of the settings they stand for. */
export type OwnSecrets = v.InferOutput<typeof OwnSecretsSchema>;

/** New ones, from the platform's cryptographic generator. */
export function makeOwnSecrets(): OwnSecrets {
  return {
    API_TOKEN: `relay_${crypto.randomUUID().replaceAll("-", "")}`,
    DOCUMENT_SECRET: createSecret(),
    PLATFORM_INBOUND_SECRET: createSecret(),
    PLATFORM_OUTBOUND_SECRET: createSecret(),
  };
}
