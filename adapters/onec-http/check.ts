import * as v from "valibot";
import type { CheckLine, CheckReport } from "../../core/adapter.ts";
import { AdapterError, type ProblemCode } from "../../core/errors.ts";
import type { Visit } from "../../core/store.ts";
import { plural } from "../../core/words.ts";
import { organizationOf } from "./answers.ts";
import { claimRequestSchema, PROTOCOL_VERSION, type Result, type Settings } from "./protocol.ts";

/** Beyond this many seconds clocks are named as a problem; at 300 no signature is accepted any more. */
const TOLERABLE_SKEW = 60;

const UNCHECKED = "не проверено";
const WRITE = "Запись";

/** What to do, where 1C's words do not say it. */
const ADVICE: Partial<Record<ProblemCode, string>> = {
  onec_unavailable: "Проверьте, что веб-сервер 1С запущен и доступен с этой машины по адресу ONEC_URL",
  onec_timeout: "Проверьте нагрузку сервера 1С; при медленной базе увеличьте ONEC_TIMEOUT_MS",
  onec_no_license: "Освободите или добавьте лицензию 1С: каждому обращению шлюза нужен сеанс",
  onec_session_blocked: "Снимите блокировку начала сеансов или дождитесь конца обслуживания базы",
  onec_forbidden: "Исправьте доступ в 1С и повторите проверку",
  onec_not_published: "Исправьте публикацию и повторите проверку",
};

/** A report on an extension that answered `ping`. `skewMs`: 1C's clock minus ours. */
export function pingReport(
  pong: Result<"ping">,
  settings: Settings,
  { skewMs, write }: { readonly skewMs: number; readonly write: boolean },
): CheckReport {
  const { extension, platform, configuration, checks } = pong;
  const found = [
    fine("Связь", `расширение версии ${extension} отвечает, протокол ${PROTOCOL_VERSION}, подписи верны`),
    fine("1С", `конфигурация «${configuration.name}» ${configuration.version}, платформа ${platform}`),
    clockLine(Math.round(skewMs / 1000)),
    ...organizationLines(pong, settings),
  ];
  // What the extension says of a thing itself stands in the place of what is said of it here.
  const byName = new Map([...found, writeLine(write), ...checks.map(ownLine)].map((line) => [line.name, line]));
  return { lines: [...byName.values()] };
}

/** A report where nothing of the extension came through. */
export function failureReport(error: unknown): CheckReport {
  if (!(error instanceof AdapterError)) throw error;
  const detail = error.detail ?? error.message;
  const todo = ADVICE[error.code] ?? "Посмотрите журнал регистрации 1С, исправьте и повторите проверку";
  const rest = ["1С", "Часы", "Организация", WRITE].map((name) => unchecked(name, "Сначала восстановите связь"));
  return { lines: [{ name: "Связь", ok: false, detail, todo }, ...rest] };
}

/** Beyond this 1C has stopped asking: its job begins every minute, and one command does not last so long. */
const LONG_AGO_MS = 10 * 60_000;

const PULL_JOB =
  "расширение установлено и конфигурация базы обновлена, РежимОбмена — pull, АдресШлюза и СекретОтправки верны, регламентное задание «Шлюз: команды» включено. Причину отказа пишет журнал регистрации 1С, событие «Шлюз.Команды»";
const PULL_STOPPED =
  "Проверьте в 1С: не выключено ли регламентное задание «Шлюз: команды», не заблокирована ли работа с внешними ресурсами (база — копия), что пишет журнал регистрации, событие «Шлюз.Команды»";

const { platform, configuration, organizations } = claimRequestSchema.entries.params.entries;
const visitSchema = v.object({ extension: v.string(), skewMs: v.number(), platform, configuration, organizations });

/** A report in pull mode, from what 1C said when it last came. `now`: epoch ms. */
export function visitReport(visit: Visit | null, settings: Settings, now: number): CheckReport {
  const read = v.safeParse(visitSchema, visit?.said);
  if (visit === null || !read.success) {
    const detail = "1С ещё ни разу не забирала команды с верной подписью";
    const rest = ["1С", "Часы", "Организация", WRITE].map((name) => unchecked(name, "Сначала восстановите связь"));
    return { lines: [{ name: "Связь", ok: false, detail, todo: `Проверьте в 1С: ${PULL_JOB}` }, ...rest] };
  }
  const { extension, skewMs, ...said } = read.output;
  const version = `расширение версии ${extension}, протокол ${PROTOCOL_VERSION}`;
  const when = `1С забирала команды ${ago(now - visit.at)}`;
  const link: CheckLine =
    now - visit.at > LONG_AGO_MS
      ? { name: "Связь", ok: false, detail: `последний раз ${when}; ${version}`, todo: PULL_STOPPED }
      : fine("Связь", `${when}; ${version}, подписи верны`);
  const what = [
    ...(said.configuration ? [`конфигурация «${said.configuration.name}» ${said.configuration.version}`] : []),
    ...(said.platform ? [`платформа ${said.platform}`] : []),
  ];
  const update = "Обновите расширение: эта версия о себе этого не сообщает";
  const todo = "1С сама забирает команды, пробную запись отсюда не сделать: проверьте первым настоящим актом";
  return {
    lines: [
      link,
      what.length > 0 ? fine("1С", what.join(", ")) : unchecked("1С", update),
      clockLine(Math.round(skewMs / 1000)),
      said.organizations ? ownOrganization(said.organizations, settings) : unchecked("Организация", update),
      unchecked(WRITE, todo),
    ],
  };
}

