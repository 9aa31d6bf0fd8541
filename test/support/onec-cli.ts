import { createSecret } from "../../core/webhook.ts";
import type { OneC } from "../onec-runtime/odata/index.ts";
import { companyInn } from "./builders.ts";

/** Settings of a relay that works with the stand-in at this address. */
export function odataEnv({ user, password }: OneC, url: string): Record<string, string> {
  return {
    ACCOUNTING: "onec-odata",
    ONEC_URL: url,
    ONEC_USER: user,
    ONEC_PASSWORD: password,
    ONEC_ORGANIZATION_INN: companyInn(1),
    DATABASE_URL: "file:relay.db",
    API_TOKEN: "token-0123456789abcdef",
    DOCUMENT_SECRET: createSecret(),
    PLATFORM_INBOUND_SECRET: createSecret(),
    PLATFORM_OUTBOUND_SECRET: createSecret(),
    PLATFORM_URL: "https://platform.example/hooks",
  };
}
