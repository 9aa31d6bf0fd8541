import { AdapterError, type Outcome, type ProblemCode } from "../../core/errors.ts";
import { findNetworkError } from "../../core/network-errors.ts";

export type OnecFailure =
  | {
      /** 1C answered with a refusal or an unexpected body. */
      readonly type: "answer";
      readonly status: number;
      readonly text: string;
      /** Pause requested by 1C before a repeat, milliseconds. */
      readonly retryAfterMs?: number | null;
    }
  | {
      /** No answer came, or the answer broke off. `sent: false`: the request certainly did not leave this machine. */
      readonly type: "silence";
      readonly cause: unknown;
      readonly sent: boolean;
    };

export interface OnecFailureContext {
  /** The request may change data in 1C. Without an answer the outcome of such a request is uncertain. */
  readonly writes: boolean;
  /** Secrets to mask in 1C's own words, since 1C may echo a request. */
  readonly secrets?: readonly string[];
}

/** 1C's own code and words in the answer with an error. `code: null`: the answer is not an OData error. */
export interface OnecWords {
  readonly code: string | null;
  readonly words: string;
}

/** Longest text of 1C to search for words, characters. */
const MOST_TEXT = 20_000;

/** Longest quote of 1C's own words, characters. */
const LONGEST_WORDS = 500;

const NO_LICENSE =
  /(?:не обнаружен|не найден|нет)\S* (?:свободн\S* )?(?:ключ\S* защиты|лицензи)|лицензи\S* не (?:обнаружен|найден)|license (?:is )?not found|no (?:free )?licen[sc]e/i;
const SESSION_BLOCKED =
  /начал\S* сеанса\S* .{0,80}(?:запрещ|заблокир)|сеанс (?:отсутствует|удал[её]н|завершен)|установлена блокировка (?:начала )?(?:сеанс|соединени)|монопольн\S* режим|ошибка блокировки информационной базы|session (?:start|initiation) .{0,40}(?:denied|prohibited|blocked)/i;
const LOCK_CONFLICT =
  /конфликт блокировок|превышен\S* (?:максимальн\S* )?врем\S* ожидания|взаимоблокировк|взаимная блокировка|не удалось заблокировать|уже заблокирован|заблокирован\S* (?:другим )?пользовател|(?:номер|код)\S{0,2} не уникальн|lock (?:conflict|request time ?out)|deadlock/i;
/** The databases' own words and codes. PostgreSQL 55P03, 40P01, 40001; MS SQL 1205, 1222; Oracle ORA-00060. */
const DATABASE_LOCK =
  /\b(?:55P03|40P01|40001)\b|тайм-?аут\S* блокировки|не удалось (?:получить блокировку|сериализовать доступ)|(?:lock|statement due to lock) timeout|could not (?:obtain lock|serialize access)|ORA-00060/i;
/** Words of the platform and of БСП. Unsure: seen in forms, not recorded over OData. */
const VERSION_CONFLICT =
  /данные (?:были )?(?:изменены|удалены)(?: или удалены)? другим пользовател|(?:объект|элемент|документ) (?:был )?измен[её]н(?: или удал[её]н)? другим пользовател|редактирует(?:ся)? (?:другим )?пользовател/i;
const SERVER_AWAY =
  /сервер 1с:предприятия не обнаружен|ошибка соединения с сервером 1с|server_addr=\S* .{0,40}descr=|1c:enterprise server (?:is )?not (?:found|detected)/i;
const PERIOD_CLOSED =
  /дат\S* запрета|запрет\S* (?:на )?(?:изменени|редактировани)|(?:изменени|редактировани)\S* данных (?:.{0,80} )?запрещен|запрещено (?:изменять|редактировать|вносить изменения)|закрыт\S* период|период\S* закрыт|запрещ[её]нн\S* период/i;
const NO_RIGHTS =
  /недостаточно прав|нарушени\S* прав доступа|нет прав(?![а-яё])|access (?:rights? )?violation|insufficient (?:access )?rights|access (?:is )?denied/i;

