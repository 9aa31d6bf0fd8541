import * as v from "valibot";
import type { CheckLine, CheckReport } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import type { LateAnswer } from "../../core/job.ts";
import type { LastSeen } from "../../core/store.ts";
import { pickPluralForm } from "../../core/words.ts";
import { toOkLine, toUncheckedLine, UNCHECKED } from "../onec/check-lines.ts";
import { toClockLine, toFailureReport, toPingReport, WRITE } from "./check.ts";
import { unpack } from "./messages.ts";
import { claimRequestSchema, OPERATIONS, PROTOCOL_VERSION, type Settings } from "./protocol.ts";

/** Outcome of a probe: the answer of 1C, or the state after a wait in vain. */
export type ProbeAnswer =
  | { readonly answer: LateAnswer }
  | {
      readonly answer: null;
      /** Waiting time, seconds. */
      readonly waited: number;
      /** 1C fetched the command and did not answer. */
      readonly fetched: boolean;
      /** Number of other commands waiting for 1C. */
      readonly others: number;
      /** Russian text about the silent addresses of the relay's server, which may run unseen. Null: the server runs. */
      readonly noServer: string | null;
    };

/** Probe of a 1C in pull mode through the store, for another process than the server. */
export interface ConnectionProbe {
  /** Finds 1C's latest stored request for commands. */
  findLastSeen(): Promise<LastSeen | null>;
  /** Leaves a command and waits some time for the answer. */
  ask(command: Readonly<Record<string, unknown>>): Promise<ProbeAnswer>;
}

const LINK = "Связь";

/** Creates the report of pull mode: from the answer to `ping`, else from the last request. `now`: epoch ms. */
export function toPullReport(
  lastSeen: LastSeen | null,
  probe: ProbeAnswer,
  settings: Settings,
  { now, write }: { readonly now: number; readonly write: boolean },
): CheckReport {
  if (probe.answer === null) {
    const [link, ...rest] = toLastSeenLines(lastSeen, settings, now);
    return { lines: [toUnansweredLine(probe, lastSeen, { known: link!.detail, now }), ...rest] };
  }
  try {
    const pong = v.parse(OPERATIONS.ping.result, unpack(probe.answer));
    const skewMs = Number(lastSeen?.report.skewMs ?? 0);
    return toPingReport(pong, settings, { skewMs, write });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return toFailureReport(error);
  }
}

/** A last request younger than this proves a server running just now; requests are stored once a minute. */
const LATELY_MS = 2 * 60_000;

/** Creates the line about a missing answer. `known`: text about the last request. */
function toUnansweredLine(
  probe: ProbeAnswer & { answer: null },
  lastSeen: LastSeen | null,
  { known, now }: { readonly known: string; readonly now: number },
): CheckLine {
  const { waited, fetched, others, noServer } = probe;
  const toLine = (detail: string, todo: string): CheckLine => ({ name: LINK, ok: false, detail, todo });
  if (fetched) {
    const todo = "Посмотрите журнал регистрации 1С, событие «Шлюз.Команды», и повторите проверку";
    return toLine(`1С забрала проверку, но за ${waited} с не ответила на неё`, todo);
  }
  if (noServer !== null && lastSeen !== null && now - lastSeen.at < LATELY_MS + waited * 1000) {
    // Either the server has stopped, or the server is invisible from here and 1C has stopped.
    const todo = `Проверьте, что сервер шлюза запущен (npm start). Если он работает, проверьте в 1С: ${PULL_STOPPED}`;
    const why = `сервер шлюза не запущен (${noServer}) или 1С не приходит: за ${waited} с она не забрала проверку`;
    return toLine(`${why}; ${known}`, todo);
  }
  if (noServer !== null) {
    const start = "Запустите сервер шлюза (npm start) с теми же настройками и повторите проверку";
    return toLine(`сервер шлюза не запущен: ${noServer}. Забрать команды 1С неоткуда; ${known}`, start);
  }
  if (others > 0 && lastSeen !== null) {
    const queue = `${others} ${pickPluralForm(others, "команда", "команды", "команд")}`;
    const todo = `Если 1С работает, повторите проверку позже: она выполняет команды по порядку. Иначе проверьте в 1С: ${PULL_STOPPED}`;
    return toLine(`за ${waited} с 1С не дошла до проверки, перед ней ${queue}; ${known}`, todo);
  }
  const todo = `Проверьте в 1С: ${lastSeen === null ? PULL_JOB : PULL_STOPPED}`;
  return toLine(`1С не приходила за командами ${waited} с; ${known}`, todo);
}

