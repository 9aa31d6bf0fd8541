import { AdapterError, type ProblemCode } from "../../core/errors.ts";

/** Creates the error of a refusal: 1C did nothing. `detail`: 1C's text, in Russian. */
export function createRefusal(code: ProblemCode, message: string, detail: string, field?: string): AdapterError {
  return new AdapterError(code, message, { outcome: "rejected", detail, ...(field === undefined ? {} : { field }) });
}
