import * as v from "valibot";
import { type Issue, RequestError } from "./errors.ts";

/** Parses a value by a schema. Throws `validation_failed` with all issues; `prefix` goes before each path. */
export function parseShape<S extends v.GenericSchema>(schema: S, value: unknown, prefix: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw createValidationError(result.issues.map((issue) => toIssue(issue, prefix)));
}

/** Throws `validation_failed` for a list longer than `longest`, before anybody looks at its items. */
export function requireShortList(list: unknown, longest: number, path: string): void {
  if (!Array.isArray(list) || list.length <= longest) return;
  throw createValidationError([{ path, code: "too_long", message: `Слишком длинно: не более ${longest}` }]);
}

/** Most issues in one refusal: nobody reads more, and a list of a hundred thousand would fill the memory. */
const MOST_ISSUES = 50;

/** Makes a refusal with at most 50 issues; the first issue is the sentence. */
export function createValidationError(found: readonly Issue[]): RequestError {
  const issues = found.slice(0, MOST_ISSUES);
  const first = issues[0]!;
  const more = found.length > 1 ? ` (и ещё ${found.length - 1})` : "";
  return new RequestError("validation_failed", `${first.path}: ${first.message}${more}`, { issues });
}

/** Turns a valibot issue into a stable code and a Russian sentence. */
function toIssue(issue: v.BaseIssue<unknown>, prefix: string): Issue {
  const path = `${prefix}${v.getDotPath(issue) ?? ""}` || "$";
  const [code, message] = describeShapeIssue(issue);
  return { path, code, message };
}

function describeShapeIssue(issue: v.BaseIssue<unknown>): [string, string] {
  if (issue.received === "undefined") return ["required", "Обязательное поле"];
  if (issue.kind === "schema") {
    return issue.type === "picklist"
      ? ["choice", `Допустимые значения: ${issue.expected?.replaceAll('"', "") ?? ""}`]
      : ["type", `Неверный тип: ожидается ${issue.expected}`];
  }
  const texts: Readonly<Record<string, [string, string]>> = {
    min_length: ["required", "Поле не должно быть пустым"],
    max_length: ["too_long", `Слишком длинно: не более ${String(issue.requirement)}`],
    url: ["format", "Проверьте адрес ссылки"],
    starts_with: ["format", "Ссылка должна начинаться с https://"],
    integer: ["format", "Ожидается целое число"],
    min_value: ["range", `Не меньше ${String(issue.requirement)}`],
    max_value: ["range", `Не больше ${String(issue.requirement)}`],
  };
  const formats: Readonly<Record<string, string>> = {
    instant: "Ожидается момент времени RFC 3339 со смещением, например 2026-11-24T12:00:00+03:00",
    date: "Ожидается дата вида ГГГГ-ММ-ДД",
    money: "Ожидается сумма в рублях строкой, например 15000.00",
    quantity: "Ожидается количество строкой, не более трёх знаков после точки",
    sha256: "Ожидается sha256: 64 шестнадцатеричных знака",
    uuid: "Ожидается ссылка 1С (UUID)",
  };
  if (issue.message === "line") {
    return ["character", "Уберите перенос строки, управляющий или невидимый знак"];
  }
  const format = formats[issue.message];
  if (format !== undefined) return ["format", format];
  return texts[issue.type] ?? ["format", "Недопустимое значение"];
}
