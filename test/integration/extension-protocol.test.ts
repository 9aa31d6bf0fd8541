import { safeParse } from "valibot";
import { describe, expect, test } from "vitest";
import {
  answerSchema,
  formatRequestId,
  OPERATIONS,
  type Operation,
  PROTOCOL_VERSION,
  REFUSALS,
  refusalSchema,
  toAnswerId,
} from "../../adapters/onec-http/protocol.ts";
import { importSecrets, sign, verify, type WebhookKeys } from "../../core/webhook.ts";
import { BslStructure } from "../onec-runtime/bsl/collections.ts";
import { commonModules, extensionModules } from "../onec-runtime/bsl/extension.ts";
import { run } from "../onec-runtime/bsl/interpreter.ts";
import { platform, played, type Response, toBsl } from "../onec-runtime/bsl/platform.ts";
import { BslBinary, BslException, type BslObject, type Value } from "../onec-runtime/bsl/values.ts";

/*
 * Runs a request through the extension, against the protocol's schemas: signature, reading, dispatcher, answer,
 * signature. The accounting modules are played here, since their work on 1C's own objects needs a live infobase.
 */

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW = Date.UTC(2026, 10, 24, 9, 0, 0);
const NONCE = "0123456789abcdef";
const RUN = ["relay_Прием", "relay_Операции", "relay_Протокол", "relay_Подпись", "relay_Отказы", "relay_Текст"];
const SETTINGS = { organizationInn: "7709123453", actDocument: "receipt" };
const bytes = (text: string) => new TextEncoder().encode(text);

type Handler = (module: string, method: string) => Value;

/** Creates the extension over `handle`, which plays the accounting modules. `stored`: the remembered answers. */
function extension(handle: Handler, more: { silent?: boolean; secret?: string | null } = {}) {
  const stored = new Map<Value, Value>();
  const modules = commonModules();
  const accounting = modules.filter(({ name }) => !RUN.includes(name));
  const running = run(
    modules.filter(({ name }) => RUN.includes(name)),
    platform({
      now: () => NOW,
      globals: {
        ...Object.fromEntries(
          accounting.map(({ name, methods }) => [
            name,
            played(name, Object.fromEntries(methods.map((it) => [it.name, () => handle(name, it.name)]))),
          ]),
        ),
        relay_Настройки: played("relay_Настройки", {
          Ключи: () => {
            if (more.secret === null) throw new BslException("Не задана настройка");
            return running.call("relay_Подпись", "Ключи", [more.secret ?? SECRET]);
          },
          БазаМолчит: () => more.silent === true,
          Сообщить: () => undefined,
        }),
        relay_Ответы: played("relay_Ответы", {
          Найти: (key) => stored.get(key),
          Запомнить: (key, body) => void stored.set(key, body),
        }),
      },
    }),
  );
  return {
    stored,
    call: running.call,
    receive(headers: object, body: Uint8Array, path: string): Response {
      const request: BslObject = {
        type: "HTTPСервисЗапрос",
        get: (name) => (name === "заголовки" ? toBsl(headers) : toBsl({ Операция: path })),
        call: () => new BslBinary(body),
      };
      return running.call("relay_Прием", "Ответ", [request]) as unknown as Response;
    },
  };
}

async function request(operation: string, change: object = {}, path = operation) {
  const message = {
    protocol: PROTOCOL_VERSION,
    operation,
    id: "call-1",
    settings: SETTINGS,
    params: { ref: "r" },
    ...change,
  };
  const body = bytes(JSON.stringify(message));
  const id = formatRequestId(operation as Operation, "call-1", NONCE);
  const headers = await sign({ id, timestamp: NOW / 1000, body, keys: await importSecrets(SECRET) });
  return { headers, body, path, id };
}

const headersOf = ({ headers }: Response) =>
  Object.fromEntries([...headers.map].map(([key, value]) => [String(key), String(value)]));

async function answered(response: Response, id: string) {
  const headers = headersOf(response);
  const keys: WebhookKeys = await importSecrets(SECRET);
  expect(await verify({ headers, body: response.body, keys, now: NOW })).toMatchObject({
    ok: true,
    id: toAnswerId(id),
  });
  return { type: headers["Content-Type"], json: JSON.parse(new TextDecoder().decode(response.body)) };
}

const done = new BslStructure({ ref: "5f0ea000-0000-5000-8000-000000000001", found: true });

