import { describe, expect, test } from "vitest";
import { type OnecFailure, readOnecWords, toOnecError } from "../../../adapters/onec/errors.ts";
import type { Outcome, ProblemCode } from "../../../core/errors.ts";

const json = (code: string, value: string) =>
  JSON.stringify({ "odata.error": { code, message: { lang: "ru", value } } });

function answer(status: number, text = ""): OnecFailure {
  return { type: "answer", status, text };
}

/** An answer of 1C, with the outcome for a reading and for a writing request. */
type Row = readonly [what: string, came: OnecFailure, code: ProblemCode, read: Outcome, write?: Outcome];

const ROWS: readonly Row[] = [
  ["no licence", answer(500, json("-1", "Не обнаружено свободной лицензии!")), "onec_no_license", "unavailable"],
  ["no key", answer(500, "Не обнаружен ключ защиты программы"), "onec_no_license", "unavailable"],
  ["licence not found", answer(500, "Лицензия не обнаружена. Не обнаружен ключ"), "onec_no_license", "unavailable"],
  [
    "maintenance",
    answer(
      403,
      JSON.stringify({
        "#exception": "",
        exception: {
          descr: "HTTP: Forbidden",
          inner: { descr: "Начало сеанса с информационной базой запрещено.\nРегламент" },
        },
      }),
    ),
    "onec_session_blocked",
    "unavailable",
  ],
  [
    "blocked for updates",
    answer(500, json("-1", "Установлена блокировка начала сеансов")),
    "onec_session_blocked",
    "unavailable",
  ],
  ["406", answer(406), "onec_session_blocked", "unavailable"],
  [
    "lock conflict",
    answer(500, json("-1", "Конфликт блокировок при выполнении транзакции")),
    "onec_lock_conflict",
    "unavailable",
  ],
  [
    "lock timeout",
    answer(500, json("-1", "Превышено максимальное время ожидания предоставления блокировки")),
    "onec_lock_conflict",
    "unavailable",
  ],
  [
    "locked by a person",
    answer(500, json("-1", "Не удалось заблокировать запись. Объект уже заблокирован")),
    "onec_lock_conflict",
    "unavailable",
  ],
  [
    "two numbers at once",
    answer(500, json("-1", 'Значение поля "Номер" не уникально')),
    "onec_lock_conflict",
    "unavailable",
  ],
  ["server behind it away", answer(500, "Сервер 1С:Предприятия не обнаружен"), "onec_unavailable", "unavailable"],
  [
    "closed period",
    answer(
      500,
      json(
        "-1",
        "Ошибка при выполнении обработчика - 'ПередЗаписью'\nИзменение данных за период по 31.10.2026 запрещено",
      ),
    ),
    "period_closed",
    "rejected",
  ],
  [
    "date of prohibition",
    answer(500, json("-1", "Установлена дата запрета изменения 31.10.2026")),
    "period_closed",
    "rejected",
  ],
  [
    "closed for edits",
    answer(500, json("-1", "Редактирование данных этого периода запрещено")),
    "period_closed",
    "rejected",
  ],
  ["rights as 401", answer(401, json("20", "Ошибка прав доступа")), "onec_forbidden", "rejected"],
  ["rights in words", answer(500, json("-1", "Недостаточно прав для работы с таблицей")), "onec_forbidden", "rejected"],
  ["no rights in two words", answer(500, json("-1", "У пользователя нет прав")), "onec_forbidden", "rejected"],
  ["rules, not rights", answer(500, json("-1", "Нет правила отражения")), "onec_rejected", "rejected"],
  ["wrong password", answer(401, "<html><body>Unauthorized</body></html>"), "onec_forbidden", "unavailable"],
  ["403 of a web server", answer(403, "<h1>Forbidden</h1>"), "onec_forbidden", "unavailable"],
  ["403 of the edge", answer(403, "error code: 1003"), "onec_unavailable", "unavailable"],
  ["521 of the edge", answer(521, "error code: 521"), "onec_unavailable", "unavailable"],
  ["520 of the edge", answer(520, "<h1>Error 520</h1>"), "onec_unavailable", "unavailable", "uncertain"],
  ["522 of the edge", answer(522, "error code: 522"), "onec_unavailable", "unavailable", "uncertain"],
  ["524 of the edge", answer(524, "error code: 524"), "onec_timeout", "unavailable", "uncertain"],
  ["526 of the edge", answer(526, "error code: 526"), "onec_unavailable", "unavailable"],
  ["530 of the edge", answer(530, "error code: 1016"), "onec_unavailable", "unavailable"],
  ["set not published", answer(404, json("8", "Тип сущности не найден")), "onec_not_published", "rejected"],
  ["no such object", answer(404, json("9", "Экземпляр сущности не найден")), "onec_rejected", "rejected"],
  ["404 of a web server", answer(404, "<h1>Not Found</h1>"), "onec_not_published", "unavailable"],
  ["redirect", answer(302), "onec_not_published", "unavailable"],
  ["403 with 1C's own body", answer(403, json("-1", "Отказано")), "onec_forbidden", "rejected"],
  ["login of a proxy", answer(407, "<html></html>"), "onec_unavailable", "unavailable"],
  [
    "changed by a person",
    answer(500, json("-1", "Данные были изменены или удалены другим пользователем")),
    "onec_version_conflict",
    "unavailable",
  ],
  [
    "lock of PostgreSQL",
    answer(500, json("-1", "Ошибка СУБД: 55P03: не удалось получить блокировку")),
    "onec_lock_conflict",
    "unavailable",
  ],
  [
    "serialisation of PostgreSQL",
    answer(500, json("-1", "ERROR: could not serialize access")),
    "onec_lock_conflict",
    "unavailable",
  ],
  [
    "prohibited period",
    answer(500, json("-1", "Документ невозможно поместить в запрещенный период.")),
    "period_closed",
    "rejected",
  ],
  ["412", answer(412, json("-1", "Версия данных не совпадает")), "onec_version_conflict", "unavailable"],
  ["429", answer(429), "onec_unavailable", "unavailable"],
  ["503", answer(503, "Service Unavailable"), "onec_unavailable", "unavailable"],
  ["502", answer(502, "Bad Gateway"), "onec_unavailable", "unavailable", "uncertain"],
  ["408", answer(408, "<h1>Request Timeout</h1>"), "onec_timeout", "unavailable", "uncertain"],
  ["504", answer(504), "onec_timeout", "unavailable", "uncertain"],
  ["key exists", answer(400, json("15", "Сущность с таким ключом уже существует")), "onec_rejected", "rejected"],
  ["not unique", answer(500, json("-1", "нарушено условие уникальности")), "onec_rejected", "rejected"],
  ["handler's exception", answer(500, json("-1", "Не заполнен договор")), "onec_rejected", "rejected"],
  ["unparsable", answer(400, json("1", "Не удалось разобрать строку")), "onec_rejected", "rejected"],
  ["method", answer(405, json("13", "Создание строк напрямую")), "onec_rejected", "rejected"],
  ["conflict without words", answer(409), "onec_rejected", "rejected"],
  ["not supported", answer(501, json("0", "Возможность не поддерживается")), "onec_rejected", "rejected"],
  ["crash", answer(500, "<html>500 - Internal server error.</html>"), "onec_unavailable", "unavailable", "uncertain"],
  ["page with 200", answer(200, "<html>Войдите</html>"), "onec_not_published", "unavailable"],
  [
    "no time before it was sent",
    { type: "silence", cause: new DOMException("", "TimeoutError"), sent: false },
    "onec_timeout",
    "unavailable",
    "unavailable",
  ],
  [
    "no answer in time",
    { type: "silence", cause: new DOMException("", "TimeoutError"), sent: true },
    "onec_timeout",
    "unavailable",
    "uncertain",
  ],
  ["the runtime's own patience", silence("UND_ERR_HEADERS_TIMEOUT"), "onec_timeout", "unavailable", "uncertain"],
  ["connection reset", silence("ECONNRESET"), "onec_unavailable", "unavailable", "uncertain"],
  [
    "no reason",
    { type: "silence", cause: new TypeError("fetch failed"), sent: true },
    "onec_unavailable",
    "unavailable",
    "uncertain",
  ],
  ["refused", silence("ECONNREFUSED"), "onec_unavailable", "unavailable", "unavailable"],
  ["no such host", silence("ENOTFOUND"), "onec_unavailable", "unavailable", "unavailable"],
  ["connect timeout", silence("UND_ERR_CONNECT_TIMEOUT"), "onec_unavailable", "unavailable", "unavailable"],
  ["no route", silence("EHOSTUNREACH", "connect"), "onec_unavailable", "unavailable", "unavailable"],
  ["the route lost on the way", silence("EHOSTUNREACH", "read"), "onec_unavailable", "unavailable", "uncertain"],
  ["the network lost on the way", silence("ENETUNREACH", "write"), "onec_unavailable", "unavailable", "uncertain"],
  ["TLS that broke", silence("ERR_SSL_UNEXPECTED_EOF_WHILE_READING"), "onec_unavailable", "unavailable", "uncertain"],
  [
    "name in the certificate",
    silence("ERR_TLS_CERT_ALTNAME_INVALID"),
    "onec_unavailable",
    "unavailable",
    "unavailable",
  ],
  ["certificate", silence("DEPTH_ZERO_SELF_SIGNED_CERT"), "onec_unavailable", "unavailable", "unavailable"],
];