/** More of them than fit into a claim: ours may be among those that were left out. */
const MOST_ORGANIZATIONS = 100;

function ownOrganization(inns: readonly string[], { organizationInn }: Settings): CheckLine {
  const name = "Организация";
  const found = inns.filter((inn) => inn === organizationInn).length;
  if (found === 1) return fine(name, `ИНН ${organizationInn} в 1С найден`);
  const todo = "Проверьте ONEC_ORGANIZATION_INN: в базе должна быть одна действующая организация с этим ИНН";
  if (found > 1) return { name, ok: false, detail: `организаций с ИНН ${organizationInn} в 1С: ${found}`, todo };
  if (inns.length >= MOST_ORGANIZATIONS) return unchecked(name, todo);
  return { name, ok: false, detail: `ИНН ${organizationInn} в 1С не найден`, todo };
}

/** «3 минуты назад», for a time gone by in milliseconds. */
function ago(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return "меньше минуты назад";
  if (minutes < 60) return `${minutes} ${plural(minutes, "минуту", "минуты", "минут")} назад`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} ${plural(hours, "час", "часа", "часов")} назад`;
  const days = Math.floor(hours / 24);
  return `${days} ${plural(days, "день", "дня", "дней")} назад`;
}

/** A report in pull mode where nothing is noted of 1C: from here it cannot be asked. */
export function uncheckedReport(): CheckReport {
  const todo = "Проверьте в 1С: расширение пишет в журнал регистрации, что шлюз отвечает на запрос команд";
  const why = `${UNCHECKED}: 1С сама забирает команды у шлюза, отсюда её не спросить`;
  const rest = ["1С", "Часы", "Организация", WRITE].map((name) => unchecked(name, todo));
  return { lines: [{ name: "Связь", ok: null, detail: why, todo }, ...rest] };
}

/** A line of the extension's own. */
function ownLine({ name, ok, detail, todo }: Result<"ping">["checks"][number]): CheckLine {
  return { name, ok, detail, ...(ok === true ? {} : { todo: todo || "Исправьте в 1С и повторите проверку" }) };
}

function clockLine(seconds: number): CheckLine {
  const name = "Часы";
  if (Math.abs(seconds) <= TOLERABLE_SKEW) return fine(name, `часы 1С и шлюза расходятся на ${Math.abs(seconds)} с`);
  const which = seconds > 0 ? "спешат" : "отстают";
  return {
    name,
    ok: false,
    detail: `часы 1С ${which} на ${Math.abs(seconds)} с`,
    todo: "Сверьте часы серверов: при расхождении больше 5 минут подписи не принимаются",
  };
}

function organizationLines(pong: Result<"ping">, settings: Settings): CheckLine[] {
  const { organizationInn, organizationAccount } = settings;
  if (pong.organization === null) {
    const todo = "Проверьте ONEC_ORGANIZATION_INN и права пользователя на организацию";
    return [
      { name: "Организация", ok: false, detail: `ИНН ${organizationInn} в 1С не найден или не единственный`, todo },
    ];
  }
  const { name, inn, bankAccount } = organizationOf(pong.organization);
  const lines = [fine("Организация", `${name}, ИНН ${inn}`)];
  if (bankAccount === undefined) {
    const detail =
      organizationAccount === undefined ? "основной счёт не указан" : `счёт ${organizationAccount} не найден`;
    const todo =
      "Укажите расчётный счёт организации в 1С или в ONEC_ORGANIZATION_ACCOUNT: без него не сделать платёжное поручение";
    return [...lines, { name: "Счёт организации", ok: false, detail, todo }];
  }
  return [...lines, fine("Счёт организации", `${bankAccount.number}, БИК ${bankAccount.bic}`)];
}

function writeLine(write: boolean): CheckLine {
  if (!write) return unchecked(WRITE, "Запустите проверку с записью (--write)");
  return unchecked(WRITE, "Эта версия расширения пробную запись не делает: проверьте первым настоящим актом");
}

function unchecked(name: string, todo: string): CheckLine {
  return { name, ok: null, detail: UNCHECKED, todo };
}

function fine(name: string, detail: string): CheckLine {
  return { name, ok: true, detail };
}
