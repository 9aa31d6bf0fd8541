/*
 * A plug-in of Stryker. It leaves out one class of mutants: StringLiteral in a message for people.
 *
 * Such a text tells a person about a fault, or goes to a log. No program decides anything by it. A test that repeats it
 * word for word fails at every better wording. So a survivor of this class says nothing of the tests.
 *
 * A message is a text with two words and a space between them. Codes, statuses, steps, patterns, formats and single
 * words stay mutants. Stryker leaves out a whole node with all that is in it. So a template is left out only where
 * nothing in its `${}` can be mutated by another class.
 */

/** The part of a Babel path that is looked at. */
interface Path {
  readonly node: Node;
}

interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
  readonly expressions?: readonly Node[];
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
  readonly object?: Node;
  readonly computed?: boolean;
}

const WORDS = /[\p{L}\d] \p{L}/u;

/** The expression has no mutants: it is a name, a member of one, or a call of a function with such. */
function isPlain(node: Node): boolean {
  if (node.type === "Identifier") return true;
  if (node.type === "MemberExpression") return node.computed !== true && isPlain(node.object!);
  return node.type === "CallExpression" && node.callee?.type === "Identifier" && node.arguments!.every(isPlain);
}

function isMessage(node: Node): boolean {
  if (node.type === "StringLiteral") return WORDS.test(String(node.value));
  if (node.type !== "TemplateLiteral") return false;
  return node.quasis!.some(({ value }) => WORDS.test(value.raw)) && node.expressions!.every(isPlain);
}

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "messages",
    value: { shouldIgnore: (path: Path) => (isMessage(path.node) ? "A message for people" : undefined) },
  },
];
