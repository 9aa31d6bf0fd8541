import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { type Config, ConfigError } from "../config/index.ts";
import { SETTINGS } from "../messages/settings.ts";

/** A listening HTTP server without an application. */
export interface Listener {
  readonly url: string;
  readonly port: number;
  serve(app: Hono): void;
  close(graceMs: number): Promise<void>;
}

/** Listens at the address of the settings; answers 503 until `serve`. @throws {ConfigError} when listening fails */
export async function listen({ host, port }: Pick<Config, "host" | "port">): Promise<Listener> {
  const streams = new Set<ServerResponse>();
  let app: Hono | null = null;
  const server = createAdaptorServer({
    async fetch(request, env) {
      if (app === null) return new Response(null, { status: 503, headers: { "retry-after": "1" } });
      const response = await app.fetch(request, env);
      if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
        const { outgoing } = env as HttpBindings;
        streams.add(outgoing);
        outgoing.once("close", () => streams.delete(outgoing));
      }
      return response;
    },
    serverOptions: {
      maxHeaderSize: 32 * 1024,
      headersTimeout: 15_000,
      requestTimeout: 60_000,
      connectionsCheckingInterval: 5_000,
      // Longer than a load balancer keeps a connection open: else the balancer may send into a closing connection.
      keepAliveTimeout: 65_000,
    },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.on("error", (cause: NodeJS.ErrnoException) => reject(toListenError(cause, host, port)));
    server.listen(port, host, resolve);
  });
  let closing = false;
  // Node closes idle connections once; a connection with a later last request would stay open.
  server.on("request", (_request, response: ServerResponse) => {
    response.once("close", () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
  });
  const address = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    serve: (made) => {
      app = made;
    },
    close: (graceMs) => {
      closing = true;
      return closeServer(server, streams, graceMs);
    },
  };
}

function closeServer(server: Server, streams: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    // An event stream never ends by itself.
    for (const stream of streams) stream.destroy();
  });
}

function toListenError(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (cause.code) {
    case "EADDRINUSE":
      return new ConfigError(SETTINGS.portTaken(port, host), { cause });
    case "EACCES":
      return new ConfigError(SETTINGS.portDenied(port), { cause });
    default:
      return new ConfigError(SETTINGS.hostUnknown(host, cause.code), { cause });
  }
}
