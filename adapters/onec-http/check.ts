import type { CheckLine, CheckReport } from "../../core/adapter.ts";
import { AdapterError, type ProblemCode } from "../../core/errors.ts";
import { toOkLine, toUncheckedLine } from "../onec/check-lines.ts";
import { organizationOf } from "./answers.ts";
import { PROTOCOL_VERSION, type Result, type Settings } from "./protocol.ts";

/** Largest clock difference without a warning, seconds. Signatures fail beyond 300 seconds. */
const TOLERABLE_SKEW = 60;

/** Name of the trial write's line. */
export const WRITE = "Запись";

/** Advice for problems without advice in 1C's own words. */
const ADVICE: Partial<Record<ProblemCode, string>> = {
  onec_unavailable: "Проверьте, что веб-сервер 1С запущен и доступен с этой машины по адресу ONEC_URL",
  onec_timeout: "Проверьте нагрузку сервера 1С; при медленной базе увеличьте ONEC_TIMEOUT_MS",
  onec_no_license: "Освободите или добавьте лицензию 1С: каждому обращению шлюза нужен сеанс",
  onec_session_blocked: "Снимите блокировку начала сеансов или дождитесь конца обслуживания базы",
  onec_forbidden: "Исправьте доступ в 1С и повторите проверку",
  onec_not_published: "Исправьте публикацию и повторите проверку",
};

/** Creates the report for an answered `ping`. `skewMs`: 1C's clock minus the relay's, milliseconds. */
export function toPingReport(
  pong: Result<"ping">,
  settings: Settings,
  { skewMs, write }: { readonly skewMs: number; readonly write: boolean },
): CheckReport {
  const { extension, platform, configuration, checks } = pong;
  const found = [
    toOkLine("Связь", `расширение версии ${extension} отвечает, протокол ${PROTOCOL_VERSION}, подписи верны`),
    toOkLine("1С", `конфигурация «${configuration.name}» ${configuration.version}, платформа ${platform}`),
    toClockLine(Math.round(skewMs / 1000)),
    ...toOrganizationLines(pong, settings),
  ];
  // A line from the extension replaces ours of the same name.
  const lines = [...found, createWriteLine(write), ...checks.map(toExtensionLine)];
  const byName = new Map(lines.map((line) => [line.name, line]));
  return { lines: [...byName.values()] };
}

/** Creates the report for a failed call. Throws any error but `AdapterError`. */
export function toFailureReport(error: unknown): CheckReport {
  if (!(error instanceof AdapterError)) throw error;
  const detail = error.detail ?? error.message;
  const todo = ADVICE[error.code] ?? "Посмотрите журнал регистрации 1С, исправьте и повторите проверку";
  const rest = ["1С", "Часы", "Организация", WRITE].map((name) => toUncheckedLine(name, "Сначала восстановите связь"));
  return { lines: [{ name: "Связь", ok: false, detail, todo }, ...rest] };
}

function toExtensionLine({ name, ok, detail, todo }: Result<"ping">["checks"][number]): CheckLine {
  return { name, ok, detail, ...(ok === true ? {} : { todo: todo || "Исправьте в 1С и повторите проверку" }) };
}

/** Creates the line about the clocks. `seconds`: 1C's clock minus the relay's. */
export function toClockLine(seconds: number): CheckLine {
  const name = "Часы";
  if (Math.abs(seconds) <= TOLERABLE_SKEW)
    return toOkLine(name, `часы 1С и шлюза расходятся на ${Math.abs(seconds)} с`);
  const which = seconds > 0 ? "спешат" : "отстают";
  return {
    name,
    ok: false,
    detail: `часы 1С ${which} на ${Math.abs(seconds)} с`,
    todo: "Сверьте часы серверов: при расхождении больше 5 минут подписи не принимаются",
  };
}

function toOrganizationLines(pong: Result<"ping">, settings: Settings): CheckLine[] {
  const { organizationInn, organizationAccount } = settings;
  if (pong.organization === null) {
    const todo = "Проверьте ONEC_ORGANIZATION_INN и права пользователя на организацию";
    const detail = `ИНН ${organizationInn} в 1С не найден или не единственный`;
    return [{ name: "Организация", ok: false, detail, todo }];
  }
  const { name, inn, bankAccount } = organizationOf(pong.organization);
  const lines = [toOkLine("Организация", `${name}, ИНН ${inn}`)];
  if (bankAccount === undefined) {
    const detail =
      organizationAccount === undefined ? "основной счёт не указан" : `счёт ${organizationAccount} не найден`;
    const todo =
      "Укажите расчётный счёт организации в 1С или в ONEC_ORGANIZATION_ACCOUNT: без него не сделать платёжное поручение";
    return [...lines, { name: "Счёт организации", ok: false, detail, todo }];
  }
  return [...lines, toOkLine("Счёт организации", `${bankAccount.number}, БИК ${bankAccount.bic}`)];
}

function createWriteLine(write: boolean): CheckLine {
  if (!write) return toUncheckedLine(WRITE, "Запустите проверку с записью (--write)");
  return toUncheckedLine(WRITE, "Эта версия расширения пробную запись не делает: проверьте первым настоящим актом");
}