function silence(code: string, syscall?: string): OnecFailure {
  const cause = new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code, syscall }) });
  return { type: "silence", cause, sent: true };
}

describe("an answer of 1C", () => {
  test.each(ROWS.map((row) => ({ what: row[0], row })))(
    "means: $what",
    ({ row: [, came, code, read, write = read] }) => {
      const onRead = toOnecError(came, { writes: false });
      expect({ code: onRead.code, outcome: onRead.outcome }).toEqual({ code, outcome: read });
      const onWrite = toOnecError(came, { writes: true });
      const expected =
        came.type === "answer" && came.status === 200 ? ["onec_unavailable", "uncertain"] : [code, write];
      expect([onWrite.code, onWrite.outcome]).toEqual(expected);
    },
  );

  test("reaches a person in 1C's own words, on one line and cut", () => {
    const { detail } = toOnecError(answer(500, json("-1", `Не заполнен\n\tдоговор ${"я".repeat(1000)}`)), {
      writes: true,
    });
    expect(detail).toMatch(/^Не заполнен договор я+…$/);
    expect(detail).toHaveLength(500);
  });

  test("hides a secret that 1C echoes", () => {
    const failure = answer(500, json("-1", "Вход user пароль-1С не выполнен"));
    const error = toOnecError(failure, { writes: false, secrets: ["пароль-1С", ""] });
    expect(error.detail).toBe("Вход user *** не выполнен");
    expect(JSON.stringify([error.message, error.detail])).not.toContain("пароль-1С");
  });

  test("is named by the status when without words", () => {
    expect(toOnecError(answer(500), { writes: false }).detail).toContain("500");
  });

  test("reads differently for a wrong password and for missing rights", () => {
    const password = toOnecError(answer(401), { writes: false }).detail;
    const rights = toOnecError(answer(401, json("20", "Ошибка прав доступа")), { writes: false }).detail;
    expect(password).toMatch(/парол/);
    expect(rights).toBe("Ошибка прав доступа");
  });

  test("carries a wish to wait", () => {
    const error = toOnecError({ ...answer(503), type: "answer", retryAfterMs: 30_000 } as OnecFailure, {
      writes: false,
    });
    expect(error.retryAfterMs).toBe(30_000);
  });
});