/**
 * Turns an answer of 1C, or silence, into an error for people with the known outcome of the request.
 *
 * | answer | code | outcome | reason |
 * | --- | --- | --- | --- |
 * | «Не обнаружено свободной лицензии» | `onec_no_license` | unavailable | no session began, so 1C did nothing |
 * | «Начало сеанса … запрещено», «Сеанс отсутствует», exclusive mode, 406 | `onec_session_blocked` | unavailable | maintenance: no session began |
 * | «Конфликт блокировок», «… не удалось заблокировать», «Номер не уникален» | `onec_lock_conflict` | unavailable | the transaction was rolled back; two documents numbered at one moment pass the next time |
 * | «Сервер 1С:Предприятия не обнаружен» | `onec_unavailable` | unavailable | the web server is up, 1C behind it is not |
 * | «Данные были изменены другим пользователем» | `onec_version_conflict` | unavailable | a person was first |
 * | «Запрещено изменять данные», «запрещенный период» | `period_closed` | rejected | an accountant opens the period |
 * | code 20, «Недостаточно прав» | `onec_forbidden` | rejected | 1C answers 401 for missing rights too |
 * | 401, 403 without 1C's code | `onec_forbidden` | unavailable | wrong password or a rule of the web server: a fault of the whole, not of one act |
 * | 404 with code 9 | `onec_rejected` | rejected | no such object; readers return null |
 * | 404 with code 8 | `onec_not_published` | rejected | not in the published composition |
 * | 404 without 1C's code | `onec_not_published` | unavailable | a wrong address, or the publication is away |
 * | 3xx | `onec_not_published` | unavailable | 1C never redirects: a login page or a wrong address; the relay does not send the password on |
 * | 412 | `onec_version_conflict` | unavailable | somebody wrote first: read the object again and repeat |
 * | 429, 503 | `onec_unavailable` | unavailable | the server refused before any work |
 * | 502; 408, 504 | `onec_unavailable`; `onec_timeout` | write: uncertain | a proxy stopped waiting while 1C may have worked |
 * | any other with OData's error, also 500 with code -1; 4xx | `onec_rejected` | rejected | a refusal in 1C's own words; 1C rolled everything back; never repeated blindly |
 * | 403 «error code: 1003», 520–526, 530 | `onec_unavailable`; 524 `onec_timeout` | unavailable; 520, 522, 524 of a write: uncertain | the edge itself answers: 1C was not reached, or 1C's answer was lost |
 * | 5xx without 1C's words | `onec_unavailable` | write: uncertain | a crash does not tell how far 1C came |
 * | 2xx with an unexpected body | `onec_not_published`; write: `onec_unavailable` | write: uncertain | a page of a proxy with status 200 |
 * | refused, no such host, no route, bad certificate | `onec_unavailable` | unavailable | nothing was sent |
 * | no time left before the request was sent | `onec_timeout` | unavailable | nothing was sent |
 * | no answer in time | `onec_timeout` | write: uncertain | 1C may still carry the request out |
 * | the connection broke | `onec_unavailable` | write: uncertain | sent, perhaps carried out |
 *
 * "write: uncertain" means: unavailable for a request that only reads.
 */
