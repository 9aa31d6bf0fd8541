import { RelayError } from "../../core/errors.ts";
import { type Command, hint, UsageError } from "./command.ts";
import { migrate } from "./migrate.ts";
import { secret } from "./secret.ts";
import { send } from "./send.ts";
import { serve } from "./serve.ts";
import { packageVersion } from "./version.ts";

const COMMANDS: readonly Command[] = [serve, migrate, secret, send];

const HELP = `Usage: onec-relay COMMAND [options]

A durable relay between a platform that pays its agents and the company's 1C.

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

Options:
  -h, --help     show this help, or that of a command
  -v, --version  show the version

Settings come from the environment; .env.example lists them.`;

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 not understood. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--version" || name === "-v") {
    console.log(packageVersion());
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    console.log(COMMANDS.find((known) => known.name === rest[0])?.help ?? HELP);
    return 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) {
    const what = name.startsWith("-") ? "option" : "command";
    console.error(
      `There is no ${what} ${name}${hint(
        name,
        COMMANDS.map((known) => known.name),
      )}\nSee onec-relay --help`,
    );
    return 2;
  }
  return runCommand(command, rest);
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee onec-relay ${command.name} --help`);
      return 2;
    }
    if (!(error instanceof RelayError)) throw error;
    const cause =
      error.cause instanceof Error && error.code === "storage_unavailable" ? `: ${error.cause.message}` : "";
    console.error(`${error.message}${cause}`);
    return 1;
  }
}
