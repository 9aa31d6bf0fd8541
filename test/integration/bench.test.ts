import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSecret } from "../../core/webhook.ts";
import { relayOn } from "../bench/relay-on.ts";

test("the settings of the benchmarks are settings that the relay takes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "relay-bench-"));
  const bench = await relayOn({ file: join(folder, "relay.db"), secret: createSecret() });
  expect(bench.config.platform.url).toMatch(/^http:/);
  await bench.close();
  rmSync(folder, { recursive: true });
});
