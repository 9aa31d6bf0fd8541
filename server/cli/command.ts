import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { findNearest } from "../config/warnings.ts";
import { USAGE } from "../messages/commands.ts";
import { joinTexts, type Text } from "../messages/text.ts";

export interface Command {
  readonly help: Text;
  /** Runs the command; returns the exit code. @throws {UsageError} */
  run(args: readonly string[]): Promise<number>;
}

/** A wrong command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly text: Text;
  constructor(text: Text, options?: ErrorOptions) {
    super(text.en, options);
    this.text = text;
  }
}

export const SETTINGS_OPTIONS = { "env-file": { type: "string" } } as const satisfies ParseArgsOptionsConfig;

/** Parses options and the arguments `names`. @throws {UsageError} for an unknown option or a wrong argument count */
export function parseCommand<const O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: O,
  names: readonly string[] = [],
) {
  const { values, positionals } = parseOptions(args, options);
  if (positionals.length < names.length) throw new UsageError(USAGE.missing(names[positionals.length] ?? ""));
  const extra = positionals[names.length];
  if (extra !== undefined) throw new UsageError(USAGE.extra(extra));
  return { values, positionals };
}

function parseOptions<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /Unknown option '(--?[^' ]+)'/.exec(error.message)?.[1];
    if (unknown === undefined)
      throw new UsageError(USAGE.wrongOptions(error.message.split(". ")[0] ?? ""), { cause: error });
    throw new UsageError(addHint(USAGE.noOption(unknown), unknown, Object.keys(options).map(formatOption)));
  }
}

/** Adds «, did you mean X?» for a near known word. */
export function addHint(text: Text, word: string, known: readonly string[]): Text {
  const [nearest, distance] = findNearest(word, known);
  return distance <= Math.max(2, word.length / 3) ? joinTexts([text, USAGE.didYouMean(nearest)], "") : text;
}

function formatOption(name: string): string {
  return `--${name}`;
}