describe("1C's words", () => {
  test("are read in OData's JSON, whose key is literally odata.error, also after a BOM", () => {
    expect(readOnecWords(`\uFEFF${json("9", "Нет")}`)).toEqual({ code: "9", words: "Нет" });
    expect(readOnecWords('{"odata.error":{"code":-1,"message":{"value":"Нет"}}}')).toEqual({
      code: "-1",
      words: "Нет",
    });
  });

  test("are read in XML, with any prefix", () => {
    const xml =
      '<?xml version="1.0"?><m:error xmlns:m="x"><m:code>20</m:code><m:message xml:lang="ru">Нет &quot;прав&quot; &amp; всё</m:message></m:error>';
    expect(readOnecWords(xml)).toEqual({ code: "20", words: 'Нет "прав" & всё' });
    expect(readOnecWords("<error><code></code><message>Нет</message></error>")).toEqual({ code: null, words: "Нет" });
  });

  test("are read in a page, without markup and scripts", () => {
    const page = "<html><style>b{}</style><script>alert('x')</script><h1>Ошибка</h1> <p>сервера</p></html>";
    expect(readOnecWords(page)).toEqual({ code: null, words: "Ошибка сервера" });
  });

  test("are read in any other text, unchanged", () => {
    expect(readOnecWords('{"value": [')).toEqual({ code: null, words: '{"value": [' });
    expect(readOnecWords('{"value":1}').code).toBeNull();
    expect(readOnecWords("")).toEqual({ code: null, words: "" });
  });
});

test("words of a page of megabytes are bounded, and so is the search in them", () => {
  const repeat = (text: string) => text.repeat(400_000);
  for (const text of [
    repeat("<"),
    repeat("<error "),
    `{"odata.error":{"message":{"value":"${repeat(" ")}"}}}`,
    repeat("дата "),
  ]) {
    // Without the bound, some of these take minutes.
    expect(readOnecWords(text).words.length).toBeLessThanOrEqual(20_000);
    expect(toOnecError({ type: "answer", status: 500, text }, { writes: false }).detail?.length).toBeLessThan(1_000);
  }
});
