import { createHmac } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { importSecrets, sign, verify, type WebhookHeaders, type WebhookKeys } from "../../core/webhook.ts";
import type { BslMap } from "../onec-runtime/bsl/collections.ts";
import { commonModules } from "../onec-runtime/bsl/extension.ts";
import { run } from "../onec-runtime/bsl/interpreter.ts";
import { BslError } from "../onec-runtime/bsl/lexer.ts";
import { parseModule } from "../onec-runtime/bsl/parser.ts";
import { platform, toBsl } from "../onec-runtime/bsl/platform.ts";
import { BslBinary, BslException, type BslObject, type Value } from "../onec-runtime/bsl/values.ts";

/*
 * The extension's own signature code, run: the same vectors as core/webhook.ts, and each side verifies what the other signs.
 */

const MODULES = commonModules();
const extension = run(MODULES, platform());
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT = 1_614_265_330;

const bytes = (text: string) => new TextEncoder().encode(text);
const call = (method: string, ...args: Value[]): Value => extension.call("relay_Подпись", method, args);
const keys = (setting: string) => call("Ключи", setting);
const hex = (value: Value) => Buffer.from((value as BslBinary).bytes).toString("hex");

function signed(body: Uint8Array, setting = SECRET, id = ID, at = AT): Record<string, string> {
  const headers = call("Подписать", id, at, new BslBinary(body), keys(setting)) as BslMap;
  return Object.fromEntries([...headers.map].map(([name, value]) => [String(name), String(value)]));
}

function verified(headers: object, body: Uint8Array, setting = SECRET, now = AT): { refused: Value; id: Value } {
  const result = call("Проверить", toBsl(headers), new BslBinary(body), keys(setting), now) as Required<BslObject>;
  return { refused: result.get("отказ"), id: result.get("идентификатор") };
}

