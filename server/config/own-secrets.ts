import * as v from "valibot";
import { createSecret } from "../../core/webhook.ts";

const webhookSecret = v.pipe(v.string(), v.startsWith("whsec_"));

export const OwnSecretsSchema = v.object({
  API_TOKEN: v.pipe(v.string(), v.minLength(16)),
  DOCUMENT_SECRET: webhookSecret,
  PLATFORM_INBOUND_SECRET: webhookSecret,
  PLATFORM_OUTBOUND_SECRET: webhookSecret,
});

/** Secrets that a relay over the mock makes for itself, by the names of the replaced settings. */
export type OwnSecrets = v.InferOutput<typeof OwnSecretsSchema>;

/** Names of the secrets that a relay can make for itself. All processes over one database must share these secrets. */
export const OWN_SECRET_NAMES = Object.keys(OwnSecretsSchema.entries) as readonly (keyof OwnSecrets)[];

/** Makes new secrets from the runtime's cryptographic generator. */
export function makeOwnSecrets(): OwnSecrets {
  return {
    API_TOKEN: `relay_${crypto.randomUUID().replaceAll("-", "")}`,
    DOCUMENT_SECRET: createSecret(),
    PLATFORM_INBOUND_SECRET: createSecret(),
    PLATFORM_OUTBOUND_SECRET: createSecret(),
  };
}
