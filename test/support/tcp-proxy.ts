import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and can fail both. */
export interface TcpProxy {
  readonly port: number;
  /** From now on what the server says is lost; the connection stays. */
  mute(): void;
  /** Loses all further answers on the open connections. New connections are good. */
  strand(): void;
  /** Breaks all connections off. */
  cut(): void;
  /** Lets everything through again, on new connections. */
  heal(): void;
  close(): Promise<void>;
}

/** Forwards connections to a port of this machine. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let muted = false;
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("data", (chunk) => {
        if (socket === client || !(muted || stranded.has(socket))) other.write(chunk);
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    mute() {
      muted = true;
    },
    strand() {
      for (const socket of sockets) stranded.add(socket);
    },
    cut,
    heal() {
      cut();
      muted = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
