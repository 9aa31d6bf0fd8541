import { expect, test } from "vitest";
import { getWorkerParts } from "../../../server/worker/parts.ts";

test.each([
  ["an array", ["company", "entrepreneur"]],
  ["a table", { company: true }],
])("a setting of wrangler.toml with %s stops the worker and is named", async (_, value) => {
  const env = { DB: {}, WAKE_UPS: {}, ALLOWED_KINDS: value } as never;
  await expect(getWorkerParts(env)).rejects.toThrow("ALLOWED_KINDS is a TOML array or table");
});
