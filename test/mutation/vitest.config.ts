import { statSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Runs tests of single functions first, then those of the flow, short files first: the quickest test kills. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification) =>
      statSync(moduleId).size + (moduleId.includes("/relay/") ? 1_000_000 : 0);
    return files.toSorted((a, b) => cost(a) - cost(b));
  }
}

/** Mutants meet the fast tests of the core. A new test in these folders joins them by itself. */
export default defineConfig({
  test: {
    include: [
      "test/unit/*.test.ts",
      "test/unit/relay/**/*.test.ts",
      "test/unit/onec-http/pull-check.test.ts",
      "test/mutation/memory-store.contract.ts",
    ],
    exclude: [
      // These test other parts: the stand-in for 1C, the mock's journal, the form, PDF, webhooks.
      "test/unit/{onec-stand-in,pdf,webhook}{,-*}.test.ts",
      "test/unit/{base64,builders,characters,digest,form,mock-journal,plain-words-reader,growing-ids}.test.ts",
      // These test the server and its worker.
      "test/unit/{config,drain,reminders,worker-wake-ups}.test.ts",
    ],
    setupFiles: ["test/mutation/setup.ts"],
    sequence: { sequencer: QuickFirst },
    // Every mutant has a fresh thread of tests anyhow. Fresh modules for each file in it would double the time.
    isolate: false,
    // Stryker itself limits a mutant's time. A busy machine must not fail the first run, which has no mutants.
    testTimeout: 60_000,
  },
});
