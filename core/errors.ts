/** Resolver of a problem: the platform, an accountant (бухгалтер), the operator, or nobody (the relay repeats). */
export type Resolver = "platform" | "accountant" | "operator" | "nobody";

/**
 * Outcome of a failed outside call. `rejected`: the other side refused, no effect · `unavailable`: not arrived, no
 * effect · `uncertain`: sent without an answer: look first, then decide.
 */
export type Outcome = "rejected" | "unavailable" | "uncertain";

interface ProblemKind {
  readonly resolver: Resolver;
  /** Shown to a person, in Russian: the problem and the way out. */
  readonly message: string;
}

/** All problems of an act, each with the resolver and a text for a person. For `nobody`, the relay repeats the job. */
export const PROBLEMS = {
  counterparty_ambiguous: {
    resolver: "accountant",
    message: "В 1С несколько контрагентов с этим ИНН. Оставьте одного или укажите нужного и повторите.",
  },
  counterparty_deleted: {
    resolver: "accountant",
    message: "Карточка контрагента в 1С помечена на удаление. Снимите пометку или укажите другую карточку и повторите.",
  },
  counterparty_confirm: {
    resolver: "accountant",
    message: "Карточка контрагента в 1С заведена не нами. Проверьте её и подтвердите обновление, повторив шаг.",
  },
  counterparty_taken: {
    resolver: "accountant",
    message:
      "Этим ИНН уже пользуется другой исполнитель платформы. Проверьте, чей он: закрепите его и за этим исполнителем или отмените акт.",
  },
  bank_unknown: {
    resolver: "accountant",
    message: "В 1С нет банка с таким БИК. Загрузите его из классификатора банков и повторите.",
  },
  requisites_changed: {
    resolver: "accountant",
    message: "Расчётного счёта из принятого акта больше нет в карточке контрагента. Проверьте реквизиты и повторите.",
  },
  period_empty: {
    resolver: "accountant",
    message: "Период акта пуст: дни до даты акта уже закрыты прежними актами. Укажите период вручную и повторите.",
  },
  period_closed: {
    resolver: "accountant",
    message: "Дата акта попадает в закрытый период (дата запрета изменения в 1С). Откройте период и повторите.",
  },
  vat_rate_date: {
    resolver: "platform",
    message: "Ставка НДС не действует ни в один день периода акта. Пришлите акт новой редакцией с верной ставкой.",
  },
  act_not_posted: {
    resolver: "accountant",
    message: "Акт записан в 1С, но не проведён. Устраните причину, которую называет 1С, и повторите.",
  },
  act_changed: {
    resolver: "accountant",
    message: "Акт в 1С изменён или отменён после формирования. Сверьте его с принятым и повторите.",
  },
  payment_rejected: {
    resolver: "accountant",
    message: "Платёж отклонён или платёжное поручение удалено. Устраните причину и создайте поручение заново.",
  },
  payment_unexpected: {
    resolver: "accountant",
    message: "Исполнено поручение, которого уже не ждали. Отмените лишние поручения акта и закройте проблему повтором.",
  },
  payment_doubled: {
    resolver: "accountant",
    message: "По акту исполнено больше одного поручения. Верните лишний платёж и закройте проблему повтором.",
  },
  onec_rejected: {
    resolver: "operator",
    message: "1С не приняла данные. Посмотрите ответ 1С, исправьте настройку и повторите.",
  },
  ref_key_ignored: {
    resolver: "operator",
    message: "1С не сохраняет ссылку, выбранную шлюзом. Запись в 1С остановлена, чтобы не создать дублей.",
  },
  onec_forbidden: {
    resolver: "operator",
    message: "Пользователю 1С не хватает прав. Выдайте права и повторите.",
  },
  onec_not_published: {
    resolver: "operator",
    message: "Нужный объект 1С не опубликован. Проверьте публикацию и повторите.",
  },
  print_failed: {
    resolver: "operator",
    message: "Печатную форму акта получить не удалось. Устраните причину и повторите.",
  },
  accepted_form_failed: {
    resolver: "operator",
    message: "Акт принят, но файл с протоколом принятия не составлен. Оплату это не задерживает.",
  },
  delivery_dead: {
    resolver: "operator",
    message: "Платформа не приняла уведомление за все попытки. Когда она станет доступна, отправьте его повторно.",
  },
  onec_unavailable: { resolver: "nobody", message: "1С недоступна. Повторяем автоматически." },
  onec_timeout: { resolver: "nobody", message: "1С не ответила вовремя. Проверим результат и повторим автоматически." },
  onec_no_license: { resolver: "nobody", message: "В 1С нет свободной лицензии. Повторяем автоматически." },
  onec_session_blocked: {
    resolver: "nobody",
    message: "Вход в 1С временно закрыт (обслуживание базы). Повторяем автоматически.",
  },
  onec_lock_conflict: { resolver: "nobody", message: "Данные 1С заняты другим сеансом. Повторяем автоматически." },
  onec_version_conflict: {
    resolver: "nobody",
    message: "Карточку в 1С изменили во время записи. Перечитаем и повторим автоматически.",
  },
} as const satisfies Record<string, ProblemKind>;

