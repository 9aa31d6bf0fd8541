import { type AdapterError, isRetried, PROBLEMS } from "../../core/errors.ts";

/** What happened in 1C and what to do, for an administrator at a terminal, where nothing is repeated by itself. */
export function describeFailure({ code }: AdapterError): string {
  const { message } = PROBLEMS[code];
  if (!isRetried(code)) return message;
  return `${message.slice(0, message.indexOf(".") + 1)} Запустите команду ещё раз позже; если не поможет, запустите doctor.`;
}

/** Why something failed, in words. A host with several addresses, none of which answers, is an error without any. */
export function reasonOf(error: Error): string {
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [];
  return error.message === "" ? causes.map((cause) => (cause as Error).message).join(", ") : error.message;
}
