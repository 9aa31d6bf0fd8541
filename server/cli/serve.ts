import process from "node:process";
import type { Config } from "../config/index.ts";
import { createLog, type Log, toErrorFields } from "../log.ts";
import { RESULTS } from "../messages/commands.ts";
import { HELP } from "../messages/help.ts";
import { TextError } from "../messages/text.ts";
import { type RunningServer, type ServerOptions, startServer } from "../node/index.ts";
import { type Command, parseCommand, SETTINGS_OPTIONS } from "./command.ts";
import { loadSettings } from "./settings.ts";
import { readPackageVersion } from "./version.ts";

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** A second signal within this time is an echo: on Ctrl-C both the terminal and npm send the signal. */
const ECHO_MS = 500;
/** Interval of the check that npm, the parent of the relay, still runs. */
const NPM_LOOK_MS = 500;

export const command: Command = {
  help: HELP.serve,
  async run(args) {
    const { values } = parseCommand(args, { ...SETTINGS_OPTIONS, demo: { type: "boolean" } });
    const { config, secretsFile } = await loadSettings(values["env-file"], values.demo);
    const log = openLog(config);
    const demo = values.demo ? { demo: await loadDemo() } : {};
    const server = await startServer(config, { log, version: readPackageVersion(), ...demo });
    for (const warning of config.warnings) console.error(RESULTS.warning(warning)[config.language]);
    greet(server, config, secretsFile);
    await waitUntilStopped(server, log);
    return 0;
  },
};

function openLog({ logLevel }: Config): Log {
  // A closed stdout must not end the relay.
  process.stdout.on("error", () => {});
  return createLog({ level: logLevel, write: (line) => process.stdout.write(`${line}\n`), clock: () => Date.now() });
}

async function loadDemo(): Promise<NonNullable<ServerOptions["demo"]>> {
  const [{ createDemo }, { readDemoAssets }] = await Promise.all([
    import("../demo/index.ts"),
    import("../demo/assets-node.ts"),
  ]);
  const assets = await readDemoAssets().catch((cause: unknown) => {
    throw new TextError("setting_invalid", RESULTS.demoMissing, { cause });
  });
  return (surroundings) => createDemo({ ...surroundings, assets });
}

/** Greets the person at the terminal on stderr; stdout has only the JSON log. */
function greet(server: RunningServer, config: Config, secretsFile: string | null): void {
  const secrets = secretsFile === null ? "" : ` (ключи и секреты: ${secretsFile})`;
  console.error(config.demo ? `Личный кабинет: ${server.url}/demo/` : `Шлюз работает: ${server.url}${secrets}`);
}

function waitUntilStopped(server: RunningServer, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    let since: number | null = null;
    const stop = (signal: keyof typeof EXIT_CODES) => {
      if (since !== null) {
        if (performance.now() - since > ECHO_MS) process.exit(EXIT_CODES[signal]);
        return;
      }
      since = performance.now();
      clearInterval(npm);
      log("info", "stopping", { signal });
      server.close().then(resolve, reject);
    };
    const npm = onNpmGone(() => stop("SIGHUP"));
    process.on("SIGHUP", stop).on("SIGINT", stop).on("SIGTERM", stop);
    process.on("uncaughtException", (error) => {
      log("error", "crashed", toErrorFields(error));
      process.exit(1);
    });
  });
}

/**
 * Calls `tell` after the end of npm. npm passes SIGINT and SIGTERM on, but SIGHUP or SIGKILL ends npm alone, and the
 * relay would run on unseen. On Windows a process keeps the number of a dead parent, so the check finds nothing.
 */
function onNpmGone(tell: () => void): NodeJS.Timeout | undefined {
  // Only for the scripts of this package: other scripts may leave a relay in the background on purpose.
  if (process.env.npm_package_name !== "onec-relay") return undefined;
  const parent = process.ppid;
  const look = () => {
    if (process.ppid !== parent) tell();
  };
  return setInterval(look, NPM_LOOK_MS).unref();
}
