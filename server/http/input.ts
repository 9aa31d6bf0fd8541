import * as v from "valibot";
import { type Issue, RequestError } from "../../core/errors.ts";
import { createValidationError } from "../../core/validation.ts";
import { readBody } from "./body.ts";

/** Schema of a query or of a JSON body: all names are known. */
export type InputSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** A query or body after parsing. Neither can hold `undefined`: an optional member is absent. */
export type Parsed<S extends InputSchema, T = v.InferOutput<S>> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * Parses the query of a request. Refuses unknown and repeated parameters: a misspelt filter never lists everything.
 * Throws {@link RequestError} `validation_failed`.
 */
export function readQuery<S extends InputSchema>(request: Request, schema: S): Parsed<S> {
  const params = new URL(request.url).searchParams;
  const names = new Set<string>();
  const repeated = new Set([...params.keys()].filter((name) => names.size === names.add(name).size));
  const twice = [...names].filter((name) => repeated.has(name));
  if (twice.length > 0) {
    throw createValidationError(
      twice.map((name) => createIssue(clip(name), "repeated", "Параметр указан несколько раз")),
    );
  }
  return validate(schema, Object.fromEntries(params));
}

/**
 * Parses the JSON body of a request; an empty body is `{}`. Throws {@link RequestError}: `body_too_large`, `malformed`,
 * `validation_failed`.
 */
export async function readJsonBody<S extends InputSchema>(
  request: Request,
  schema: S,
  limit: number,
): Promise<Parsed<S>> {
  const bytes = await readBody(request, limit);
  const value = bytes.length === 0 ? {} : parseJson(bytes);
  // For valibot an array is an object.
  if (Array.isArray(value)) throw createValidationError([createIssue("$", "type", "Неверный тип: ожидается Object")]);
  return validate(schema, value);
}

function validate<S extends InputSchema>(schema: S, value: unknown): Parsed<S> {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output as Parsed<S>;
  throw createValidationError(result.issues.map(toIssue));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RequestError("malformed", "Тело запроса — не JSON в кодировке UTF-8", { cause });
  }
}

function createIssue(path: string, code: string, message: string): Issue {
  return { path, code, message };
}

/** Turns a finding of valibot into a stable code and a Russian sentence. */
function toIssue(finding: v.BaseIssue<unknown>): Issue {
  const path = clip(v.getDotPath(finding) ?? "$");
  if (finding.expected === "never") return createIssue(path, "unknown", "Такого поля здесь нет");
  if (finding.received === "undefined") return createIssue(path, "required", "Обязательное поле");
  if (finding.type === "picklist") {
    return createIssue(path, "choice", `Допустимые значения: ${finding.expected?.replaceAll('"', "") ?? ""}`);
  }
  if (finding.kind === "schema") return createIssue(path, "type", `Неверный тип: ожидается ${finding.expected}`);
  if (finding.type === "max_length")
    return createIssue(path, "too_long", `Слишком длинно: не более ${String(finding.requirement)}`);
  if (finding.type === "min_length") return createIssue(path, "required", "Поле не должно быть пустым");
  return createIssue(path, "format", FORMATS[finding.message] ?? "Недопустимое значение");
}

const FORMATS: Readonly<Record<string, string>> = {
  limit: "Ожидается целое число от 1 до 100",
  date: "Ожидается дата вида ГГГГ-ММ-ДД",
  period: "Начало периода позже его конца",
  instant: "Ожидается момент времени RFC 3339 со смещением, например 2026-11-24T12:00:00+03:00",
  inn: "Ожидается ИНН: 10 или 12 цифр",
  uuid: "Ожидается ссылка 1С (UUID)",
  text: "Недопустимые знаки",
  cursor: "Ожидается значение next предыдущей страницы",
};

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