export function toOnecError(failure: OnecFailure, { writes, secrets = [] }: OnecFailureContext): AdapterError {
  const open: Outcome = writes ? "uncertain" : "unavailable";
  if (failure.type === "silence") return toSilenceError(failure, open);
  const { status } = failure;
  const { code, words } = readOnecWords(failure.text);
  const say = (problem: ProblemCode, outcome: Outcome, message: string): AdapterError =>
    new AdapterError(problem, message, {
      outcome,
      detail: truncateText(hide(words, secrets)) || `1С ответила кодом ${status} без пояснений`,
      ...(failure.retryAfterMs == null ? {} : { retryAfterMs: failure.retryAfterMs }),
    });
  if (NO_LICENSE.test(words)) return say("onec_no_license", "unavailable", "1C has no free licence");
  if (SESSION_BLOCKED.test(words) || status === 406) {
    return say("onec_session_blocked", "unavailable", "1C begins no sessions now");
  }
  if (LOCK_CONFLICT.test(words) || DATABASE_LOCK.test(words)) {
    return say("onec_lock_conflict", "unavailable", "1C's data is locked");
  }
  if (VERSION_CONFLICT.test(words)) return say("onec_version_conflict", "unavailable", "Somebody changes the object");
  if (SERVER_AWAY.test(words)) return say("onec_unavailable", "unavailable", "1C's server is not there");
  if (PERIOD_CLOSED.test(words)) return say("period_closed", "rejected", "The period is closed for changes");
  if (code === "20" || NO_RIGHTS.test(words)) return say("onec_forbidden", "rejected", "1C's user lacks rights");
  const edge = findEdgeAnswer(status, words);
  if (edge !== null) {
    const facts = {
      outcome: edge.isLost === true ? open : "unavailable",
      detail: `${edge.detail} (${status})`,
    } as const;
    return new AdapterError(status === 524 ? "onec_timeout" : "onec_unavailable", "The edge answered for 1C", facts);
  }
  if ((status === 401 || status === 403) && code === null) return createLoginError(status);
  if (status === 401 || status === 403) return say("onec_forbidden", "rejected", "1C's user lacks rights");
  if (status === 404 && code === "9") return say("onec_rejected", "rejected", "There is no such object in 1C");
  if (status === 404 && code === null)
    return say("onec_not_published", "unavailable", "There is no 1C at this address");
  if (status === 404) return say("onec_not_published", "rejected", "1C does not publish this");
  if (status === 407 || status === 511) return say("onec_unavailable", "unavailable", "A proxy asks for a login");
  if (status >= 300 && status < 400) return createRedirectError(status);
  if (status === 412) return say("onec_version_conflict", "unavailable", "The object was changed meanwhile");
  if (status === 429 || status === 503) return say("onec_unavailable", "unavailable", "1C takes no requests now");
  if (status === 502) return say("onec_unavailable", open, "A proxy got no answer from 1C");
  if (status === 408 || status === 504) return say("onec_timeout", open, "A proxy got no answer from 1C in time");
  if (status >= 400 && (code !== null || status < 500)) return say("onec_rejected", "rejected", "1C refused");
  if (status >= 500) return say("onec_unavailable", open, `1C answered ${status}`);
  if (writes) return say("onec_unavailable", "uncertain", "The answer to a write is not 1C's");
  return say("onec_not_published", "unavailable", "The answer is not 1C's");
}

interface EdgeAnswer {
  readonly detail: string;
  /** The request may have reached 1C. */
  readonly isLost?: true;
}

/**
 * Answers of Cloudflare's network in the place of 1C:
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const EDGE_ANSWERS: Readonly<Record<number, EdgeAnswer>> = {
  520: { detail: "Cloudflare получила от сервера 1С непонятный ответ", isLost: true },
  521: { detail: "Сервер 1С не принимает соединений из сети Cloudflare: проверьте правила его сетевого экрана" },
  522: { detail: "Сервер 1С не ответил сети Cloudflare вовремя", isLost: true },
  523: { detail: "Из сети Cloudflare нет дороги к серверу 1С" },
  524: { detail: "Cloudflare не дождалась ответа 1С", isLost: true },
  525: { detail: "Cloudflare не установила защищённое соединение с сервером 1С: проверьте его TLS" },
  526: { detail: "Cloudflare не доверяет сертификату сервера 1С: нужен сертификат известного центра" },
  530: { detail: "Cloudflare не находит имени сервера 1С: проверьте ONEC_URL и запись DNS" },
};

const DIRECT_IP: EdgeAnswer = {
  detail: "Cloudflare не обращается к 1С по IP-адресу: укажите в ONEC_URL имя сервера",
};

function findEdgeAnswer(status: number, words: string): EdgeAnswer | null {
  if (status === 403 && /^error code: 1003\b/i.test(words)) return DIRECT_IP;
  return EDGE_ANSWERS[status] ?? null;
}

/** 1C's code and words: from OData's JSON or XML, or the platform's JSON exception, else the text without markup. */
export function readOnecWords(text: string): OnecWords {
  const body = text.replace(/^\uFEFF/, "").trim();
  return (
    readJsonWords(body) ??
    readXmlWords(body.slice(0, MOST_TEXT)) ?? {
      code: null,
      words: collapseSpaces(body.slice(0, MOST_TEXT).replace(MARKUP, " ")),
    }
  );
}

