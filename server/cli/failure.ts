import { type AdapterError, isRetried, PROBLEMS } from "../../core/errors.ts";

/** Describes a failure of 1C and the remedy, for a person at a terminal. A command repeats nothing by itself. */
export function describeFailure({ code }: AdapterError): string {
  const { message } = PROBLEMS[code];
  if (!isRetried(code)) return message;
  return `${message.slice(0, message.indexOf(".") + 1)} Запустите команду ещё раз позже; если не поможет, запустите doctor.`;
}

/** Reason of a failure in words. An error about a silent host with several addresses has an empty message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [];
  return error.message === "" ? causes.map((cause) => (cause as Error).message).join(", ") : error.message;
}
