/** A comment without comment signs. Line `line + n` of the file holds line `n` of `text`. */
export interface SourceComment {
  readonly line: number;
  readonly text: string;
  /** Tells a doc comment from a note inside a function. */
  readonly doc: boolean;
}

/** The place of a function: a module, another function, a class or an object, an interface. */
export type FunctionKind = "function" | "inner" | "method" | "member";

/** A function with a name. `owner`: the interface of a member, null for other kinds. */
export interface NamedFunction {
  readonly name: string;
  readonly line: number;
  readonly kind: FunctionKind;
  readonly owner: string | null;
  readonly returnsBoolean: boolean;
}

/** The title of a test or of a group of tests. */
export interface TestTitle {
  readonly text: string;
  readonly line: number;
  readonly group: boolean;
}

/** The words of one file. */
export interface Source {
  readonly path: string;
  readonly comments: readonly SourceComment[];
  readonly functions: readonly NamedFunction[];
  readonly titles: readonly TestTitle[];
}