describe("a request", () => {
  test.each(Object.keys(OPERATIONS) as Operation[])(
    "%s reaches a method of its own and is answered, signed",
    async (operation) => {
      const called: string[] = [];
      const onec = extension((module, method) => {
        called.push(`${module}.${method}`);
        return operation === "act-form" ? new BslBinary(bytes("%PDF-1.7")) : done;
      });
      const { headers, body, path, id } = await request(operation);
      const response = onec.receive(headers, body, path);
      expect(response.status).toBe(200);
      expect(called).toHaveLength(1);
      expect(
        extensionModules()
          .get(`CommonModules/${called[0]?.split(".")[0]}/Ext/Module.bsl`)
          ?.methods.some(({ name, exported }) => exported && name === called[0]?.split(".")[1]),
      ).toBe(true);
      if (operation === "act-form") {
        expect(new TextDecoder().decode(response.body)).toBe("%PDF-1.7");
        expect(headersOf(response)["Content-Type"]).toBe("application/pdf");
        return;
      }
      const { json, type } = await answered(response, id);
      expect(type).toContain("application/json");
      expect(safeParse(answerSchema, json)).toMatchObject({ success: true });
      expect(json).toEqual({
        protocol: 1,
        operation,
        id: "call-1",
        ok: true,
        result: { ref: done.get("ref"), found: true },
      });
    },
  );

  test("is refused, signed, when the operation is newer than the extension", async () => {
    const onec = extension(() => done);
    const { headers, body, id } = await request("act-teleport");
    const { json } = await answered(onec.receive(headers, body, "act-teleport"), id);
    expect(json).toMatchObject({ ok: false, error: { code: "operation_unknown" } });
    expect(json.error.detail).toMatch(/обновите/);
  });

  test("gets the same answer on a repeat with the same webhook-id, and is not executed again", async () => {
    let times = 0;
    const onec = extension(() => {
      times += 1;
      return new BslStructure({ ref: String(times) });
    });
    const { headers, body } = await request("act");
    const [first, second] = [onec.receive(headers, body, "act"), onec.receive(headers, body, "act")];
    expect(second.body).toEqual(first.body);
    expect(times).toBe(1);
  });

  test("is executed each time and not remembered when the operation only reads", async () => {
    let times = 0;
    const onec = extension(() => {
      times += 1;
      return done;
    });
    const { headers, body } = await request("act-find");
    for (const _ of [1, 2]) onec.receive(headers, body, "act-find");
    expect([times, onec.stored.size]).toEqual([2, 0]);
  });

  test("is read with a byte order mark", async () => {
    const onec = extension(() => done);
    const { body } = await request("act");
    const marked = Uint8Array.from([0xef, 0xbb, 0xbf, ...body]);
    const id = formatRequestId("act", "call-1", NONCE);
    const headers = await sign({ id, timestamp: NOW / 1000, body: marked, keys: await importSecrets(SECRET) });
    expect(onec.receive(headers, marked, "act").status).toBe(200);
  });
});

describe("a refusal", () => {
  const refuse = (code: string, detail: string, field = "") =>
    extension(() => {
      throw new BslException(
        "Ошибка при вызове метода контекста (Записать)",
        new BslException(`onec-relay|${code}|${field}|${detail}`),
      );
    });

  test.each(REFUSALS)("%s keeps its code and text through 1C's own words around the refusal", async (code) => {
    const { headers, body, id } = await request("counterparty");
    const { json } = await answered(
      refuse(code, "Банк | не найден", "contractor.bankAccount.bic").receive(headers, body, "counterparty"),
      id,
    );
    expect(safeParse(answerSchema, json)).toMatchObject({ success: true });
    expect(json.error).toEqual({ code, detail: "Банк | не найден", field: "contractor.bankAccount.bic" });
  });

  test("is not remembered: the same request goes through once the reason is mended", async () => {
    let closed = true;
    const onec = extension(() => {
      if (closed) throw new BslException("onec-relay|period_closed||Закрыто");
      return done;
    });
    const { headers, body, id } = await request("act");
    expect((await answered(onec.receive(headers, body, "act"), id)).json.ok).toBe(false);
    closed = false;
    expect((await answered(onec.receive(headers, body, "act"), id)).json.ok).toBe(true);
  });

  test.each([
    ["Конфликт блокировок при выполнении транзакции", "onec_lock_conflict"],
    ["Превышено максимальное время ожидания предоставления блокировки", "onec_lock_conflict"],
    [
      "Операция не может быть выполнена из-за несоответствия версии или отсутствия записи базы данных (возможно, запись была изменена или удалена)",
      "onec_version_conflict",
    ],
    ["Данные были изменены или удалены другим пользователем", "onec_version_conflict"],
    ["Нарушение прав доступа!", "onec_forbidden"],
    ["Документ невозможно поместить в запрещенный период.", "period_closed"],
    ["Документ невозможно изменить в запрещённом периоде.", "period_closed"],
    ["Запрещено изменять данные с датой ранее 31.10.2026 (включительно).", "period_closed"],
    ["Нарушение прав доступа! Таблица: Даты запрета изменения", "onec_forbidden"],
    ["Начало сеанса с информационной базой запрещено", "onec_session_blocked"],
    ['Поле "Счет учета" не заполнено', "onec_rejected"],
  ])("has the meaning of 1C's words: «%s» is %s", (words, code) => {
    expect(extension(() => done).call("relay_Отказы", "КодПоОписанию", [words])).toBe(code);
  });

  test("answers a copied infobase: nothing is executed", async () => {
    const onec = extension(
      () => {
        throw new Error("it was executed");
      },
      { silent: true },
    );
    const { headers, body, id } = await request("act");
    const { json } = await answered(onec.receive(headers, body, "act"), id);
    expect(json).toMatchObject({ ok: false, error: { code: "onec_session_blocked" } });
  });
});

