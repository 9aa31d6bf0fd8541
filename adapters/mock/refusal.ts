import type { ProblemCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";

/** 1C said no and did nothing. `detail` is what 1C would say, in Russian. */
export function createRefusal(code: ProblemCode, message: string, detail: string, field?: string): AdapterError {
  return new AdapterError(code, message, { outcome: "rejected", detail, ...(field === undefined ? {} : { field }) });
}
