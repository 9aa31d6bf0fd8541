/** True when two types are the same, `readonly` and optional included; assignable is not enough. */
export type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: the tests of this folder are run by the compiler alone. */
export function requireTrue<_T extends true>(): void {}
