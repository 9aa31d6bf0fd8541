import { createServer } from "node:net";
import { expect, test } from "vitest";
import { reasonOf } from "../../server/cli/failure.ts";
import { openPostgres } from "../../server/db/postgres.ts";

test("the reason of a silent database is told in words, also for a host with several addresses", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const driver = openPostgres(`postgres://relay:hidden@127.0.0.1:${port}/relay`);
  const refused = await driver.read({ sql: "select 1", parameters: [] }).catch((error: Error) => error);
  await driver.close();
  expect(reasonOf(refused as Error)).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
  const both = new AggregateError([new Error("connect ECONNREFUSED ::1:1"), refused]);
  expect(reasonOf(both)).toBe(`connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:${port}`);
});
