import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";

/** One instruction of a Dockerfile: `COPY --from=build /app/dist dist` has a flag and two arguments. */
export interface Instruction {
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  /** The raw text after the flags. */
  readonly text: string;
}

/** The lines between two FROMs. */
export interface Stage {
  readonly image: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of an ordinary Dockerfile: without heredocs, and with no escapes but at the end of a line. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { image: string; name: string | null; instructions: Instruction[] }[] = [];
  const lines = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n\s*/g, " ");
  for (const line of lines.split("\n").filter((each) => each.trim() !== "")) {
    const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === "") throw new Error(`This is no instruction: ${line}`);
    const flags = [...(/^(?:--[a-z-]+=\S+\s+)*/.exec(rest)?.[0] ?? "").matchAll(/--([a-z-]+)=(\S+)/g)];
    const after = rest.replace(/^(?:--[a-z-]+=\S+\s+)*/, "");
    if (name === "FROM") {
      const [image = "", , as = null] = rest.split(/\s+/);
      stages.push({ image, name: as, instructions: [] });
    } else {
      const named = Object.fromEntries(flags.map((match) => [match[1], match[2]]));
      stages.at(-1)?.instructions.push({ name, flags: named, text: after });
    }
  }
  return stages;
}

/** Texts of all instructions of a name, in their order. */
export function all(stage: Stage, name: string): string[] {
  return stage.instructions.filter((each) => each.name === name).map(({ text }) => text);
}

/** Reads a JSON list, as in `CMD ["node", "x.js"]`. */
export function listed(text: string | undefined): string[] {
  return JSON.parse(text?.slice(text.indexOf("[")) ?? "") as string[];
}

/** Reads the variables of ENV: `A=b C=d`. */
export function variables(stage: Stage): Record<string, string> {
  return Object.fromEntries(all(stage, "ENV").flatMap((text) => text.split(/\s+/).map((pair) => pair.split("=", 2))));
}

/** Whether the builder gets the file at a path from the root. The last matching rule decides. */
export function isSent(path: string, dockerignore: string): boolean {
  let isIgnored = false;
  for (const rule of dockerignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const pattern = rule.replace(/^!/, "");
    const expression = pattern
      .replace(/[.+^$(){}|[\]\\]/g, "\\$&")
      .replaceAll("**/", "(?:.*/)?")
      .replace(/(?<!\.)\*/g, "[^/]*");
    if (new RegExp(`^${expression}(?:/|$)`).test(path)) isIgnored = !rule.startsWith("!");
  }
  return !isIgnored;
}

/** Does one COPY: from the working tree or from another stage's root, to this stage's working folder. */
export function copyInto(
  workdir: string,
  { flags, text }: Instruction,
  context: string,
  roots: Map<string, string>,
): void {
  const words = text.split(/\s+/);
  const to = join(workdir, words.at(-1) ?? "");
  const from = flags.from === undefined ? undefined : roots.get(flags.from);
  if (flags.from !== undefined && from === undefined) throw new Error(`There is no stage ${flags.from}`);
  const dockerignore = readFileSync(join(context, ".dockerignore"), "utf8");
  for (const word of words.slice(0, -1)) {
    const source = join(from ?? context, word);
    if (!existsSync(source)) throw new Error(`COPY of ${word}, which is not there`);
    const sent = (path: string) => from !== undefined || isSent(relative(context, path), dockerignore);
    if (!sent(source)) throw new Error(`COPY of ${word}, which is not sent to the builder`);
    // A folder's contents are copied, a file goes into a folder that ends with a slash.
    const target = statSync(source).isDirectory() || !/\/$/.test(words.at(-1) ?? "") ? to : join(to, basename(source));
    mkdirSync(join(target, ".."), { recursive: true });
    cpSync(source, target, { recursive: true, filter: sent });
  }
}
