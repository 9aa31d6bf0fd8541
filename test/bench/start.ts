import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSecret, importSecrets, sign } from "../../core/webhook.ts";
import { freePort } from "../support/process.ts";
import type { Child } from "./child.ts";
import { requestBody } from "./events.ts";
import type { LoadResult } from "./load-process.ts";
import { type BenchRow, figure, median } from "./row.ts";
import { startLoad } from "./webhooks.ts";

const CLI = fileURLToPath(new URL("../../server/cli.ts", import.meta.url));
const FLOOR = fileURLToPath(new URL("floor-process.ts", import.meta.url));
const STARTS = 5;
const LOAD_MS = 5_000;
const LOAD_EVENTS = 20_000;

interface Started {
  readonly ms: number;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Measures from the start of the process to the first accepted event, and the memory of the process. */
export async function benchStart(folder: string): Promise<BenchRow[]> {
  const secret = createSecret();
  const starts: number[] = [];
  const floors: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    const floor = await started(floorArguments(join(folder, `start-floor-${n}.db`), secret), secret);
    floors.push(floor.ms);
    await floor.stop();
    const relay = await started(relayArguments(join(folder, `start-${n}`, "relay.db"), secret), secret);
    starts.push(relay.ms);
    await relay.stop();
  }
  const load = await startLoad(secret);
  const floor = await memory(load.child, floorArguments(join(folder, "memory-floor.db"), secret), secret, 0);
  const relay = await memory(
    load.child,
    relayArguments(join(folder, "memory", "relay.db"), secret),
    secret,
    LOAD_EVENTS,
  );
  await load.child.end();
  const ratio = (own: number, other: number) => (other / own).toFixed(2);
  return [
    {
      group: "start",
      name: "process started → first event accepted, ms",
      value: figure(median(starts)),
      ratio: median(starts.map((ms, n) => floors[n]! / ms)).toFixed(2),
      floor: figure(median(floors)),
      note: "TypeScript run as it is; a new database",
    },
    row("memory at rest, MB", relay.rest, floor.rest, ratio),
    row("memory under load, the most, MB", relay.most, floor.most, ratio),
  ];
}

function row(name: string, own: number, floor: number, ratio: (own: number, other: number) => string): BenchRow {
  return { group: "start", name, value: figure(own), ratio: ratio(own, floor), floor: figure(floor) };
}

type Arguments = (port: number) => { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };

function relayArguments(file: string, secret: string): Arguments {
  return (port) => ({
    args: [CLI, "serve"],
    env: { PORT: String(port), DATABASE_URL: `file:${file}`, PLATFORM_INBOUND_SECRET: secret },
  });
}

function floorArguments(file: string, secret: string): Arguments {
  return (port) => ({ args: [FLOOR, JSON.stringify({ file, secret, port })], env: {} });
}

/** Starts a server and sends an event until the server accepts the event. */
async function started(command: Arguments, secret: string): Promise<Started> {
  const port = await freePort();
  const { args, env } = command(port);
  const keys = await importSecrets(secret);
  const body = requestBody(1, Date.now());
  const headers = { ...(await sign({ id: "first", timestamp: Math.floor(Date.now() / 1000), body, keys })) };
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/webhooks/platform`, { method: "POST", headers, body }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 202) break;
    if (child.exitCode !== null) throw new Error("The server ended before it accepted an event");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    ms: performance.now() - began,
    pid: child.pid ?? 0,
    port,
    async stop() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Memory after a moment of rest, and the most of it while events pour in. */
async function memory(load: Child, command: Arguments, secret: string, from: number) {
  const server = await started(command, secret);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const rest = residentMb(server.pid);
  await load.ask({ type: "prepare", from: 1_000 + from, count: LOAD_EVENTS });
  let most = rest;
  const watch = setInterval(() => {
    most = Math.max(most, residentMb(server.pid));
  }, 100);
  await load.ask<LoadResult>({ type: "run", ports: [server.port], connections: 32, forMs: LOAD_MS });
  clearInterval(watch);
  await server.stop();
  return { rest, most };
}

/** Resident memory of a process, as Linux tells it. */
function residentMb(pid: number): number {
  const [, kb = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kb) * 1024) / 1e6;
}
