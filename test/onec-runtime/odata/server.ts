import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { NoAnswer } from "./faults.ts";
import type { OneCAnswer, OneCRequest } from "./handle.ts";

/** Answers a request, or throws {@link NoAnswer}. */
export type Handler = (request: OneCRequest) => Promise<OneCAnswer>;

/** A running server. */
export interface Listening {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves the stand-in on a free port of the loopback. Header values go out as raw UTF-8 bytes, as 1C sends them (P8). */
export async function listen(handler: Handler, now: () => number): Promise<Listening> {
  const server: Server = createServer((message, response) => void respond(handler, now, message, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  handler: Handler,
  now: () => number,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const answer = await handler({
      method: message.method ?? "GET",
      target: message.url ?? "/",
      headers: new Map(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(chunks).toString("utf8"),
      origin: `http://${message.headers.host}`,
    });
    response.setHeader("Date", new Date(now()).toUTCString());
    for (const [name, value] of answer.headers) response.setHeader(name, latin1(value));
    response.writeHead(answer.status);
    if (typeof answer.body === "string") response.end(answer.body);
    else await stream(answer.body, response);
  } catch (error) {
    // A timeout leaves the caller waiting; all else breaks the connection.
    if (!(error instanceof NoAnswer) || error.why !== "timeout") message.socket.destroy();
  }
}

async function stream(parts: Iterable<string>, response: ServerResponse): Promise<void> {
  for (const part of parts) {
    if (!response.write(part)) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end();
}

/** UTF-8 bytes as the Latin-1 text that header functions take. */
export function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
