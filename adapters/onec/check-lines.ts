import type { CheckLine } from "../../core/adapter.ts";
import { AdapterError, PROBLEMS, type ProblemCode } from "../../core/errors.ts";

/** Paths through 1C's menus for the administrator, with the menus' own names. */
export const MENUS = {
  composition: "Администрирование → Синхронизация данных → Настройки стандартного интерфейса OData",
  publication: "Конфигуратор → Администрирование → Публикация на веб-сервере",
  users: "Администрирование → Настройки пользователей и прав → Пользователи",
  rights: "Администрирование → Настройки пользователей и прав → Группы доступа",
  closed: "Администрирование → Настройки пользователей и прав → Даты запрета изменения",
  organizations: "Главное → Организации",
} as const;

const ADVICE: Partial<Record<ProblemCode, string>> = {
  onec_unavailable:
    "Проверьте, что веб-сервер 1С работает и доступен с машины шлюза по адресу ONEC_URL: имя, порт, сеть, сертификат",
  onec_timeout: "Проверьте нагрузку сервера 1С; если база просто медленная, увеличьте ONEC_TIMEOUT_MS",
  onec_no_license: "Освободите или добавьте клиентскую лицензию 1С: каждый запрос шлюза на время занимает одну",
  onec_session_blocked: "Снимите блокировку начала сеансов или дождитесь конца обслуживания базы",
  onec_lock_conflict: "Повторите проверку: данные занял другой сеанс",
  onec_forbidden: `Дайте пользователю шлюза права: ${MENUS.rights}`,
  onec_not_published: `${MENUS.publication}: отметьте «Публиковать стандартный интерфейс OData». ONEC_URL — адрес базы без /odata`,
  period_closed: `Откройте день документа: ${MENUS.closed}`,
};

/** A line about a passed check. `todo`: optional advice. */
export function toOkLine(name: string, detail: string, todo?: string): CheckLine {
  return { name, ok: true, detail, ...(todo === undefined ? {} : { todo }) };
}

/** A line about a failed check. `todo`: the remedy. */
export function toFailedLine(name: string, detail: string, todo: string): CheckLine {
  return { name, ok: false, detail, todo };
}

export const UNCHECKED = "не проверено";

/** A line about a skipped check. `todo`: how to get the check done. */
export function toUncheckedLine(name: string, todo: string, detail = UNCHECKED): CheckLine {
  return { name, ok: null, detail, todo };
}

const ADDRESS_RULE =
  "Это правило веб-сервера, а не пароль: разрешите адрес машины шлюза для публикации базы (Apache — Require ip, IIS — «Ограничения IP-адресов и доменов») и проверьте прокси между ними";

/** A line about a failed call, in 1C's own words. Rethrows other errors than {@link AdapterError}. */
export function toErrorLine(name: string, error: unknown, todo?: string): CheckLine {
  if (!(error instanceof AdapterError)) throw error;
  const detail = error.detail ?? PROBLEMS[error.code].message;
  if (isLoginRefused(error)) {
    if (error.message === "1C answered 403") return toFailedLine(name, detail, ADDRESS_RULE);
    const login = `Проверьте ONEC_USER и ONEC_PASSWORD; в 1С у пользователя должны быть отмечены «Вход в приложение разрешен» (раньше «Вход в программу разрешен») и «Аутентификация 1С:Предприятия»: ${MENUS.users}`;
    return toFailedLine(name, detail, login);
  }
  return toFailedLine(
    name,
    detail,
    todo ?? ADVICE[error.code] ?? "Посмотрите журнал регистрации 1С, исправьте и повторите проверку",
  );
}

/** Whether the web server refused the name and password; missing rights have the same status and 1C's code 20. */
export function isLoginRefused(error: AdapterError): boolean {
  return error.code === "onec_forbidden" && /^1C answered 40[13]$/.test(error.message);
}
