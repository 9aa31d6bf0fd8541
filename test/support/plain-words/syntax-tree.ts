import type { FunctionKind, NamedFunction, TestTitle } from "./source.ts";

/** A node of a syntax tree, as far as names go. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number } } | null;
  readonly [field: string]: unknown;
}

const FUNCTION_VALUES = ["ArrowFunctionExpression", "FunctionExpression"];
const TEST_MODIFIERS = ["each", "for", "skip", "only", "skipIf", "runIf", "concurrent", "sequential", "fails", "todo"];

/** Lists the named functions of a file. */
export function findFunctions(program: SyntaxNode): NamedFunction[] {
  const found: NamedFunction[] = [];
  const add = (kind: FunctionKind, key: unknown, body: unknown, owner: string | null = null): void => {
    const name = nameOf(key);
    if (name !== null) found.push({ name, line: lineOf(key), kind, owner, returnsBoolean: isPredicate(body) });
  };
  walk(program, PROGRAM, (node, { owner, inner }) => {
    const kind = inner ? "inner" : "function";
    switch (node.type) {
      case "FunctionDeclaration":
      case "TSDeclareFunction":
        return add(kind, node.id, node);
      case "VariableDeclarator":
        return isFunctionValue(node.init) ? add(kind, node.id, node.init) : undefined;
      case "ClassMethod":
        return node.kind === "method" && node.override !== true ? add("method", node.key, node) : undefined;
      case "ObjectMethod":
        return node.kind === "method" ? add("method", node.key, node) : undefined;
      case "ClassProperty":
        return isFunctionValue(node.value) ? add("method", node.key, node.value) : undefined;
      case "TSMethodSignature":
        return add("member", node.key, node, owner);
      case "TSPropertySignature":
        return isFunctionType(node) ? add("member", node.key, typeOf(node), owner) : undefined;
    }
  });
  return found;
}

/** Lists what `test`, `it` and `describe` are called with as a title. */
export function findTitles(program: SyntaxNode): TestTitle[] {
  const found: TestTitle[] = [];
  walk(program, PROGRAM, (node) => {
    if (node.type !== "CallExpression") return;
    const caller = findTestFunction(node.callee);
    const [title] = node.arguments as readonly SyntaxNode[];
    const text = title === undefined ? null : readLiteral(title);
    if (caller === null || text === null || title === undefined) return;
    found.push({ text, line: lineOf(title), group: caller === "describe" });
  });
  return found;
}

/** `it`, `test` or `describe` at the root of a callee such as `it.skipIf(x).each(rows)`. */
function findTestFunction(callee: unknown): string | null {
  if (!isNode(callee)) return null;
  if (callee.type === "Identifier") {
    const name = String(callee.name);
    return ["it", "test", "describe"].includes(name) ? name : null;
  }
  if (callee.type === "CallExpression" || callee.type === "TaggedTemplateExpression") {
    const inner = callee.callee ?? callee.tag;
    return isNode(inner) && inner.type === "MemberExpression" ? findTestFunction(inner) : null;
  }
  if (callee.type !== "MemberExpression" || !TEST_MODIFIERS.includes(nameOf(callee.property) ?? "")) return null;
  return findTestFunction(callee.object);
}

/** The text of a string or a template; a placeholder stands for each value. */
function readLiteral(node: SyntaxNode): string | null {
  if (node.type === "StringLiteral") return String(node.value);
  if (node.type !== "TemplateLiteral") return null;
  const parts = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return parts.map((part) => part.value.cooked).join("`value`");
}

function isFunctionValue(value: unknown): boolean {
  return isNode(value) && FUNCTION_VALUES.includes(value.type);
}

function typeOf(node: unknown): unknown {
  return isNode(node) && isNode(node.typeAnnotation) ? node.typeAnnotation.typeAnnotation : undefined;
}

function isFunctionType(node: SyntaxNode): boolean {
  const type = typeOf(node);
  return isNode(type) && type.type === "TSFunctionType";
}

/** Does the written type of the result say boolean or a type predicate? */
function isPredicate(node: unknown): boolean {
  if (!isNode(node)) return false;
  const written = node.returnType ?? node.typeAnnotation;
  const type = isNode(written) ? written.typeAnnotation : undefined;
  return isNode(type) && (type.type === "TSBooleanKeyword" || type.type === "TSTypePredicate");
}

function nameOf(key: unknown): string | null {
  if (!isNode(key)) return null;
  if (key.type === "Identifier") return String(key.name);
  return key.type === "PrivateName" ? nameOf(key.id) : null;
}

function lineOf(node: unknown): number {
  return isNode(node) ? (node.loc?.start.line ?? 0) : 0;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** The surroundings of a node. `owner`: the interface or type around the node. `inner`: a function is around the node. */
interface Place {
  readonly owner: string | null;
  readonly inner: boolean;
}

const PROGRAM: Place = { owner: null, inner: false };

/** Visits every node from the root to the leaves. */
function walk(node: SyntaxNode, place: Place, visit: (node: SyntaxNode, place: Place) => void): void {
  const isType = /^TS(?:Interface|TypeAlias)Declaration$/.test(node.type);
  const here = isType ? { ...place, owner: nameOf(node.id) } : place;
  visit(node, here);
  const inside = /Function|Method$/.test(node.type) ? { ...here, inner: true } : here;
  for (const [field, value] of Object.entries(node)) {
    if (field === "loc" || field === "comments") continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, inside, visit);
  }
}
