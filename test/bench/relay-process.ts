import { createApp } from "../../server/app.ts";
import { createLog } from "../../server/log.ts";
import { listen } from "../../server/node/listener.ts";
import { childSettings, serveParent } from "./child.ts";
import { relayOn } from "./relay-on.ts";
import { connectStateless } from "./stateless-onec.ts";
import { usage } from "./usage.ts";

/** The relay's own server over a database. The loop runs on demand only. */
interface Settings {
  readonly file: string;
  readonly secret: string;
  readonly loop?: boolean;
  /** Over a 1C without memory, which several processes may share, with so many calls side by side; absent: the mock. */
  readonly stateless?: number;
}

const settings = childSettings<Settings>();
const clock = () => Date.now();
const log = createLog({ level: "info", write: (line) => process.stdout.write(`${line}\n`), clock });
/** When 1C was first called about a contractor, epoch ms with fractions, by INN. */
const began = new Map<string, number>();
let told = 0;
const { stateless: concurrency } = settings;
const stateless =
  concurrency === undefined
    ? {}
    : { concurrency, connected: connectStateless((inn) => began.set(inn, performance.timeOrigin + performance.now())) };
const { config, relay, store, links, startLoop } = await relayOn({ ...settings, ...stateless, log, fetch: delivered });
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
  await startLoop();
}
serveParent(async ({ type }: { type: "usage" | "stats" | "told" | "began" }) => {
  switch (type) {
    case "usage":
      return usage(http.port);
    case "stats":
      return (await store.getStats()).acts;
    case "told":
      return told;
    case "began":
      return [...began];
  }
});

/** Plays the platform. The only webhooks of these acts are `act.ready`. */
async function delivered(): Promise<Response> {
  told += 1;
  return new Response(null, { status: 204 });
}
