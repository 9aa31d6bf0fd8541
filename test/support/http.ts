import { expect } from "vitest";

/** Expects a problem document (RFC 9457) with this status and code; gives its members. */
export async function refused(response: Response, status: number, code: string): Promise<Record<string, unknown>> {
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, code, type: `/docs#problem-${code}` });
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(problem.title).toMatch(/^[A-Z][a-z0-9 -]+$/);
  expect(problem.detail).toMatch(/[А-Яа-я]/);
  return problem;
}

/** The JSON of an answer. */
export async function json<T = Record<string, unknown>>(response: Response): Promise<T> {
  return (await response.json()) as T;
}
