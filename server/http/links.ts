import { decodeBase64, encodeBase64Url } from "../../core/base64.ts";
import { RelayError } from "../../core/errors.ts";
import type { DocumentLink } from "../../core/events.ts";
import type { FormKind } from "../../core/store.ts";

/** Signed addresses of printed forms. Everybody with a link may open the form until the link expires. */
export interface DocumentLinks {
  /** Makes a link to a form of an act, by default to the current printed form. */
  sign(actId: string, sha256: string, kind?: FormKind): Promise<DocumentLink>;
  /** Checks a link against the current form. A form printed anew makes older links `invalid`. */
  check(link: DocumentLinkParts): Promise<"ok" | "invalid" | "expired">;
}

/** Parameters of a link, and the hash of the current form. */
export interface DocumentLinkParts {
  readonly actId: string;
  readonly sha256: string;
  readonly expires: string;
  readonly signature: string;
}

/** Secrets, address and lifetime of links. */
export interface DocumentLinkOptions {
  /** The first secret signs, all secrets verify: several secrets allow rotation. */
  readonly secrets: readonly string[];
  /** Public address of the server; may have a path. */
  readonly publicUrl: string;
  readonly ttlDays: number;
  /** Epoch ms. */
  readonly clock: () => number;
}

const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const DAY_SECONDS = 86_400;
const EXPIRES = /^[1-9]\d{0,10}$/;
/** 32 bytes in base64url. */
const SIGNATURE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Links signed with HMAC-SHA256 over `actId.sha256.expires`, `expires` in Unix seconds.
 *
 * @throws {RelayError} `setting_invalid` when there is no secret, or one is empty
 */
export function createLinks({ secrets, publicUrl, ttlDays, clock }: DocumentLinkOptions): DocumentLinks {
  if (secrets.length === 0 || secrets.some((secret) => secret === "")) {
    throw new RelayError("setting_invalid", "Document links need at least one secret, and none may be empty");
  }
  const base = publicUrl.replace(/\/+$/, "");
  let imported: Promise<CryptoKey[]> | undefined;
  const loadKeys = () => {
    imported ??= Promise.all(secrets.map(importSecret));
    return imported;
  };
  return {
    async sign(actId, sha256, kind = "shown") {
      const expires = Math.floor(clock() / 1000) + ttlDays * DAY_SECONDS;
      const [key] = await loadKeys();
      const mac = await crypto.subtle.sign(HMAC.name, key!, encodeContent(actId, sha256, String(expires)));
      const signature = encodeBase64Url(new Uint8Array(mac));
      return {
        url: `${base}/documents/${actId}${kind === "accepted" ? "-accepted" : ""}.pdf?expires=${expires}&signature=${signature}`,
        expiresAt: expires * 1000,
      };
    },
    async check({ actId, sha256, expires, signature }) {
      const mac = SIGNATURE.test(signature) ? decodeBase64Url(signature) : null;
      if (mac === null || !EXPIRES.test(expires)) return "invalid";
      const signed = encodeContent(actId, sha256, expires);
      let matched = false;
      // Every key is tried, whatever the outcome: the time does not tell which key fits.
      for (const key of await loadKeys()) {
        const right = await crypto.subtle.verify(HMAC.name, key, mac, signed);
        matched = right || matched;
      }
      if (!matched) return "invalid";
      return clock() < Number(expires) * 1000 ? "ok" : "expired";
    },
  };
}

function importSecret(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC, false, ["sign", "verify"]);
}

function encodeContent(actId: string, sha256: string, expires: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${actId}.${sha256}.${expires}`);
}

function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  return decodeBase64(`${text.replaceAll("-", "+").replaceAll("_", "/")}=`);
}
