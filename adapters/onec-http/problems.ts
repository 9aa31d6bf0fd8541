import * as v from "valibot";
import { AdapterError, type Outcome, type ProblemCode } from "../../core/errors.ts";
import type { OnecAnswer } from "../onec/transport.ts";
import { decode } from "./messages.ts";
import { PROTOCOL_VERSION, refusalSchema, SERVICE_PATH } from "./protocol.ts";

/**
 * Marks an answer without the extension's signature. An unsigned answer proves nothing: as the `cause` of a refusal,
 * this error makes the refusal uncertain for the relay.
 */
export class UnsignedAnswer extends Error {
  override readonly name = "UnsignedAnswer";
  readonly status: number;
  constructor(status: number, why: string) {
    super(`HTTP ${status}: ${why}`);
    this.status = status;
  }
}

interface Hint {
  readonly code: ProblemCode;
  readonly message: string;
  /** Problem and remedy, in Russian. */
  readonly detail: string;
}

const PUBLISH = `HTTP-сервис расширения (${SERVICE_PATH})`;

/** Meaning of the platform's own refusals by status: the platform answers before the extension's code begins. */
const HINTS: Readonly<Record<number, Hint>> = {
  401: {
    code: "onec_forbidden",
    message: "1C does not know the user or the password",
    detail:
      "1С не пускает (401): проверьте ONEC_USER и ONEC_PASSWORD и то, что этому пользователю разрешён вход по паролю",
  },
  403: {
    code: "onec_forbidden",
    message: "1C's user has no role of the extension",
    detail: "1С не пускает (403): дайте пользователю ONEC_USER профиль с ролью расширения onec-relay",
  },
  404: {
    code: "onec_not_published",
    message: "The extension's HTTP service is not published",
    detail: `${PUBLISH} не найден (404): установите расширение, обновите конфигурацию базы данных и опубликуйте сервис; проверьте ONEC_URL`,
  },
  405: {
    code: "onec_not_published",
    message: "The address does not take POST",
    detail: `${PUBLISH} не принимает POST (405): проверьте публикацию на веб-сервере и версию расширения`,
  },
};

const BROKEN: Hint = {
  code: "onec_rejected",
  message: "The extension answers 500 to everything",
  detail:
    "Расширение onec-relay отвечает ошибкой 500 на любой запрос: похоже, его модуль не компилируется. Откройте расширение в конфигураторе, выполните проверку модулей и обновите его",
};

const REFUSED: Readonly<Record<v.InferOutput<typeof refusalSchema>["refused"], Hint>> = {
  signature_invalid: {
    code: "onec_forbidden",
    message: "The relay's signature is refused",
    detail: "Расширение не приняло подпись: секрет в его настройках не совпадает с ONEC_OUTBOUND_SECRET",
  },
  timestamp_out_of_tolerance: {
    code: "onec_forbidden",
    message: "The clocks differ",
    detail: "Часы сервера 1С и шлюза расходятся больше чем на 5 минут: сверьте их",
  },
  malformed: {
    code: "onec_rejected",
    message: "The extension could not read the request",
    detail: "Расширение не смогло прочитать запрос: обновите его до версии из поставки шлюза",
  },
  protocol_unsupported: {
    code: "onec_not_published",
    message: "The extension speaks another version of the protocol",
    detail: `Расширение другой версии протокола, шлюзу нужна версия ${PROTOCOL_VERSION}: обновите расширение или шлюз`,
  },
};

/** Defect of an answer: no signature, a wrong signature, time, id or version of the protocol. */
export type BadAnswer = "unsigned" | "signature_invalid" | "timestamp_out_of_tolerance" | "replayed" | "protocol";

const BAD_ANSWERS: Readonly<Record<BadAnswer, Hint>> = {
  unsigned: {
    code: "onec_not_published",
    message: "The answer is not the extension's",
    detail:
      "Ответ пришёл без подписи: по адресу ONEC_URL отвечает не расширение onec-relay или прокси убирает заголовки",
  },
  signature_invalid: {
    code: "onec_forbidden",
    message: "The signature of 1C's answer is wrong",
    detail: "Подпись ответа 1С неверна: секрет в настройках расширения не совпадает с ONEC_OUTBOUND_SECRET",
  },
  timestamp_out_of_tolerance: REFUSED.timestamp_out_of_tolerance,
  replayed: {
    code: "onec_forbidden",
    message: "Signed for another request",
    detail: "Ответ подписан для другого запроса: его подменили или перепутал прокси между шлюзом и 1С",
  },
  protocol: REFUSED.protocol_unsupported,
};

/** Creates the error of an untrusted 200. For a write the outcome is uncertain: the relay searches before a repeat. */
export function createBadAnswerError(why: BadAnswer, writes: boolean): AdapterError {
  return toWholeError(BAD_ANSWERS[why], writes, new UnsignedAnswer(200, why));
}

/** Creates the error of an extension with answer 500 even to `ping`. */
export function createBrokenExtensionError(writes: boolean): AdapterError {
  return toWholeError(BROKEN, writes, new UnsignedAnswer(500, "also to ping"));
}

/** Makes the error of an answer that says nothing of one act: it concerns the infobase or its publication. */
function toWholeError(hint: Hint, writes: boolean, cause: Error): AdapterError {
  if (!writes) return toHintedError(hint, "unavailable", cause);
  return toHintedError({ ...hint, code: "onec_unavailable" }, "uncertain", cause);
}

/**
 * Converts an unsigned answer: the extension cannot read the request, or the platform or a proxy refuses.
 * `general`: the common conversion of both 1C adapters.
 */
export function toUnsignedAnswerError({ status, body }: OnecAnswer, general: AdapterError): AdapterError {
  const refusal = status === 400 ? v.safeParse(refusalSchema, decode(body)) : null;
  if (refusal?.success) {
    const { refused } = refusal.output;
    // An unreadable message is a fault of this message; the other refusals meet every message.
    const outcome = refused === "malformed" ? "rejected" : "unavailable";
    return toHintedError(REFUSED[refused], outcome, new UnsignedAnswer(400, "refused"));
  }
  const hint = HINTS[status];
  const known = hint !== undefined && ["onec_forbidden", "onec_not_published", "onec_rejected"].includes(general.code);
  if (known) return toHintedError(hint, "unavailable", new UnsignedAnswer(status, general.detail ?? ""));
  const { code, message, outcome, detail, retryAfterMs } = general;
  return new AdapterError(code, message, {
    outcome,
    cause: new UnsignedAnswer(status, message),
    ...(detail === null ? {} : { detail }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

function toHintedError({ code, message, detail }: Hint, outcome: Outcome, cause: Error): AdapterError {
  return new AdapterError(code, message, { outcome, detail, cause });
}
