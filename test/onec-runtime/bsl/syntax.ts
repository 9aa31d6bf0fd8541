/** An expression of BSL. Names are kept as they are written; they are compared without regard to case. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null | undefined; readonly line: number }
  | { readonly kind: "date"; readonly text: string; readonly line: number }
  | { readonly kind: "name"; readonly name: string; readonly line: number }
  | { readonly kind: "member"; readonly of: Expression; readonly name: string; readonly line: number }
  | { readonly kind: "index"; readonly of: Expression; readonly by: Expression; readonly line: number }
  | { readonly kind: "call"; readonly of: Expression; readonly args: readonly Argument[]; readonly line: number }
  | { readonly kind: "new"; readonly type: string; readonly args: readonly Argument[]; readonly line: number }
  | { readonly kind: "unary"; readonly sign: UnarySign; readonly of: Expression; readonly line: number }
  | {
      readonly kind: "binary";
      readonly sign: BinarySign;
      readonly left: Expression;
      readonly right: Expression;
      readonly line: number;
    }
  | {
      readonly kind: "choice";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
      readonly line: number;
    };

/** An argument of a call; null where it is left out. */
export type Argument = Expression | null;

export type UnarySign = "-" | "+" | "не";
export type BinarySign = "+" | "-" | "*" | "/" | "%" | "=" | "<>" | "<" | "<=" | ">" | ">=" | "и" | "или";

/** A statement of BSL. */
export type Statement =
  | { readonly kind: "assign"; readonly to: Expression; readonly value: Expression; readonly line: number }
  | { readonly kind: "do"; readonly call: Expression; readonly line: number }
  | {
      readonly kind: "if";
      readonly branches: readonly Branch[];
      readonly otherwise: Block | null;
      readonly line: number;
    }
  | { readonly kind: "while"; readonly test: Expression; readonly body: Block; readonly line: number }
  | {
      readonly kind: "for";
      readonly variable: string;
      readonly from: Expression;
      readonly to: Expression;
      readonly body: Block;
      readonly line: number;
    }
  | {
      readonly kind: "each";
      readonly variable: string;
      readonly of: Expression;
      readonly body: Block;
      readonly line: number;
    }
  | { readonly kind: "try"; readonly body: Block; readonly except: Block; readonly line: number }
  | { readonly kind: "return"; readonly value: Expression | null; readonly line: number }
  | { readonly kind: "raise"; readonly value: Expression | null; readonly line: number }
  | { readonly kind: "break" | "continue"; readonly line: number };

export type Block = readonly Statement[];

export interface Branch {
  readonly test: Expression;
  readonly body: Block;
}

/** A parameter. `byValue`: «Знач». `fallback`: its default, null where it is required. */
export interface Parameter {
  readonly name: string;
  readonly byValue: boolean;
  readonly fallback: Expression | null;
}

/** A procedure (Процедура) or a function (Функция). */
export interface Method {
  readonly name: string;
  readonly returns: boolean;
  readonly exported: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Block;
  readonly line: number;
  readonly lines: number;
}

/** A common module: only methods, without variables and without code outside of them. */
export interface Module {
  readonly name: string;
  readonly methods: readonly Method[];
}
