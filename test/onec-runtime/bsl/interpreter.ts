import { READ_ONLY_NAMES } from "./global-names.ts";
import { BslError } from "./lexer.ts";
import { operate } from "./operators.ts";
import type { Argument, Block, Expression, Method, Module, Statement } from "./syntax.ts";
import { BslDate, BslException, type BslObject, isObject, same, typeName, type Value } from "./values.ts";

/** What surrounds the modules: functions and types of the platform and whatever a test puts in. */
export interface Surroundings {
  /** Global functions, names in lower case. */
  readonly functions: Readonly<Record<string, (args: readonly Value[], call: CallFrame) => Value>>;
  /** Types for «Новый», names in lower case. */
  readonly types: Readonly<Record<string, (args: readonly Value[]) => Value>>;
  /** Global names: system enumerations, managers, modules of БСП; in lower case. */
  readonly globals: Readonly<Record<string, Value>>;
}

/** What a function of the platform may ask about the place it is called from. */
export interface CallFrame {
  /** The exception that is being handled, for ИнформацияОбОшибке(). */
  readonly caught: BslException | undefined;
}

/** Modules that can be called from outside. */
export interface Running {
  /** Calls an exported method: `call("relay_Подпись", "ПодписьВерна", […])`. */
  call(module: string, method: string, args: readonly Value[]): Value;
}

class Return {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}
type Flow = undefined | "break" | "continue" | Return;

/** A variable. A parameter without «Знач» is the caller's own variable. */
interface Variable {
  value: Value;
}

interface Frame extends CallFrame {
  readonly module: Module;
  readonly method: Method;
  readonly variables: Map<string, Variable>;
  caught: BslException | undefined;
}

const MAX_DEPTH = 200;

/**
 * Runs common modules. Whatever is not known (a name, a member, an operator over these types) throws BslError, which
 * «Попытка» does not catch: the interpreter never guesses.
 */
