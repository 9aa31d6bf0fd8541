import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { type PlayedPlatform, playPlatform, type Told } from "../../support/platform.ts";
import { type Running, startProcess } from "../../support/process.ts";

export type { Told } from "../../support/platform.ts";

/** A real process of the relay over 1C's extension, with a platform that takes what it is told. */
export interface RealRelay extends Pick<PlayedPlatform, "send" | "act" | "until"> {
  readonly told: readonly Told[];
  readonly inboundOfOnec: string;
  /** What it was started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Address of the relay now. */
  url(): string;
  /** Kills the process at once and starts it anew, over the same database and on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the relay as a process; `settings` say how it reaches 1C. */
export async function startRelay(settings: Record<string, string>): Promise<RealRelay> {
  const folder = mkdtempSync(join(tmpdir(), "onec-relay-http-"));
  let running: Running | undefined;
  const url = () => running?.url ?? "";
  const platform = await playPlatform(url);
  const env: Record<string, string> = {
    ACCOUNTING: "onec-http",
    ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
    DATABASE_URL: `file:${join(folder, "relay.db")}`,
    ...platform.settings,
    ...settings,
  };
  running = await startProcess(env);
  const { port } = new URL(running.url);
  const { told, send, act, until } = platform;
  return {
    told,
    inboundOfOnec: platform.settings.ONEC_INBOUND_SECRET ?? "",
    env: { ...env, PORT: port },
    url,
    async restart() {
      await running?.kill();
      running = await startProcess({ ...env, PORT: port });
    },
    send,
    act,
    until,
    async close() {
      await running?.kill("SIGTERM");
      await platform.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
