import { createApp } from "../../server/app.ts";
import { createLog } from "../../server/log.ts";
import { listen } from "../../server/node-http.ts";
import { childSettings, serveParent } from "./child.ts";
import { relayOn } from "./relay-on.ts";
import { usage } from "./usage.ts";

/** The relay's own server over a file; its loop runs only where it is asked for. */
const settings = childSettings<{ file: string; secret: string; loop?: boolean }>();
const clock = () => Date.now();
const log = createLog({ level: "info", write: (line) => process.stdout.write(`${line}\n`), clock });
const { config, relay, store, links, startLoop } = await relayOn({ ...settings, log });
const http = await listen({ host: "127.0.0.1", port: 0 });
http.serve(
  createApp({
    relay,
    store,
    inbound: { platform: config.platform.inbound.keys, onec: null },
    tokens: config.tokens,
    links,
    frameAncestors: [],
    maxBodyBytes: config.maxBodyBytes,
    version: "bench",
    adapterName: "mock",
    clock,
    log,
  }),
);
if (settings.loop === true) {
  await relay.prepare();
  startLoop();
}
serveParent(async (question: { type: "usage" | "stats" }) =>
  question.type === "usage" ? usage(http.port) : (await store.stats()).acts,
);
