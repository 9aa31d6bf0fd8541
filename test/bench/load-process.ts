import { connect, type Socket } from "node:net";
import { importSecrets } from "../../core/webhook.ts";
import { childSettings, serveParent } from "./child.ts";
import { type Ids, signedRequests } from "./events.ts";

/** How one run went: how many were answered, in what time, and how often with which status. */
export interface LoadResult {
  readonly ms: number;
  readonly count: number;
  readonly statuses: Readonly<Record<string, number>>;
}

type Question =
  | { readonly type: "prepare"; readonly from: number; readonly count: number }
  /** Sends until all is sent or the time is over. */
  | { readonly type: "run"; readonly ports: readonly number[]; readonly connections: number; readonly forMs: number };

const { secret, ids } = childSettings<{ secret: string; ids: Ids }>();
const keys = await importSecrets(secret);
let waiting: Buffer[] = [];

serveParent(async (question: Question) => {
  if (question.type === "run") return run(question.ports, question.connections, question.forMs);
  waiting = await signedRequests(question.from, question.count, ids, keys);
  return waiting.reduce((sum, request) => sum + request.length, 0) / waiting.length;
});

async function run(ports: readonly number[], connections: number, forMs: number): Promise<LoadResult> {
  const requests = waiting;
  const statuses: Record<string, number> = {};
  let next = 0;
  const sockets = await Promise.all(
    Array.from({ length: connections }, (_, n) => open(ports[n % ports.length] as number)),
  );
  const began = performance.now();
  const work = sockets.map(async (socket) => {
    while (next < requests.length && performance.now() < began + forMs) {
      const request = requests[next]!;
      next += 1;
      const status = await exchange(socket, request);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  });
  await Promise.all(work);
  const ms = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  waiting = [];
  return { ms, count: Object.values(statuses).reduce((sum, n) => sum + n, 0), statuses };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends one request over an open connection and reads the answer. A full client would take time from the server. */
function exchange(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      if (length === undefined) return done(() => reject(new Error(`An answer without a length: ${text}`)));
      if (text.length >= end + 4 + Number(length)) done(() => resolve(text.slice(9, 12)));
    };
    const closed = () => done(() => reject(new Error("The server closed a connection")));
    const done = (finish: () => void) => {
      socket.off("data", read).off("close", closed);
      finish();
    };
    socket.on("data", read).on("close", closed);
    socket.write(request);
  });
}
