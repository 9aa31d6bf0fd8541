import type { Context, Hono } from "hono";
import type { CommandQueue } from "../../core/relay/commands.ts";
import type { Relay } from "../../core/relay/relay.ts";
import type { Store } from "../../core/store.ts";
import type { WebhookKeys } from "../../core/webhook.ts";
import type { Log } from "../log.ts";
import type { DocumentLinks } from "./links.ts";
import type { Metrics } from "./metrics.ts";
import type { OpenApi } from "./openapi/schemas.ts";

/** Tokens of the API. `write` may do everything, `read` only look; a token that is null or empty fits nobody. */
export interface Tokens {
  readonly write: string | null;
  readonly read: string | null;
}

/** The parts behind the HTTP server. Without a runtime and a database driver: the same on Node and on the edge. */
export interface AppOptions {
  readonly relay: Relay;
  readonly store: Store;
  /** Keys for the signatures of events by their source. `onec` is null where 1C sends nothing. */
  readonly inbound: { readonly platform: WebhookKeys; readonly onec: WebhookKeys | null };
  /** The queue from which 1C fetches commands, in pull mode. Needs `inbound.onec`. */
  readonly commands?: CommandQueue;
  readonly tokens: Tokens;
  readonly links: DocumentLinks;
  /** Origins that may show the printed form in a frame; empty: none. */
  readonly frameAncestors: readonly string[];
  readonly maxBodyBytes: number;
  readonly version: string;
  readonly adapterName: string;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  /** The demo cabinet, mounted at `/demo`. */
  readonly demo?: Hono;
}

/** The options of the server and the parts that the server makes. Every operation gets the context. */
export interface HttpContext extends AppOptions {
  readonly metrics: Metrics;
  /** Throws {@link RequestError} `unauthorized`, or `forbidden` where a token may only read. */
  checkToken(c: Context, needed: "read" | "write"): Promise<void>;
  /** The OpenAPI document of the server. */
  getDocument(): OpenApi;
}
