import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { BROKEN_OFF, type PlayedService } from "./service.ts";

/** A played 1C that listens. */
export interface Published {
  /** Root of the infobase. */
  readonly url: string;
  close(): Promise<void>;
}

/** Publishes the played 1C on a port of this machine, under the infobase `/buh`. */
export async function publish(service: Pick<PlayedService, "handle">): Promise<Published> {
  const server = createAdaptorServer({
    async fetch(request, env) {
      const answer = await service.handle(request);
      if (answer !== BROKEN_OFF) return answer;
      breakOff((env as HttpBindings).outgoing as ServerResponse);
      return new Response(null);
    },
  }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/buh`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function breakOff(response: ServerResponse): void {
  response.socket?.destroy();
}