export function run(modules: readonly Module[], around: Surroundings): Running {
  const byName = new Map(modules.map((module) => [module.name.toLowerCase(), module]));
  let depth = 0;

  function callMethod(module: Module, method: Method, args: readonly Variable[]): Value {
    if (args.length > method.parameters.length) {
      throw new BslError(`${module.name}.${method.name} takes ${method.parameters.length} arguments`);
    }
    const frame: Frame = { module, method, variables: new Map(), caught: undefined };
    for (const [at, { name, fallback, byValue }] of method.parameters.entries()) {
      const given = args[at];
      if (given === undefined && fallback === null) throw new BslError(`${module.name}.${method.name} needs ${name}`);
      const passed = given ?? { value: evaluate(fallback as Expression, frame) };
      frame.variables.set(name.toLowerCase(), byValue ? { ...passed } : passed);
    }
    depth += 1;
    if (depth > MAX_DEPTH) throw new BslError("The call stack is too deep");
    try {
      const flow = runBlock(method.body, frame);
      return flow instanceof Return ? flow.value : undefined;
    } finally {
      depth -= 1;
    }
  }

  function runBlock(block: Block, frame: Frame): Flow {
    for (const statement of block) {
      const flow = runStatement(statement, frame);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  function runStatement(statement: Statement, frame: Frame): Flow {
    switch (statement.kind) {
      case "assign":
        assign(statement.to, evaluate(statement.value, frame), frame);
        return undefined;
      case "do":
        evaluate(statement.call, frame);
        return undefined;
      case "if": {
        const branch = statement.branches.find(({ test }) => truth(test, frame));
        return runBlock(branch?.body ?? statement.otherwise ?? [], frame);
      }
      case "while":
      case "for":
      case "each":
        return runLoop(statement, frame);
      case "try":
        return runTry(statement, frame);
      case "return":
        return new Return(statement.value === null ? undefined : evaluate(statement.value, frame));
      case "raise":
        throw raised(statement.value === null ? undefined : evaluate(statement.value, frame), frame, statement.line);
      default:
        return statement.kind;
    }
  }

  function* turns(loop: Extract<Statement, { kind: "while" | "for" | "each" }>, frame: Frame): Iterable<void> {
    if (loop.kind === "while") {
      while (truth(loop.test, frame)) yield;
      return;
    }
    if (loop.kind === "for") {
      const from = evaluate(loop.from, frame);
      const to = evaluate(loop.to, frame);
      if (typeof from !== "number" || typeof to !== "number") throw fault(frame, loop.line, "a loop counts numbers");
      for (let at = from; at <= to; at += 1) {
        setVariable(loop.variable, at, frame);
        yield;
      }
      return;
    }
    const of = evaluate(loop.of, frame);
    if (!isObject(of) || of.items === undefined) throw fault(frame, loop.line, `no walking over ${typeName(of)}`);
    for (const value of of.items()) {
      setVariable(loop.variable, value, frame);
      yield;
    }
  }

  function runLoop(loop: Extract<Statement, { kind: "while" | "for" | "each" }>, frame: Frame): Flow {
    for (const _ of turns(loop, frame)) {
      const flow = runBlock(loop.body, frame);
      if (flow === "break") return undefined;
      if (flow instanceof Return) return flow;
    }
    return undefined;
  }

  function runTry(statement: Extract<Statement, { kind: "try" }>, frame: Frame): Flow {
    const outer = frame.caught;
    try {
      return runBlock(statement.body, frame);
    } catch (error) {
      if (!(error instanceof BslException)) throw error;
      frame.caught = error;
      return runBlock(statement.except, frame);
    } finally {
      frame.caught = outer;
    }
  }

  function raised(value: Value, frame: Frame, line: number): Error {
    if (value === undefined && frame.caught !== undefined) return frame.caught;
    if (typeof value === "string") return new BslException(value);
    return fault(frame, line, "an exception is a text");
  }

  function assign(to: Expression, value: Value, frame: Frame): void {
    if (to.kind === "name") {
      setVariable(to.name, value, frame);
      return;
    }
    if (to.kind !== "member" && to.kind !== "index") throw fault(frame, to.line, "this cannot be assigned to");
    const of = evaluate(to.of, frame);
    if (!isObject(of)) throw fault(frame, to.line, `no members in ${typeName(of)}`);
    if (to.kind === "member" && of.set !== undefined) of.set(to.name.toLowerCase(), value);
    else if (to.kind === "index" && of.setItem !== undefined) of.setItem(evaluate(to.by, frame), value);
    else throw fault(frame, to.line, `${of.type} cannot be written to`);
  }

  /** Sets a variable. A name of the global context is no variable of the server, unless a parameter has that name. */
  function setVariable(name: string, value: Value, frame: Frame): void {
    const key = name.toLowerCase();
    const known = frame.variables.get(key);
    if (known !== undefined) known.value = value;
    else if (READ_ONLY_NAMES.has(key)) throw new BslException(`Поле объекта недоступно для записи (${name})`);
    else frame.variables.set(key, { value });
  }

  function truth(expression: Expression, frame: Frame): boolean {
    const value = evaluate(expression, frame);
    if (typeof value !== "boolean") throw fault(frame, expression.line, `${typeName(value)} is not Булево`);
    return value;
  }

  function evaluate(expression: Expression, frame: Frame): Value {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "date": {
        const parts = (expression.text.match(/^\d{4}|\d{2}/g) ?? []).map(Number);
        return BslDate.of(...(parts as [number, number, number]));
      }
      case "name":
        return readName(expression, frame);
      case "member":
        return readMember(expression, frame);
      case "index": {
        const of = evaluate(expression.of, frame);
        if (!isObject(of) || of.item === undefined) throw fault(frame, expression.line, `no items in ${typeName(of)}`);
        return of.item(evaluate(expression.by, frame));
      }
      case "call":
        return call(expression, frame);
      case "new": {
        const make = around.types[expression.type.toLowerCase()];
        if (make === undefined) throw fault(frame, expression.line, `the type ${expression.type} is not known`);
        return make(values(expression.args, frame));
      }
      case "choice":
        return evaluate(truth(expression.test, frame) ? expression.yes : expression.no, frame);
      case "unary": {
        if (expression.sign === "не") return !truth(expression.of, frame);
        const value = evaluate(expression.of, frame);
        if (typeof value !== "number") throw fault(frame, expression.line, `no sign before ${typeName(value)}`);
        return expression.sign === "-" ? -value : value;
      }
      case "binary":
        return binary(expression, frame);
    }
  }

  function binary(expression: Extract<Expression, { kind: "binary" }>, frame: Frame): Value {
    const { sign, left, right } = expression;
    if (sign === "и") return truth(left, frame) && truth(right, frame);
    if (sign === "или") return truth(left, frame) || truth(right, frame);
    const a = evaluate(left, frame);
    const b = evaluate(right, frame);
    if (sign === "=") return same(a, b);
    if (sign === "<>") return !same(a, b);
    const result = operate(sign, a, b);
    if (result === null) {
      throw fault(frame, expression.line, `${typeName(a)} ${sign} ${typeName(b)} is not known`);
    }
    return result;
  }

  function readName({ name, line }: Extract<Expression, { kind: "name" }>, frame: Frame): Value {
    const key = name.toLowerCase();
    const variable = frame.variables.get(key);
    if (variable !== undefined) return variable.value;
    if (Object.hasOwn(around.globals, key)) return around.globals[key];
    throw fault(frame, line, `the name ${name} is not known`);
  }

  function readMember({ of, name, line }: Extract<Expression, { kind: "member" }>, frame: Frame): Value {
    const object = evaluate(of, frame);
    if (!isObject(object) || object.get === undefined) throw fault(frame, line, `${typeName(object)} has no ${name}`);
    return object.get(name.toLowerCase());
  }

  function call({ of, args, line }: Extract<Expression, { kind: "call" }>, frame: Frame): Value {
    if (of.kind === "name") {
      const own = find(frame.module, of.name);
      if (own !== null) return callMethod(frame.module, own, variables(args, frame));
      const global = around.functions[of.name.toLowerCase()];
      if (global === undefined) throw fault(frame, line, `the function ${of.name} is not known`);
      return global(values(args, frame), frame);
    }
    if (of.kind !== "member") throw fault(frame, line, "this cannot be called");
    const module = of.of.kind === "name" ? byName.get(of.of.name.toLowerCase()) : undefined;
    if (module !== undefined) return callMethod(module, exported(module, of.name), variables(args, frame));
    const object: Value = evaluate(of.of, frame);
    if (!isObject(object) || object.call === undefined) {
      throw fault(frame, line, `${typeName(object)} has no ${of.name}()`);
    }
    return (object as Required<BslObject>).call(of.name.toLowerCase(), values(args, frame));
  }

  function values(args: readonly Argument[], frame: Frame): Value[] {
    return args.map((arg) => (arg === null ? undefined : evaluate(arg, frame)));
  }

  /** Arguments of a module's method: a variable itself, and a new variable for any other value. */
  function variables(args: readonly Argument[], frame: Frame): Variable[] {
    return args.map((arg) => {
      const own = arg?.kind === "name" ? frame.variables.get(arg.name.toLowerCase()) : undefined;
      return own ?? { value: arg === null ? undefined : evaluate(arg, frame) };
    });
  }

  function fault(frame: Frame, line: number, what: string): BslError {
    return new BslError(`${frame.module.name}, line ${line}: ${what}`);
  }

  return {
    call(name, method, args) {
      const module = byName.get(name.toLowerCase());
      if (module === undefined) throw new BslError(`There is no module ${name}`);
      const passed = args.map((value) => ({ value }));
      return callMethod(module, exported(module, method), passed);
    },
  };
}

function find(module: Module, name: string): Method | null {
  return module.methods.find((method) => method.name.toLowerCase() === name.toLowerCase()) ?? null;
}

function exported(module: Module, name: string): Method {
  const method = find(module, name);
  if (method?.exported !== true) throw new BslError(`${module.name} exports no ${name}`);
  return method;
}
