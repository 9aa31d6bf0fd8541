import { describe, expect, it } from "vitest";
import { AdapterError, RelayError, type RequestCode, RequestError } from "../../../core/errors.ts";
import { awaitStore, createProblemResponse, REQUEST_PROBLEMS, toProblem } from "../../../server/http/problem.ts";

describe("toProblem", () => {
  it.each(Object.keys(REQUEST_PROBLEMS) as RequestCode[])("%s has a status, title and address", (code) => {
    const { status, title } = REQUEST_PROBLEMS[code];
    const issues = [{ path: "x", code: "y", message: "z" }];
    const problem = toProblem(new RequestError(code, "Сказано", { issues }));
    expect(problem).toEqual({ type: `/docs#problem-${code}`, title, status, detail: "Сказано", code, errors: issues });
    expect(createProblemResponse(new RequestError(code, "Сказано")).status).toBe(status);
  });

  it.each([
    new Error("password"),
    new RelayError("glyph_missing", "password"),
    new AdapterError("onec_rejected", "password", { outcome: "rejected", detail: "password" }),
    "password",
    null,
    undefined,
  ])("hides the details of %s", (error) => {
    const problem = toProblem(error);
    expect(problem).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(problem)).not.toContain("password");
  });

  it("takes a commit that kept losing for an unavailable storage", () => {
    expect(toProblem(new RelayError("store_conflict", "x"))).toMatchObject({ code: "storage_unavailable" });
  });
});

describe("problemResponse", () => {
  it("adds the headers of the status", () => {
    const headers = (code: RequestCode) => createProblemResponse(new RequestError(code, "x")).headers;
    expect(headers("unauthorized").get("www-authenticate")).toMatch(/^Bearer/);
    expect(headers("forbidden").get("www-authenticate")).toMatch(/insufficient_scope/);
    expect(headers("storage_unavailable").get("retry-after")).toBe("5");
    expect(headers("signature_invalid").has("www-authenticate")).toBe(false);
  });
});

describe("stored", () => {
  it("passes refusals on and turns everything else into storage_unavailable, with its cause", async () => {
    const refusal = new RequestError("act_not_found", "x");
    await expect(awaitStore(Promise.reject(refusal))).rejects.toBe(refusal);
    const cause = new TypeError("closed");
    await expect(awaitStore(Promise.reject(cause))).rejects.toMatchObject({ code: "storage_unavailable", cause });
    expect(await awaitStore(Promise.resolve(1))).toBe(1);
  });
});