describe("a malformed request is answered 400, unsigned, and nothing is done", () => {
  const nothing = () => {
    throw new Error("it was executed");
  };

  function refused(response: Response): string {
    expect(response.status).toBe(400);
    expect(headersOf(response)).not.toHaveProperty("webhook-signature");
    const json = JSON.parse(new TextDecoder().decode(response.body));
    expect(safeParse(refusalSchema, json)).toMatchObject({ success: true });
    expect(json.time).toBe(NOW / 1000);
    return json.refused;
  }

  test("no signature, a foreign secret, no secret set", async () => {
    const { headers, body, path } = await request("act");
    expect(refused(extension(nothing).receive({}, body, path))).toBe("signature_invalid");
    const other = { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" };
    expect(refused(extension(nothing, other).receive(headers, body, path))).toBe("signature_invalid");
    expect(refused(extension(nothing, { secret: null }).receive(headers, body, path))).toBe("signature_invalid");
  });

  test("a stale request", async () => {
    const body = bytes("{}");
    const headers = await sign({
      id: formatRequestId("act", "call-1", NONCE),
      timestamp: NOW / 1000 - 301,
      body,
      keys: await importSecrets(SECRET),
    });
    expect(refused(extension(nothing).receive(headers, body, "act"))).toBe("timestamp_out_of_tolerance");
  });

  test.each([
    ["an operation other than the path's", {}, "act-find"],
    ["an id other than the signed one", { id: "call-2" }, "act"],
    ["no settings", { settings: null }, "act"],
    ["params that are no object", { params: [] }, "act"],
    ["an operation that is no text", { operation: 1 }, "act"],
  ])("%s", async (_, change, path) => {
    const { headers, body } = await request("act", change);
    expect(refused(extension(nothing).receive(headers, body, path))).toBe("malformed");
  });

  test("another version of the protocol", async () => {
    const { headers, body } = await request("act", { protocol: 2 });
    expect(refused(extension(nothing).receive(headers, body, "act"))).toBe("protocol_unsupported");
  });

  test.each(["не JSON", "[]", "null", '"act"', ""])("a body that is %s", async (text) => {
    const body = bytes(text);
    const headers = await sign({
      id: formatRequestId("act", "call-1", NONCE),
      timestamp: NOW / 1000,
      body,
      keys: await importSecrets(SECRET),
    });
    expect(refused(extension(nothing).receive(headers, body, "act"))).toBe("malformed");
  });

  test("an invalid nonce, or an answer sent back", async () => {
    const body = bytes(JSON.stringify({ protocol: 1, operation: "act", id: "call-1", settings: SETTINGS, params: {} }));
    for (const id of ["act:call-1:short", toAnswerId(formatRequestId("act", "call-1", NONCE)), "act:call-1"]) {
      const headers = await sign({ id, timestamp: NOW / 1000, body, keys: await importSecrets(SECRET) });
      expect(refused(extension(nothing).receive(headers, body, "act"))).toBe("malformed");
    }
  });
});
