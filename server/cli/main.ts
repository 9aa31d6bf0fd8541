import process from "node:process";
import { RelayError } from "../../core/errors.ts";
import { RESULTS, USAGE } from "../messages/commands.ts";
import { COMMAND_NAMES, type CommandName, OVERVIEW, SUMMARIES } from "../messages/help.ts";
import { joinTexts, readLanguage, type Text, TextError } from "../messages/text.ts";
import { addHint, type Command, UsageError } from "./command.ts";
import { reasonOf } from "./failure.ts";
import { readPackageVersion } from "./version.ts";

/** Loads only the requested command: most commands need neither the database nor the fonts. */
const LOADERS: Readonly<Record<CommandName, () => Promise<{ readonly command: Command }>>> = {
  serve: () => import("./serve.ts"),
  migrate: () => import("./migrate.ts"),
  doctor: () => import("./doctor.ts"),
  reconcile: () => import("./reconcile.ts"),
  backup: () => import("./backup.ts"),
  secret: () => import("./secret.ts"),
  send: () => import("./send.ts"),
};

function formatOverview(): Text {
  const rows = COMMAND_NAMES.map((name) => {
    const { en, ru } = SUMMARIES[name];
    const head = `  ${name.padEnd(10)} `;
    return { en: head + en, ru: head + ru };
  });
  return OVERVIEW(joinTexts(rows, "\n"));
}

/** The text in the language of the environment, which a command's file of settings may have completed. */
function say(text: Text): string {
  return text[readLanguage(process.env)];
}

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong command line. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--version" || name === "-v") {
    console.log(readPackageVersion());
    return 0;
  }
  const asksHelp = name === "--help" || name === "-h" || name === "help";
  if (asksHelp && rest.length === 0) {
    console.log(say(formatOverview()));
    return 0;
  }
  const wanted = asksHelp ? [...rest.slice(0, 1), "--help"] : args;
  return runCommand(wanted[0] ?? "", wanted.slice(1));
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const known = COMMAND_NAMES.find((one) => one === name);
  if (known === undefined) {
    const fault = name.startsWith("-") ? USAGE.noOption(name) : USAGE.noCommand(name);
    console.error(`${say(addHint(fault, name, COMMAND_NAMES))}\n${say(USAGE.seeHelp(""))}`);
    return 2;
  }
  const { command } = await LOADERS[known]();
  if (args.includes("--help") || args.includes("-h")) {
    console.log(say(command.help));
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    return reportFailure(error, known);
  }
}

function reportFailure(error: unknown, name: CommandName): number {
  if (error instanceof UsageError) {
    console.error(`${say(error.text)}\n${say(USAGE.seeHelp(`${name} `))}`);
    return 2;
  }
  if (!(error instanceof RelayError)) throw error;
  const { code, cause, message } = error;
  if (error instanceof TextError) console.error(say(error.text));
  else if (code === "storage_unavailable" && cause instanceof Error) {
    console.error(say(RESULTS.storage(message, reasonOf(cause))));
  } else console.error(message);
  return 1;
}
