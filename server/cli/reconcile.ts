import { existsSync } from "node:fs";
import process from "node:process";
import { addDays, isPlainDate, type PlainDate, toBusinessDate } from "../../core/date.ts";
import { AdapterError } from "../../core/errors.ts";
import { createGrowingIds } from "../../core/ids.ts";
import { type Config, ConfigError } from "../config/index.ts";
import { openDatabase } from "../db/open.ts";
import { createSqlStore } from "../db/store.ts";
import { USAGE } from "../messages/commands.ts";
import { DEFAULTS, HELP } from "../messages/help.ts";
import { SETTINGS } from "../messages/settings.ts";
import { connectAdapter } from "../node/adapter.ts";
import { type ReconcileCounts, reconcile } from "../reconcile/index.ts";
import type { Finding } from "../reconcile/judge.ts";
import { createSecureRandom } from "../secure-random.ts";
import { type Command, parseCommand, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { describeFailure } from "./failure.ts";
import { formatFinding, formatHeadline, formatSummary, todoOf, toFindingJson } from "./reconcile-text.ts";
import { readSettings } from "./settings.ts";

export const command: Command = {
  help: HELP.reconcile,
  async run(args) {
    const { values } = parseCommand(args, {
      ...SETTINGS_OPTIONS,
      since: { type: "string" },
      json: { type: "boolean" },
    });
    if (values.since !== undefined && !isPlainDate(values.since)) {
      throw new UsageError(USAGE.since);
    }
    const config = await readSettings(values["env-file"]);
    const since = values.since ?? addDays(toBusinessDate(Date.now(), config.timeZone), -DEFAULTS.reconcileDays);
    const report = values.json === true ? createJsonReport(since) : createTextReport(since);
    try {
      const { findings } = await compare(config, since, report);
      return findings === 0 ? 0 : 1;
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      console.error(
        [describeFailure(error), ...(error.detail === null ? [] : [`Ответ 1С: ${error.detail}`])].join("\n"),
      );
      return 1;
    }
  },
};

interface Report {
  begin(): void;
  addFinding(finding: Finding): void;
  end(counts: ReconcileCounts): void;
}

async function compare(config: Config, since: PlainDate, report: Report): Promise<ReconcileCounts> {
  const { database } = config;
  if (database.kind === "sqlite" && !existsSync(database.path)) {
    throw new ConfigError(SETTINGS.noDatabase(database.path));
  }
  const clock = () => Date.now();
  const { adapter } = connectAdapter(config, { clock, lazily: true });
  const store = createSqlStore(await openDatabase(database));
  try {
    await store.checkReady();
    report.begin();
    const newId = createGrowingIds(clock, createSecureRandom());
    const counts = await reconcile({ store, adapter, since, newId, onFinding: report.addFinding });
    report.end(counts);
    return counts;
  } finally {
    await store.close();
  }
}

function createTextReport(since: PlainDate): Report {
  const kinds = new Set<string>();
  return {
    begin: () => console.log(formatHeadline(since)),
    addFinding(finding) {
      console.log(formatFinding(finding));
      kinds.add(todoOf(finding.kind));
    },
    end(counts) {
      if (kinds.size > 0) console.log(["", "Что делать:", ...kinds].join("\n"));
      console.log(`\n${formatSummary(counts)}`);
    },
  };
}

/** Writes one JSON object piece by piece: all findings together may not fit into memory. */
function createJsonReport(since: PlainDate): Report {
  let separator = "\n";
  const write = (text: string) => void process.stdout.write(text);
  return {
    begin: () => write(`{"since":${JSON.stringify(since)},"findings":[`),
    addFinding(finding) {
      write(separator + JSON.stringify(toFindingJson(finding)));
      separator = ",\n";
    },
    end: (counts) => write(`${separator === "\n" ? "" : "\n"}],"counts":${JSON.stringify(counts)}}\n`),
  };
}
