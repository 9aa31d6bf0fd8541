import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One example of the README. */
export interface Example {
  readonly name: "webhook" | "period" | "print" | "lifecycle" | "contract";
  readonly runner: "node" | "vitest";
  readonly code: string;
  /** The example's code with additions for the check. */
  readonly program: string;
  /** The expected output of the program. */
  readonly output: string;
  /** Checks the program's folder after the end. */
  readonly check: (folder: string) => void;
}

/** Fenced blocks of a language. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap((match) =>
    match[1] === language ? [match[2] ?? ""] : [],
  );
}

/** Every TypeScript example of the README, in its order. */
export function examples(readme: string): Example[] {
  return blocks(readme, "ts").map((code) => {
    const name = nameOf(code);
    return {
      name,
      runner: name === "contract" ? "vitest" : "node",
      code,
      program: name === "webhook" ? code + ASKED : code,
      output: name === "webhook" ? "202 msg_1 401" : promised(code),
      check: name === "print" ? requirePdf : () => {},
    };
  });
}

function nameOf(code: string): Example["name"] {
  if (code.includes("onec-relay/testing")) return "contract";
  if (code.includes("onec-relay/webhook")) return "webhook";
  if (code.includes("createRelay")) return "lifecycle";
  return code.includes("onec-relay/print") ? "print" : "period";
}

/** Reads the example's promise of the output. */
function promised(code: string): string {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]).join("\n");
}

/** Asks the handler of the webhook example: once rightly signed, once with other bytes. */
const ASKED = `
import { sign } from "onec-relay/webhook";

const said = new TextEncoder().encode("{}");
const headers = await sign({ id: "msg_1", timestamp: Math.floor(Date.now() / 1000), body: said, keys });
const ask = (body: BodyInit) =>
  handler(new Request("https://relay.example/hooks", { method: "POST", body, headers: { ...headers } }));
const [right, wrong] = [await ask(said), await ask("{ }")];
console.log(right.status, await right.text(), wrong.status);
`;

function requirePdf(folder: string): void {
  const pdf = readFileSync(join(folder, "act-12.pdf"), "latin1");
  if (!pdf.startsWith("%PDF-1.") || !pdf.trimEnd().endsWith("%%EOF")) throw new Error("act-12.pdf is no PDF");
}
