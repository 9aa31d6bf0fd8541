import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { findNearest } from "../config/warnings.ts";

export interface Command {
  readonly help: string;
  /** Runs the command; returns the exit code. @throws {UsageError} */
  run(args: readonly string[]): Promise<number>;
}

/** A wrong command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const SETTINGS_OPTIONS = { "env-file": { type: "string" } } as const satisfies ParseArgsOptionsConfig;

export const SETTINGS_HELP = `  --env-file PATH    read settings from this file; without it, from .env in the
                     working folder if there is one. The environment has the last word.
  -h, --help         show this help`;

/** Parses options and the arguments `names`. @throws {UsageError} for an unknown option or a wrong argument count */
export function parseCommand<const O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: O,
  names: readonly string[] = [],
) {
  const { values, positionals } = parseOptions(args, options);
  if (positionals.length < names.length) throw new UsageError(`${names[positionals.length]} is missing`);
  const extra = positionals[names.length];
  if (extra !== undefined) throw new UsageError(`There is no argument "${extra}" here`);
  return { values, positionals };
}

function parseOptions<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /Unknown option '(--?[^' ]+)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new UsageError(error.message.split(". ")[0], { cause: error });
    throw new UsageError(`There is no option ${unknown}${hint(unknown, Object.keys(options).map(formatOption))}`);
  }
}

/** Makes the text «, did you mean X?» for a near known word, else an empty text. */
export function hint(word: string, known: readonly string[]): string {
  const [nearest, distance] = findNearest(word, known);
  return distance <= Math.max(2, word.length / 3) ? `, did you mean ${nearest}?` : "";
}

function formatOption(name: string): string {
  return `--${name}`;
}
