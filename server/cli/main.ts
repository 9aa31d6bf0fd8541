import { RelayError } from "../../core/errors.ts";
import { type Command, hint, UsageError } from "./command.ts";
import { reasonOf } from "./failure.ts";
import { readPackageVersion } from "./version.ts";

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loads only the requested command: most commands need neither the database nor the fonts. */
  readonly load: () => Promise<{ readonly command: Command }>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: "serve",
    summary: "run the relay (--demo: with a personal cabinet to try it in)",
    load: () => import("./serve.ts"),
  },
  { name: "migrate", summary: "bring the database up to this version", load: () => import("./migrate.ts") },
  {
    name: "doctor",
    summary: "check the connection to 1C, with what to do (--write: also try to write)",
    load: () => import("./doctor.ts"),
  },
  { name: "reconcile", summary: "compare acts and payment orders with 1C", load: () => import("./reconcile.ts") },
  {
    name: "backup",
    summary: "copy the SQLite database to a file, while it is in use",
    load: () => import("./backup.ts"),
  },
  { name: "secret", summary: "make a secret for webhooks or document links", load: () => import("./secret.ts") },
  { name: "send", summary: "sign one event and send it, as the platform does", load: () => import("./send.ts") },
];

const HELP = `Usage: onec-relay COMMAND [options]

A durable relay between a platform that pays its agents and the company's 1C.

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

Options:
  -h, --help     show this help, or that of a command
  -v, --version  show the version

Settings come from the environment; .env.example lists them.`;

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong command line. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--version" || name === "-v") {
    console.log(readPackageVersion());
    return 0;
  }
  const asksHelp = name === "--help" || name === "-h" || name === "help";
  if (asksHelp && rest.length === 0) {
    console.log(HELP);
    return 0;
  }
  const wanted = asksHelp ? [...rest.slice(0, 1), "--help"] : args;
  return runCommand(wanted[0] ?? "", wanted.slice(1));
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const entry = COMMANDS.find((known) => known.name === name);
  if (entry === undefined) {
    const what = name.startsWith("-") ? "option" : "command";
    const known = COMMANDS.map((one) => one.name);
    console.error(`There is no ${what} ${name}${hint(name, known)}\nSee onec-relay --help`);
    return 2;
  }
  const { command } = await entry.load();
  if (args.includes("--help") || args.includes("-h")) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    return reportFailure(error, name);
  }
}

function reportFailure(error: unknown, name: string): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nSee onec-relay ${name} --help`);
    return 2;
  }
  if (!(error instanceof RelayError)) throw error;
  const { code, cause, message } = error;
  console.error(code === "storage_unavailable" && cause instanceof Error ? `${message}: ${reasonOf(cause)}` : message);
  return 1;
}
