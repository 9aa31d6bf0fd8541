import { safeParse } from "valibot";
import { describe, expect, test } from "vitest";
import { answerSchema, claimRequestSchema } from "../../adapters/onec-http/protocol.ts";
import { BslStructure } from "../onec-runtime/bsl/collections.ts";
import { commonModules } from "../onec-runtime/bsl/extension.ts";
import { run } from "../onec-runtime/bsl/interpreter.ts";
import { enumeration, platform, played, toBsl } from "../onec-runtime/bsl/platform.ts";
import { BslBinary, type Value } from "../onec-runtime/bsl/values.ts";

/*
 * Runs the scheduled job of pull against a played relay. The tests hold the claim's fields and the answers that stop
 * the job.
 */

const NOW = Date.UTC(2026, 10, 24, 9, 0, 0);
const RUN = ["relay_Агент", "relay_Протокол", "relay_События"];

function commandOf(id: string, operation = "act-find") {
  return { protocol: 1, operation, id, settings: { organizationInn: "7709123453" }, params: {} };
}

/** One run of the job: the relay gives the commands once and answers each result by what `answer` says. */
function job(commands: readonly object[], answer: (id: string, body: Uint8Array, type: string) => number) {
  const posted: { readonly id: string; readonly body: Uint8Array; readonly type: string }[] = [];
  const claims: unknown[] = [];
  const log: string[] = [];
  let now = NOW;
  const base = platform({
    now: () => now,
    uuid: () => "5f0ea000-0000-5000-8000-000000000001",
    globals: {
      Метаданные: new BslStructure({
        Имя: "БухгалтерияПредприятия",
        Версия: "3.0.182.17",
        РегламентныеЗадания: new BslStructure({ relay_Команды: "job" }),
      }),
      СпособКодированияСтроки: enumeration("СпособКодированияСтроки", ["КодировкаURL"]),
      ОбщегоНазначения: played("ОбщегоНазначения", { ПриНачалеВыполненияРегламентногоЗадания: () => undefined }),
      relay_Подпись: played("relay_Подпись", { Сейчас: () => Math.floor(now / 1000), ХешТекста: () => "a".repeat(64) }),
      relay_База: played("relay_База", { ИННОрганизаций: () => toBsl(["7709123453"]) }),
      relay_Ответы: played("relay_Ответы", { Забыть: () => undefined }),
      relay_Настройки: played("relay_Настройки", {
        Значение: (name) => (name === "РежимОбмена" ? "pull" : "https://relay.example.com"),
        БазаМолчит: () => false,
        Сообщить: (_, text) => void log.push(String(text)),
      }),
      relay_Операции: played("relay_Операции", {
        Ответ: (command) => {
          const { map } = command as unknown as { map: Map<string, Value> };
          const form = map.get("operation") === "act-form";
          const body = new BslBinary(new TextEncoder().encode(form ? "%PDF-1.7" : "{}"));
          return new BslStructure({ Тело: body, ВидТела: form ? "application/pdf" : "application/json" });
        },
      }),
      relay_Связь: played("relay_Связь", {
        Отправить(path, body, type, webhookId) {
          const { bytes } = body as unknown as BslBinary;
          if (path === "/onec/commands/claim") {
            const asked = JSON.parse(new TextDecoder().decode(bytes));
            claims.push(asked);
            // Each claim after the first takes a minute of the job's time.
            if (claims.length > 1) now += 60_000;
            const result = { commands: claims.length === 1 ? commands : [], leaseSeconds: 300 };
            return response(200, { operation: "claim", id: asked.id, ok: true, result });
          }
          const [operation, id] = String(webhookId).split(":") as [string, string];
          posted.push({ id, body: bytes, type: String(type) });
          const status = answer(id, bytes, String(type));
          return response(status, { operation, id, ok: true, result: { status: "taken" } });
        },
        ПодписанныйОтвет: (given) => {
          const { КодСостояния: status, json } = fields(given);
          return status === 200 ? json : undefined;
        },
      }),
    },
  });
  const running = run(
    commonModules().filter(({ name }) => RUN.includes(name)),
    {
      ...base,
      functions: {
        ...base.functions,
        кодироватьстроку: (args) => encodeURIComponent(String(args[0])),
        строкасоединенияинформационнойбазы: () => 'File="C:\\base";',
      },
      types: { ...base.types, системнаяинформация: () => new BslStructure({ ВерсияПриложения: "8.3.27.1859" }) },
    },
  );
  running.call("relay_Агент", "Команды", []);
  return { posted, claims, log };
}

