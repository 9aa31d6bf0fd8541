import { type Command, parseCommand, SETTINGS_HELP, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { checkAccounting } from "./doctor-check.ts";
import { formatCheckTable } from "./doctor-table.ts";
import { readSettings } from "./settings.ts";

/** Default wait for a 1C in pull mode: the longest pause between two runs of 1C's scheduled job. */
const WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 600;

export const command: Command = {
  help: `Usage: onec-relay doctor [--write] [--wait SECONDS] [--json] [--env-file PATH]

Checks 1C as the settings name it: reachable, password, rights, publication, every object and field the
relay uses, organisation and its account, clocks. Prints a table in Russian: ✓ fine, ✗ to be mended,
– not checked («не проверено»), with what to do, in the names of 1C's own menus. Changes nothing without
--write. Reading the description of a large infobase may take half a minute.
Where 1C fetches its commands (ONEC_TRANSPORT=pull), the check is left for it in the relay's database: the
relay's server has to run over the same database, and 1C's job to come for it.
Exit code 0: nothing to be mended, 1: something is.

Options:
  --write            also try to write: makes a test counterparty and a test act of one rouble dated
                     today, named «Проверка обмена onec-relay, можно удалить»; posts the act, unposts
                     it, and marks both for deletion, also when a step fails. Nothing is deleted for
                     good: that is done in 1C, «Удаление помеченных объектов». Through the extension
                     (ACCOUNTING=onec-http) 1C only writes a test counterparty in a transaction that it
                     rolls back: nothing of it stays in the infobase
  --wait SECONDS     how long to wait for a 1C that fetches its commands; default: ${WAIT_SECONDS}
  --json             one JSON object instead of the table
${SETTINGS_HELP}`,
  async run(args) {
    const { values } = parseCommand(args, {
      ...SETTINGS_OPTIONS,
      write: { type: "boolean" },
      wait: { type: "string" },
      json: { type: "boolean" },
    });
    const config = await readSettings(values["env-file"]);
    for (const warning of config.warnings) console.error(`Warning: ${warning}`);
    const report = await checkAccounting(config, values.write === true, parseSeconds(values.wait));
    const ok = report.lines.every((line) => line.ok !== false);
    console.log(values.json === true ? JSON.stringify({ ...report, ok }, null, 2) : formatCheckTable(report));
    return ok ? 0 : 1;
  },
};

function parseSeconds(text: string | undefined): number {
  const seconds = Number(text ?? WAIT_SECONDS);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS) return seconds;
  throw new UsageError(`--wait takes whole seconds, at most ${LONGEST_WAIT_SECONDS}`);
}