/** After this pause 1C has stopped asking: 1C's job starts every minute, and no command takes so long. */
const LONG_AGO_MS = 10 * 60_000;

const PULL_JOB =
  "расширение установлено и конфигурация базы обновлена, РежимОбмена — pull, АдресШлюза и СекретОтправки верны, регламентное задание «Шлюз: команды» включено. Причину отказа пишет журнал регистрации 1С, событие «Шлюз.Команды»";
const PULL_STOPPED =
  "не выключено ли регламентное задание «Шлюз: команды», не заблокирована ли работа с внешними ресурсами (база — копия), что пишет журнал регистрации, событие «Шлюз.Команды»";

const { platform, configuration, organizations } = claimRequestSchema.entries.params.entries;
const reportSchema = v.object({ extension: v.string(), skewMs: v.number(), platform, configuration, organizations });

/** Creates the lines of a report from 1C's last request for commands. */
function toLastSeenLines(lastSeen: LastSeen | null, settings: Settings, now: number): readonly CheckLine[] {
  const read = v.safeParse(reportSchema, lastSeen?.report);
  if (lastSeen === null || !read.success) {
    const detail = "1С ещё ни разу не забирала команды с верной подписью";
    const rest = ["1С", "Часы", "Организация", WRITE].map((name) =>
      toUncheckedLine(name, "Сначала восстановите связь"),
    );
    return [{ name: LINK, ok: false, detail, todo: `Проверьте в 1С: ${PULL_JOB}` }, ...rest];
  }
  const { extension, skewMs, ...report } = read.output;
  const version = `расширение версии ${extension}, протокол ${PROTOCOL_VERSION}`;
  const when = `1С забирала команды ${formatTimeAgo(now - lastSeen.at)}`;
  const link: CheckLine =
    now - lastSeen.at > LONG_AGO_MS
      ? { name: LINK, ok: false, detail: `последний раз ${when}; ${version}`, todo: `Проверьте в 1С: ${PULL_STOPPED}` }
      : toOkLine(LINK, `${when}; ${version}, подписи верны`);
  const about = [
    ...(report.configuration ? [`конфигурация «${report.configuration.name}» ${report.configuration.version}`] : []),
    ...(report.platform ? [`платформа ${report.platform}`] : []),
  ];
  const update = "Обновите расширение: эта версия о себе этого не сообщает";
  return [
    link,
    about.length > 0 ? toOkLine("1С", about.join(", ")) : toUncheckedLine("1С", update),
    toClockLine(Math.round(skewMs / 1000)),
    report.organizations ? toOrganizationLine(report.organizations, settings) : toUncheckedLine("Организация", update),
    toUncheckedLine(WRITE, "1С не ответила на проверку: восстановите связь и повторите"),
  ];
}

/** Most organisations in a request. At this number the request may omit the relay's organisation. */
const MOST_ORGANIZATIONS = 100;

function toOrganizationLine(inns: readonly string[], { organizationInn }: Settings): CheckLine {
  const name = "Организация";
  const found = inns.filter((inn) => inn === organizationInn).length;
  if (found === 1) return toOkLine(name, `ИНН ${organizationInn} в 1С найден`);
  const todo = "Проверьте ONEC_ORGANIZATION_INN: в базе должна быть одна действующая организация с этим ИНН";
  if (found > 1) return { name, ok: false, detail: `организаций с ИНН ${organizationInn} в 1С: ${found}`, todo };
  if (inns.length >= MOST_ORGANIZATIONS) return toUncheckedLine(name, todo);
  return { name, ok: false, detail: `ИНН ${organizationInn} в 1С не найден`, todo };
}

/** Formats a past duration in milliseconds: «3 минуты назад». */
function formatTimeAgo(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return "меньше минуты назад";
  if (minutes < 60) return `${minutes} ${pickPluralForm(minutes, "минуту", "минуты", "минут")} назад`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} ${pickPluralForm(hours, "час", "часа", "часов")} назад`;
  const days = Math.floor(hours / 24);
  return `${days} ${pickPluralForm(days, "день", "дня", "дней")} назад`;
}

/** Creates the report of pull mode without a probe: this process cannot ask 1C. */
export function createUncheckedReport(): CheckReport {
  const todo = "Проверьте в 1С: расширение пишет в журнал регистрации, что шлюз отвечает на запрос команд";
  const why = `${UNCHECKED}: 1С сама забирает команды у шлюза, отсюда её не спросить`;
  const rest = ["1С", "Часы", "Организация", WRITE].map((name) => toUncheckedLine(name, todo));
  return { lines: [{ name: LINK, ok: null, detail: why, todo }, ...rest] };
}
