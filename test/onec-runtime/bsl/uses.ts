import type { Argument, Block, Expression, Method, Module, Statement } from "./syntax.ts";

/** One use of a name that the module itself does not explain. */
export interface Use {
  readonly module: string;
  readonly method: string;
  readonly line: number;
  /**
   * `function`: a bare name called · `global`: a bare name that is no variable · `method`: called after a dot ·
   * `property`: read or written after a dot · `type`: after «Новый».
   */
  readonly kind: "function" | "global" | "method" | "property" | "type";
  readonly name: string;
  /** The bare name before the dot, where there is one and it is no variable: a module or a manager. */
  readonly of: string | null;
  /** Number of arguments of a call. */
  readonly args: number;
}

/** Every use of a name in a module. Variables are the parameters and whatever the method assigns. */
export function usesOf(module: Module): Use[] {
  return module.methods.flatMap((method) => usesOfMethod(module, method));
}

/** All string literals of a module: queries, keys of structures. */
export function stringsOf(module: Module): string[] {
  const found: string[] = [];
  for (const method of module.methods) {
    eachExpression(method.body, (expression) => {
      if (expression.kind === "literal" && typeof expression.value === "string") found.push(expression.value);
    });
  }
  return found;
}

/** Local variables of a method, in lower case: whatever the method assigns. Parameters are left out. */
export function variablesOf(method: Method): Set<string> {
  const variables = new Set<string>();
  eachStatement(method.body, (statement) => {
    if (statement.kind === "assign" && statement.to.kind === "name") variables.add(statement.to.name.toLowerCase());
    if (statement.kind === "for" || statement.kind === "each") variables.add(statement.variable.toLowerCase());
  });
  for (const { name } of method.parameters) variables.delete(name.toLowerCase());
  return variables;
}

function usesOfMethod(module: Module, method: Method): Use[] {
  const variables = new Set([...method.parameters.map(({ name }) => name.toLowerCase()), ...variablesOf(method)]);
  const found: Use[] = [];
  const add = (kind: Use["kind"], name: string, line: number, of: string | null = null, args = 0): void => {
    found.push({ module: module.name, method: method.name, line, kind, name, of, args });
  };
  const bare = (expression: Expression): string | null =>
    expression.kind === "name" && !variables.has(expression.name.toLowerCase()) ? expression.name : null;
  const called = new Set<Expression>();
  eachExpression(method.body, (expression) => {
    if (expression.kind === "call") {
      called.add(expression.of);
      const { of, args, line } = expression;
      if (of.kind === "name") add("function", of.name, line, null, args.length);
      if (of.kind === "member") add("method", of.name, line, bare(of.of), args.length);
    }
    if (expression.kind === "new") add("type", expression.type, expression.line);
    if (called.has(expression)) return;
    if (expression.kind === "member") add("property", expression.name, expression.line, bare(expression.of));
    if (expression.kind === "name" && bare(expression) !== null) add("global", expression.name, expression.line);
  });
  return found;
}

function eachStatement(block: Block, visit: (statement: Statement) => void): void {
  for (const statement of block) {
    visit(statement);
    for (const inner of blocksOf(statement)) eachStatement(inner, visit);
  }
}

function blocksOf(statement: Statement): readonly Block[] {
  switch (statement.kind) {
    case "if":
      return [
        ...statement.branches.map(({ body }) => body),
        ...(statement.otherwise === null ? [] : [statement.otherwise]),
      ];
    case "while":
    case "for":
    case "each":
      return [statement.body];
    case "try":
      return [statement.body, statement.except];
    default:
      return [];
  }
}

/** Visits every expression, an outer one before its parts. */
function eachExpression(block: Block, visit: (expression: Expression) => void): void {
  eachStatement(block, (statement) => {
    for (const expression of expressionsOf(statement)) walk(expression, visit);
  });
}

function expressionsOf(statement: Statement): Expression[] {
  switch (statement.kind) {
    case "assign":
      return [statement.to, statement.value];
    case "do":
      return [statement.call];
    case "if":
      return statement.branches.map(({ test }) => test);
    case "while":
      return [statement.test];
    case "for":
      return [statement.from, statement.to];
    case "each":
      return [statement.of];
    case "return":
    case "raise":
      return statement.value === null ? [] : [statement.value];
    default:
      return [];
  }
}

function walk(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) if (part !== null) walk(part, visit);
}

function partsOf(expression: Expression): readonly Argument[] {
  switch (expression.kind) {
    case "member":
    case "unary":
      return [expression.of];
    case "index":
      return [expression.of, expression.by];
    case "call":
      return [expression.of, ...expression.args];
    case "new":
      return expression.args;
    case "binary":
      return [expression.left, expression.right];
    case "choice":
      return [expression.test, expression.yes, expression.no];
    default:
      return [];
  }
}