/** A key of {@link PROBLEMS}: stable, part of the wire contract. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Tells whether the relay repeats the job of a problem by itself. */
export function isRetried(code: ProblemCode): boolean {
  return PROBLEMS[code].resolver === "nobody";
}

/** Reason for refusing a request; stable, the `code` of a problem document (RFC 9457). */
export type RequestCode =
  | "malformed"
  | "validation_failed"
  | "kind_not_allowed"
  | "unknown_event_type"
  | "signature_invalid"
  | "timestamp_out_of_tolerance"
  | "webhook_id_conflict"
  | "payout_conflict"
  | "state_conflict"
  | "form_changed"
  | "act_not_found"
  | "message_not_found"
  | "form_not_found"
  | "not_found"
  | "method_not_allowed"
  | "link_invalid"
  | "link_expired"
  | "unauthorized"
  | "forbidden"
  | "body_too_large"
  | "headers_too_large"
  | "storage_unavailable"
  | "internal";

/** All codes of the project's own errors. */
export type ErrorCode = ProblemCode | RequestCode | "setting_invalid" | "store_conflict" | "glyph_missing";

/** One error in a request body: the JSON path with dots, a stable code, and a sentence in Russian. */
export interface Issue {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What a person reads of an error that nobody foresaw; the relay's log has the kind and the place. */
export const INTERNAL_FAULT = "Внутренняя ошибка шлюза: подробности в его журнале, строка accounting_failed.";

/** Base of the project's errors. The message is a sentence without secrets and personal data. */
export class RelayError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A refused request. The message becomes `detail` of the answer, in Russian for domain refusals. */
export class RequestError extends RelayError {
  override readonly code: RequestCode;
  readonly issues: readonly Issue[];
  constructor(code: RequestCode, message: string, options?: ErrorOptions & { issues?: readonly Issue[] }) {
    super(code, message, options);
    this.code = code;
    this.issues = options?.issues ?? [];
  }
}

/** Options of an {@link AdapterError} besides the code. */
export interface AdapterErrorOptions extends ErrorOptions {
  readonly outcome: Outcome;
  /** 1C's own words, for a person; never a secret. */
  readonly detail?: string;
  /** The wrong field of the contractor or act, as a path of the wire contract. */
  readonly field?: string;
  /** Wait before the next call, requested by the other side, milliseconds. */
  readonly retryAfterMs?: number;
}

/** A refusal or silence of the accounting system. `outcome` decides the next step, `code` the text for people. */
export class AdapterError extends RelayError {
  override readonly code: ProblemCode;
  readonly outcome: Outcome;
  readonly detail: string | null;
  readonly field: string | null;
  readonly retryAfterMs: number | null;
  constructor(code: ProblemCode, message: string, options: AdapterErrorOptions) {
    super(code, message, options);
    this.code = code;
    this.outcome = options.outcome;
    this.detail = options.detail ?? null;
    this.field = options.field ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