describe("published vectors", () => {
  test("RFC 4231, case 2", () => {
    const mac = call("HMACSHA256", toBsl(bytes("Jefe")), toBsl(bytes("what do ya want for nothing?")));
    expect(hex(mac)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  test("RFC 4231, case 6: a key longer than a block", () => {
    const mac = call(
      "HMACSHA256",
      toBsl(new Uint8Array(131).fill(0xaa)),
      toBsl(bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
    );
    expect(hex(mac)).toBe("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  });

  test.each([
    ["A, the reference libraries'", '{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
    ["E, an empty body", "", "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="],
    ["F, Cyrillic and an emoji", '{"имя":"Счёт № 1","emoji":"😀"}', "v1,ROBy5vOeg8UZfmJYDHA70iSxUKABtkIUUeKewh+LkQU="],
  ])("Standard Webhooks %s", (_, body, signature) => {
    const headers = { "webhook-id": ID, "webhook-timestamp": String(AT), "webhook-signature": signature };
    expect(signed(bytes(body))).toEqual(headers);
    expect(verified(headers, bytes(body))).toEqual({ refused: "", id: ID });
  });

  test("bytes that are no text: a BOM, windows-1251", () => {
    const bom = Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes('{"a":1}\r\n')]);
    expect(signed(bom)["webhook-signature"]).toBe("v1,30YCVfuM3tTz0M5yw3F0Ne+miKsOTQUonFF3DjwSALE=");
    const cyrillic = Uint8Array.from([0xd1, 0xf7, 0xe5, 0xf2]);
    expect(signed(cyrillic)["webhook-signature"]).toBe("v1,sDIVYdtMtA1pXtAGbobsHLZZzCBcO7v18L+gF2MkGB4=");
  });
});

describe("against core/webhook.ts", () => {
  let core: WebhookKeys;
  beforeAll(async () => {
    core = await importSecrets(SECRET);
  });
  const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "grapheme", maxLength: 80 }).map(bytes));
  const id = fc.string({ unit: fc.constantFrom(..."abcXYZ019:-_/+~!"), minLength: 1, maxLength: 80 });
  const at = fc.integer({ min: 1, max: 9_999_999_999 });

  test("each side verifies the signature of the other", async () => {
    await fc.assert(
      fc.asyncProperty(body, id, at, async (sent, webhookId, seconds) => {
        const ours = signed(sent, SECRET, webhookId, seconds);
        expect(await verify({ headers: ours, body: sent, keys: core, now: seconds * 1000 })).toMatchObject({
          ok: true,
        });
        const theirs = await sign({ id: webhookId, timestamp: seconds, body: sent, keys: core });
        expect(theirs).toEqual(ours);
        expect(verified(theirs, sent, SECRET, seconds)).toEqual({ refused: "", id: webhookId });
      }),
      { numRuns: 60 },
    );
  });

  test("both refuse a message changed anywhere", async () => {
    const change = fc.record({
      where: fc.constantFrom("id", "timestamp", "signature", "body"),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(body, change, async (sent, { where, at: place, by }) => {
        const headers: Record<keyof WebhookHeaders, string> = {
          ...(await sign({ id: ID, timestamp: AT, body: sent, keys: core })),
        };
        let received: Uint8Array<ArrayBufferLike> = sent;
        if (where === "body") {
          received = Uint8Array.from(sent.length === 0 ? [by] : sent);
          if (sent.length > 0) received[place % sent.length] = (received[place % sent.length] ?? 0) ^ by;
        } else {
          const name = `webhook-${where}` as const;
          const value = headers[name];
          const spot = where === "signature" ? 3 + (place % (value.length - 4)) : place % value.length;
          const other = String.fromCharCode(33 + ((value.charCodeAt(spot) - 33 + by) % 94));
          headers[name] = value.slice(0, spot) + (other === value[spot] ? "#" : other) + value.slice(spot + 1);
        }
        const theirs = await verify({ headers, body: received, keys: core, now: AT * 1000 });
        expect([theirs.ok, verified(headers, received).refused]).toEqual([false, "signature_invalid"]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the verification", () => {
  const body = bytes('{"a":1}');
  const good = () => signed(body);

  test("accepts header names in any case, but each once", () => {
    const headers = good();
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    expect(verified(upper, body).refused).toBe("");
    expect(verified({ ...headers, "Webhook-Id": ID }, body).refused).toBe("signature_invalid");
  });

  test("accepts one right signature among several, of several secrets", () => {
    const two = `v2,AAAA ${signed(body, OTHER)["webhook-signature"]} ${good()["webhook-signature"]}`;
    expect(verified({ ...good(), "webhook-signature": two }, body).refused).toBe("");
    expect(verified(signed(body, OTHER), body, `${SECRET}, ${OTHER}`).refused).toBe("");
    expect(verified(signed(body, OTHER), body).refused).toBe("signature_invalid");
    expect(signed(body, `${OTHER},${SECRET}`)).toEqual(signed(body, OTHER));
  });

  test.each([
    ["a short signature", "v1,AAAA "],
    ["a short signature of the other kind", "v1a,AAAA "],
    ["text that is no base64", `v1,${"*".repeat(44)} `],
    ["no version", ",AAAA "],
    ["a second comma", "v2,AA,AA "],
    ["two spaces", " "],
    ["another version", "v2,AAAA "],
  ])("treats a right signature beside %s as core does", async (_, beside) => {
    const headers = { ...good(), "webhook-signature": beside + good()["webhook-signature"] };
    const theirs = await verify({ headers, body, keys: await importSecrets(SECRET), now: AT * 1000 });
    expect(verified(headers, body).refused === "").toBe(theirs.ok);
  });

  test("accepts a clock that is 300 seconds off either way, and no more", () => {
    for (const off of [-300, 0, 300]) expect(verified(good(), body, SECRET, AT + off).refused).toBe("");
    for (const off of [-301, 301])
      expect(verified(good(), body, SECRET, AT + off).refused).toBe("timestamp_out_of_tolerance");
    const forged = { ...good(), "webhook-signature": signed(body, OTHER)["webhook-signature"] };
    expect(verified(forged, body, SECRET, AT + 9999).refused).toBe("signature_invalid");
  });

  test.each([
    ["no headers", {}],
    ["an id with a dot", { "webhook-id": "a.b" }],
    ["a timestamp that is no number", { "webhook-timestamp": "hello" }],
    ["a timestamp with a tail", { "webhook-timestamp": `${AT}abc` }],
    ["a timestamp with a zero in front", { "webhook-timestamp": `0${AT}` }],
    ["no signature", { "webhook-signature": "" }],
    ["an empty signature", { "webhook-signature": "v1," }],
    ["another version", { "webhook-signature": "v2,AAAA" }],
    ["too many signatures", { "webhook-signature": Array(21).fill("v1,AAAA").join(" ") }],
  ])("refuses %s", (_, change) => {
    const headers = Object.keys(change).length === 0 ? {} : { ...good(), ...change };
    expect(verified(headers, body)).toEqual({ refused: "signature_invalid", id: "" });
  });

  test("refuses an id with a dot though the signature is right: two messages could share the signature", () => {
    const headers = (id: string) => ({
      "webhook-id": id,
      "webhook-timestamp": String(AT),
      "webhook-signature": `v1,${createHmac("sha256", Buffer.from(SECRET.slice(6), "base64"))
        .update(`${id}.${AT}.`)
        .update(body)
        .digest("base64")}`,
    });
    expect(verified(headers("a-b"), body).refused).toBe("");
    for (const id of ["a.b", "a b", "ё", ""]) expect(verified(headers(id), body).refused).toBe("signature_invalid");
  });

  test("compares bytes of any lengths", () => {
    const equal = (a: number[], b: number[]) => call("Равны", toBsl(Uint8Array.from(a)), toBsl(Uint8Array.from(b)));
    expect([equal([], []), equal([1, 2], [1, 2]), equal([1, 2], [1, 3]), equal([1], [1, 0])]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test.each([
    ["without its prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["empty", ""],
    ["not base64", "whsec_***"],
    ["too short", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["too long", `whsec_${Buffer.alloc(65).toString("base64")}`],
  ])("refuses a secret that is %s, and does not show the secret", (_, setting) => {
    const attempt = () => keys(setting);
    expect(attempt).toThrow(BslException);
    if (setting !== "") expect(attempt).not.toThrow(new RegExp(setting.slice(6).replaceAll("*", "\\*")));
  });
});

describe("the interpreter", () => {
  const runs = (code: string) => () =>
    run([parseModule("М", `Функция Ф() Экспорт\n${code}\nКонецФункции`)], platform()).call("М", "Ф", []);

  test.each([
    ["a function it does not know", "Возврат НетТакой();"],
    ["a name that was never set", "Возврат Ничто;"],
    ["a type it does not know", "Возврат Новый ТаблицаЗначений;"],
    ["a member it does not know", "А = Новый Массив; А.Сдвинуть();"],
    ["sums of decimals", "Возврат 0.1 + 0.2;"],
    ["an inexact division", "Возврат 1 / 3;"],
    ["a text and a number added", 'Возврат "а" + 1;'],
    ["a condition that is no Булево", "Если 1 Тогда Возврат 1; КонецЕсли;"],
  ])("throws at %s", (_, code) => expect(runs(code)).toThrow(BslError));

  test.each([
    ["an open block", "Если Истина Тогда"],
    ["a label", "~Метка:"],
    ["a directive", "#Если Сервер Тогда"],
    ["an unknown statement", "Перейти ~Метка;"],
    ["an open text", 'А = "не закрыта'],
  ])("refuses %s in the parser", (_, code) => expect(runs(code)).toThrow(BslError));

  test("does not hide unknown names inside «Попытка»", () => {
    expect(runs("Попытка НетТакой(); Исключение Возврат 1; КонецПопытки;")).toThrow(BslError);
    expect(
      runs('Попытка ВызватьИсключение "да"; Исключение Возврат ИнформацияОбОшибке().Описание; КонецПопытки;')(),
    ).toBe("да");
  });

  test("gives a method the caller's own variable, and a copy for «Знач»", () => {
    const methods = [
      "Процедура Поменять(А)\nА = 1;\nКонецПроцедуры",
      "Процедура Оставить(Знач А)\nА = 1;\nКонецПроцедуры",
      "Функция Ссылка() Экспорт\nБ = 0;\nПоменять(Б);\nВозврат Б;\nКонецФункции",
      "Функция Копия() Экспорт\nБ = 0;\nОставить(Б);\nВозврат Б;\nКонецФункции",
    ];
    const running = run([parseModule("М", methods.join("\n"))], platform());
    expect([running.call("М", "Ссылка", []), running.call("М", "Копия", [])]).toEqual([1, 0]);
  });

  test.each(["Документы", "Справочники", "ПараметрыСеанса", "РежимЗаписиДокумента", "УправлениеПечатью"])(
    "refuses to assign to %s of the global context, unless a parameter has that name",
    (name) => {
      expect(runs(`${name} = 1;`)).toThrow(`Поле объекта недоступно для записи (${name})`);
      const module = parseModule("М", `Функция Ф(${name}) Экспорт\n${name} = 1;\nВозврат ${name};\nКонецФункции`);
      expect(run([module], platform()).call("М", "Ф", [0])).toBe(1);
    },
  );
});