/** The error of a refusal by 1C, or by the relay in advance; nothing was done. `detail`: for people, in Russian. */
export function createRejection(code: ProblemCode, message: string, detail: string, field?: string): AdapterError {
  return new AdapterError(code, message, { outcome: "rejected", detail, ...(field === undefined ? {} : { field }) });
}

/** Cuts a text to `longest` characters, with an ellipsis at the cut. */
export function truncateText(text: string, longest = LONGEST_WORDS): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`;
}

const MARKUP = /<(?:script|style)\b[\s\S]*?<\/(?:script|style)>|<[^>]*>/gi;

function toSilenceError({ cause, sent }: OnecFailure & { type: "silence" }, open: Outcome): AdapterError {
  const found = findNetworkError(cause);
  const code = found?.code ?? null;
  if (found?.isCertificate) {
    const detail = `Сертификату сервера 1С нельзя доверять (${code})`;
    const facts = { outcome: "unavailable", detail, cause } as const;
    return new AdapterError("onec_unavailable", "1C's certificate is not valid", facts);
  }
  if (found?.isSent === false) {
    const detail = `Сервер 1С не отвечает по этому адресу (${code})`;
    return new AdapterError("onec_unavailable", "1C cannot be reached", { outcome: "unavailable", detail, cause });
  }
  if (isTimeout(cause) || code?.includes("TIMEOUT") || code === "ETIMEDOUT") {
    const outcome = sent ? open : "unavailable";
    return new AdapterError("onec_timeout", "1C did not answer in time", { outcome, cause });
  }
  const detail = code === null ? "Связь с 1С прервалась" : `Связь с 1С прервалась (${code})`;
  const outcome = sent ? open : "unavailable";
  return new AdapterError("onec_unavailable", "The connection to 1C broke", { outcome, detail, cause });
}

function createLoginError(status: number): AdapterError {
  const detail =
    status === 401
      ? "1С не пускает: неверное имя пользователя или пароль, либо вход этому пользователю запрещён"
      : "Веб-сервер не пускает к 1С (403)";
  return new AdapterError("onec_forbidden", `1C answered ${status}`, { outcome: "unavailable", detail });
}

function createRedirectError(status: number): AdapterError {
  const detail = `Адрес 1С перенаправляет на другой (код ${status}): проверьте ONEC_URL`;
  return new AdapterError("onec_not_published", "Redirects are not followed", { outcome: "unavailable", detail });
}

function isTimeout(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if (at.name === "TimeoutError" || at.name === "AbortError") return true;
  }
  return false;
}

function readJsonWords(body: string): OnecWords | null {
  if (!body.startsWith("{")) return null;
  try {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    const exception = parsed.exception as
      | { readonly descr?: unknown; readonly inner?: { readonly descr?: unknown } }
      | undefined;
    if (exception)
      return { code: null, words: collapseSpaces(String(exception.inner?.descr ?? exception.descr ?? "")) };
    const error = (parsed["odata.error"] ?? parsed.error) as
      | { readonly code?: unknown; readonly message?: { readonly value?: unknown } | string }
      | undefined;
    if (error === undefined || error === null || typeof error !== "object") return null;
    const message = typeof error.message === "string" ? error.message : error.message?.value;
    return { code: error.code == null ? null : String(error.code), words: collapseSpaces(String(message ?? "")) };
  } catch {
    return null;
  }
}

function readXmlWords(body: string): OnecWords | null {
  const [, inside] = /<(?:\w+:)?error\b[^>]*>([\s\S]*?)<\/(?:\w+:)?error>/.exec(body) ?? [];
  if (inside === undefined) return null;
  const readElement = (name: string) =>
    new RegExp(`<(?:\\w+:)?${name}\\b[^>]*>([\\s\\S]*?)</(?:\\w+:)?${name}>`).exec(inside)?.[1];
  const code = readElement("code")?.trim();
  const words = collapseSpaces(decodeEntities(readElement("message") ?? ""));
  return { code: code === undefined || code === "" ? null : code, words };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function decodeEntities(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}

/** Makes one line of at most {@link MOST_TEXT} characters: every search of words costs more than their length. */
function collapseSpaces(text: string): string {
  return text.slice(0, MOST_TEXT).replace(/\s+/g, " ").trim();
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 3).reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}
