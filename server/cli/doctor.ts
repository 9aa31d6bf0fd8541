import { RESULTS, USAGE } from "../messages/commands.ts";
import { DEFAULTS, HELP } from "../messages/help.ts";
import { type Command, parseCommand, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { checkAccounting } from "./doctor-check.ts";
import { formatCheckTable } from "./doctor-table.ts";
import { readSettings } from "./settings.ts";

const LONGEST_WAIT_SECONDS = 600;

export const command: Command = {
  help: HELP.doctor,
  async run(args) {
    const { values } = parseCommand(args, {
      ...SETTINGS_OPTIONS,
      write: { type: "boolean" },
      wait: { type: "string" },
      json: { type: "boolean" },
    });
    const config = await readSettings(values["env-file"]);
    for (const warning of config.warnings) console.error(RESULTS.warning(warning)[config.language]);
    const report = await checkAccounting(config, values.write === true, parseSeconds(values.wait));
    const ok = report.lines.every((line) => line.ok !== false);
    console.log(values.json === true ? JSON.stringify({ ...report, ok }, null, 2) : formatCheckTable(report));
    return ok ? 0 : 1;
  },
};

function parseSeconds(text: string | undefined): number {
  const seconds = Number(text ?? DEFAULTS.doctorWaitSeconds);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS) return seconds;
  throw new UsageError(USAGE.wait(LONGEST_WAIT_SECONDS));
}
