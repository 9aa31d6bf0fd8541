import { Hono } from "hono";
import type { Relay } from "../core/relay/relay.ts";
import type { Store } from "../core/store.ts";
import type { WebhookKeys } from "../core/webhook.ts";
import type { DocumentLinks } from "./links.ts";
import type { Log } from "./log.ts";

/** Everything the HTTP side works with. No runtime, no database driver: the same on Node and on the edge. */
export interface AppOptions {
  readonly relay: Relay;
  readonly store: Store;
  /** Keys that verify what comes in; `onec: null` where 1C sends nothing. */
  readonly inbound: { readonly platform: WebhookKeys; readonly onec: WebhookKeys | null };
  /** `write` may do everything, `read` only GET; null: nobody may (the routes answer 401). */
  readonly tokens: { readonly write: string | null; readonly read: string | null };
  readonly links: DocumentLinks;
  /** Origins that may show the printed form in a frame; empty: none. */
  readonly frameAncestors: readonly string[];
  readonly maxBodyBytes: number;
  readonly version: string;
  readonly adapterName: string;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  /** The demo cabinet, mounted at `/demo`, where there is one. */
  readonly demo?: Hono;
}

/** The HTTP server of the relay, as a Hono application. */
export function createApp(_options: AppOptions): Hono {
  return new Hono();
}