function response(status: number, json: object): Value {
  return new BslStructure({ КодСостояния: status, Описание: status === 200 ? "" : "почему", json: toBsl(json) });
}

function fields(value: Value): Record<string, Value> {
  const structure = value as unknown as BslStructure;
  return { КодСостояния: structure.get("кодсостояния"), json: structure.get("json") };
}

test.each([
  [200, '{"detail":"x"}', ""],
  [401, '{"detail":"Подпись отсутствует или не подходит"}', "Подпись отсутствует или не подходит"],
  [502, "<html>nginx</html>", "ответил не шлюз: проверьте адрес шлюза и прокси перед ним"],
  [413, '{"detail":1}', "ответил не шлюз: проверьте адрес шлюза и прокси перед ним"],
  [503, `{"detail":"${"я".repeat(400)}"}`, "я".repeat(300)],
])("the log tells in the relay's words why the relay answered %i", (status, body, words) => {
  const modules = commonModules().filter(({ name }) => name === "relay_Протокол");
  const bytes = new BslBinary(new TextEncoder().encode(body));
  expect(run(modules, platform()).call("relay_Протокол", "СловаОтказа", [status, bytes])).toBe(words);
});

describe("the job of pull", () => {
  test("names the infobase by the protocol", () => {
    const { claims } = job([], () => 200);
    const parsed = safeParse(claimRequestSchema, claims[0]);
    expect(parsed.issues).toBeUndefined();
    expect(parsed.output).toMatchObject({
      params: {
        extension: "1.0.0",
        platform: "8.3.27.1859",
        configuration: { name: "БухгалтерияПредприятия", version: "3.0.182.17" },
        organizations: ["7709123453"],
      },
    });
  });

  test("goes on until the end of the time limit", () => {
    const { posted, claims } = job([commandOf("a"), commandOf("b")], () => 200);
    expect(posted.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(claims).toHaveLength(2);
  });

  test.each([400, 409, 422])("does the other commands when a result is refused with %i, and then waits", (status) => {
    const { posted, claims, log } = job([commandOf("a"), commandOf("b")], (id) => (id === "a" ? status : 200));
    expect(posted.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(claims).toHaveLength(1);
    expect(log).toEqual([`Шлюз не принял ответ на команду «act-find»: ${status} почему`]);
  });

  test.each([0, 401, 500, 503])(
    "stops when the relay cannot be reached or does not know the infobase: %i",
    (status) => {
      const { posted, claims } = job([commandOf("a"), commandOf("b")], () => status);
      expect(posted.map(({ id }) => id)).toEqual(["a"]);
      expect(claims).toHaveLength(1);
    },
  );

  test("answers with a refusal when a proxy rejects the printed form", () => {
    const { posted } = job([commandOf("a", "act-form"), commandOf("b")], (_, __, type) =>
      type === "application/pdf" ? 413 : 200,
    );
    expect(posted.map(({ id, type }) => [id, type])).toEqual([
      ["a", "application/pdf"],
      ["a", "application/json"],
      ["b", "application/json"],
    ]);
    const refusal = safeParse(answerSchema, JSON.parse(new TextDecoder().decode(posted[1]?.body)));
    expect(refusal.output).toMatchObject({
      operation: "act-form",
      id: "a",
      ok: false,
      error: { code: "print_failed" },
    });
  });

  test("skips an unreadable command", () => {
    const { posted, claims } = job([{ protocol: 2 }, commandOf("b")], () => 200);
    expect(posted.map(({ id }) => id)).toEqual(["b"]);
    expect(claims).toHaveLength(1);
  });
});
