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

/** What became of a command that was left for 1C. */
export type ProbeAnswer =
  | { readonly answer: LateAnswer }
  | {
      readonly answer: null;
      /** Seconds that were waited. */
      readonly waited: number;
      /** 1C has taken it and not answered. */
      readonly fetched: boolean;
      /** Other commands that wait for 1C. */
      readonly others: number;
      /** Where the relay's server was looked for and not found, though it may run and not be seen from here; null: it is there. */
      readonly noServer: string | null;
    };

/** A 1C that fetches its commands, as another process than the server can see it: through the store. */
export interface ConnectionProbe {
  /** What it said of itself when it last came. */
  findLastSeen(): Promise<LastSeen | null>;
  /** Leaves a command and waits for its answer, for some time. */
  ask(command: Readonly<Record<string, unknown>>): Promise<ProbeAnswer>;
}

const LINK = "Связь";

/** A report in pull mode: what 1C answered to `ping`, else what is known of it without. `now`: epoch ms. */
export function toPullReport(
  visit: LastSeen | null,
  asked: ProbeAnswer,
  settings: Settings,
  { now, write }: { readonly now: number; readonly write: boolean },
): CheckReport {
  if (asked.answer === null) {
    const [link, ...rest] = toLastSeenLines(visit, settings, now);
    return { lines: [toUnansweredLine(asked, visit, { known: link!.detail, now }), ...rest] };
  }
  try {
    const pong = v.parse(OPERATIONS.ping.result, unpack(asked.answer));
    const skewMs = Number(visit?.report.skewMs ?? 0);
    return toPingReport(pong, settings, { skewMs, write });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return toFailureReport(error);
  }
}

/** Claims are noted once a minute: one that was noted so short before the check means that the server has just been there. */
const LATELY_MS = 2 * 60_000;

/** Why there is no answer. `known`: what is known of the link besides. */
function toUnansweredLine(
  asked: ProbeAnswer & { answer: null },
  visit: LastSeen | null,
  { known, now }: { readonly known: string; readonly now: number },
): CheckLine {
  const { waited, fetched, others, noServer } = asked;
  const toLine = (detail: string, todo: string): CheckLine => ({ name: LINK, ok: false, detail, todo });
  if (fetched) {
    const todo = "Посмотрите журнал регистрации 1С, событие «Шлюз.Команды», и повторите проверку";
    return toLine(`1С забрала проверку, но за ${waited} с не ответила на неё`, todo);
  }
  if (noServer !== null && visit !== null && now - visit.at < LATELY_MS + waited * 1000) {
    // The server has stopped, or it cannot be seen from here and 1C has stopped.
    const todo = `Проверьте, что сервер шлюза запущен (npx onec-relay serve). Если он работает, проверьте в 1С: ${PULL_STOPPED}`;
    const why = `сервер шлюза не запущен (${noServer}) или 1С не приходит: за ${waited} с она не забрала проверку`;
    return toLine(`${why}; ${known}`, todo);
  }
  if (noServer !== null) {
    const start = "Запустите сервер шлюза (npx onec-relay serve) с теми же настройками и повторите проверку";
    return toLine(`сервер шлюза не запущен: ${noServer}. Забрать команды 1С неоткуда; ${known}`, start);
  }
  if (others > 0 && visit !== null) {
    const queue = `${others} ${pickPluralForm(others, "команда", "команды", "команд")}`;
    const todo = `Если 1С работает, повторите проверку позже: она выполняет команды по порядку. Иначе проверьте в 1С: ${PULL_STOPPED}`;
    return toLine(`за ${waited} с 1С не дошла до проверки, перед ней ${queue}; ${known}`, todo);
  }
  const todo = `Проверьте в 1С: ${visit === null ? PULL_JOB : PULL_STOPPED}`;
  return toLine(`1С не приходила за командами ${waited} с; ${known}`, todo);
}

/** Beyond this 1C has stopped asking: its job begins every minute, and one command does not last so long. */
const LONG_AGO_MS = 10 * 60_000;

const PULL_JOB =
  "расширение установлено и конфигурация базы обновлена, РежимОбмена — pull, АдресШлюза и СекретОтправки верны, регламентное задание «Шлюз: команды» включено. Причину отказа пишет журнал регистрации 1С, событие «Шлюз.Команды»";
const PULL_STOPPED =
  "не выключено ли регламентное задание «Шлюз: команды», не заблокирована ли работа с внешними ресурсами (база — копия), что пишет журнал регистрации, событие «Шлюз.Команды»";

const { platform, configuration, organizations } = claimRequestSchema.entries.params.entries;
const visitSchema = v.object({ extension: v.string(), skewMs: v.number(), platform, configuration, organizations });

/** A report from what 1C said when it last came. */
function toLastSeenLines(visit: LastSeen | null, settings: Settings, now: number): readonly CheckLine[] {
  const read = v.safeParse(visitSchema, visit?.report);
  if (visit === null || !read.success) {
    const detail = "1С ещё ни разу не забирала команды с верной подписью";
    const rest = ["1С", "Часы", "Организация", WRITE].map((name) =>
      toUncheckedLine(name, "Сначала восстановите связь"),
    );
    return [{ name: LINK, ok: false, detail, todo: `Проверьте в 1С: ${PULL_JOB}` }, ...rest];
  }
  const { extension, skewMs, ...said } = read.output;
  const version = `расширение версии ${extension}, протокол ${PROTOCOL_VERSION}`;
  const when = `1С забирала команды ${formatTimeAgo(now - visit.at)}`;
  const link: CheckLine =
    now - visit.at > LONG_AGO_MS
      ? { name: LINK, ok: false, detail: `последний раз ${when}; ${version}`, todo: `Проверьте в 1С: ${PULL_STOPPED}` }
      : toOkLine(LINK, `${when}; ${version}, подписи верны`);
  const what = [
    ...(said.configuration ? [`конфигурация «${said.configuration.name}» ${said.configuration.version}`] : []),
    ...(said.platform ? [`платформа ${said.platform}`] : []),
  ];
  const update = "Обновите расширение: эта версия о себе этого не сообщает";
  return [
    link,
    what.length > 0 ? toOkLine("1С", what.join(", ")) : toUncheckedLine("1С", update),
    toClockLine(Math.round(skewMs / 1000)),
    said.organizations ? toOrganizationLine(said.organizations, settings) : toUncheckedLine("Организация", update),
    toUncheckedLine(WRITE, "1С не ответила на проверку: восстановите связь и повторите"),
  ];
}

/** More of them than fit into a claim: ours may be among those that were left out. */
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

/** «3 минуты назад», for a time gone by in milliseconds. */
function formatTimeAgo(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return "меньше минуты назад";
  if (minutes < 60) return `${minutes} ${pickPluralForm(minutes, "минуту", "минуты", "минут")} назад`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} ${pickPluralForm(hours, "час", "часа", "часов")} назад`;
  const days = Math.floor(hours / 24);
  return `${days} ${pickPluralForm(days, "день", "дня", "дней")} назад`;
}

/** A report in pull mode where nothing is noted of 1C: from here it cannot be asked. */
export function createUncheckedReport(): CheckReport {
  const todo = "Проверьте в 1С: расширение пишет в журнал регистрации, что шлюз отвечает на запрос команд";
  const why = `${UNCHECKED}: 1С сама забирает команды у шлюза, отсюда её не спросить`;
  const rest = ["1С", "Часы", "Организация", WRITE].map((name) => toUncheckedLine(name, todo));
  return { lines: [{ name: LINK, ok: null, detail: why, todo }, ...rest] };
}
