import type { CheckLine } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Config } from "../config/index.ts";
import { connectAdapter } from "../node/adapter.ts";
import { type Command, parseCommand, SETTINGS_HELP, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { formatCheckTable, type NamedReport } from "./doctor-table.ts";
import { createConnectionProbe } from "./doctor-visitor.ts";
import { describeFailure } from "./failure.ts";
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
    const report = await check(config, values.write === true, parseSeconds(values.wait));
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

async function check(config: Config, write: boolean, waitSeconds: number): Promise<NamedReport> {
  const visitor = createConnectionProbe(config, waitSeconds);
  const { adapter } = connectAdapter(config, { clock: () => Date.now(), lazily: true, visitor });
  const named = { adapter: adapter.name, url: config.accounting.url };
  try {
    const { lines } = await adapter.check({ write });
    const printed = adapter.flags.prints === true ? [] : checkSignatory(config);
    return { ...named, lines: [...lines, ...checkSettings(config), ...printed] };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const lines = [{ name: "Связь с 1С", ok: false, detail: error.detail ?? error.code, todo: describeFailure(error) }];
    return { ...named, lines };
  }
}

/** Shortest good timeout. On real infobases the first request after a pause takes more than half a minute. */
const SHORTEST_TIMEOUT_MS = 60_000;
/** Most sessions that the web server of a small 1C bears beside its people. */
const MOST_SESSIONS = 4;

/** Checks for allowed settings with a probable drawback. */
function checkSettings({ accounting: { adapter, transport, maxConcurrency, timeoutMs } }: Config): CheckLine[] {
  if (adapter === "mock" || transport === "pull") return [];
  const sessions = `одновременных запросов к 1С — до ${maxConcurrency}; каждый занимает лицензию, пока выполняется`;
  const patience = `ожидание ответа — до ${timeoutMs / 1000} с`;
  const fewer = "Уменьшите ONEC_MAX_CONCURRENCY до 2, если людям не хватает лицензий";
  const longer = "Увеличьте ONEC_TIMEOUT_MS до 90000: первый запрос после простоя бывает дольше 30 секунд";
  return [
    { name: "Лицензии", ok: true, detail: sessions, ...(maxConcurrency > MOST_SESSIONS ? { todo: fewer } : {}) },
    {
      name: "Время ожидания",
      ok: true,
      detail: patience,
      ...(timeoutMs < SHORTEST_TIMEOUT_MS ? { todo: longer } : {}),
    },
  ];
}

/** Checks the organisation's signatory, which only a printing adapter knows. */
function checkSignatory({ accounting, organization }: Config): CheckLine[] {
  if (accounting.adapter === "mock") return [];
  const name = "Подписант заказчика";
  if (organization.signatory?.name !== undefined) return [{ name, ok: true, detail: organization.signatory.name }];
  const todo = "Укажите ORGANIZATION_SIGNATORY_NAME и ORGANIZATION_SIGNATORY_POSITION: в карточке организации их нет";
  return [{ name, ok: true, detail: "не указан: в печатной форме останется пустая строка", todo }];
}
