import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareKept, listLostFields, shortenText } from "../../../adapters/onec-odata/compare.ts";
import type { Adapter, Differing } from "../../../core/adapter.ts";
import { actParams, fullContractor, newCall, orderParams, refOf } from "../../support/accounting.ts";
import { errorOf, odataWorld } from "../../support/odata.ts";

type Json = Record<string, unknown>;

/** A way in which 1C loses a field: an unknown name, or a cut value. Null: this value cannot be lost so. */
type Loss = (value: unknown) => { readonly value?: unknown } | null;

const dropped: Loss = () => ({});
const cut: Loss = (value) => (typeof value === "string" && value.length > 1 ? { value: value.slice(0, -1) } : null);

/** Changes the body of one kind of write: one field is lost on the way into 1C. */
function lossy(method: string, entity: string, path: readonly (string | number)[], loss: Loss) {
  return (send: typeof fetch): typeof fetch =>
    async (input, init) => {
      const target = decodeURIComponent(String(input));
      const isTarget =
        init?.method === method && new RegExp(`/${entity}(\\(|$)`).test(target) && !/\/(Post|Unpost)/.test(target);
      if (!isTarget) return send(input, init);
      const answer = await send(input, init);
      const kept = (await answer.json()) as Json;
      lose(kept, path, loss);
      return Response.json(kept, { status: answer.status });
    };
}

function lose(body: Json, path: readonly (string | number)[], loss: Loss): void {
  let at = body as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  const last = path.at(-1) as string | number;
  if (!(last in at)) return;
  const { value } = loss(at[last]) ?? { value: at[last] };
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/**
 * Lists the path of every field of a body. References and line numbers are left out, since 1C treats them specially.
 */
function paths(value: unknown, above: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((row, at) => paths(row, [...above, at]));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => (name === "Ref_Key" ? [] : paths(inner, [...above, name])));
  }
  return [[...above]];
}

const CARD = refOf("card", 1);
const upsert = (adapter: Adapter) =>
  adapter.upsertCounterparty({ ref: CARD, contractor: fullContractor(1, { ogrn: "1027700132195" }) }, newCall());
const act = async (adapter: Adapter) => {
  await upsert(adapter);
  return adapter.createAct(actParams(CARD, 1, { vat: "22" }), newCall());
};
const order = async (adapter: Adapter) => {
  await upsert(adapter);
  return adapter.createPaymentOrder(orderParams(CARD), newCall());
};

const WRITES: readonly (readonly [entity: string, method: string, call: (adapter: Adapter) => Promise<unknown>])[] = [
  ["Catalog_Контрагенты", "POST", upsert],
  ["Catalog_Контрагенты", "PATCH", upsert],
  ["Catalog_БанковскиеСчета", "POST", upsert],
  ["Catalog_ДоговорыКонтрагентов", "POST", upsert],
  ["Document_ПоступлениеТоваровУслуг", "POST", act],
  ["Document_ПоступлениеТоваровУслуг", "PATCH", act],
  ["Document_ПлатежноеПоручение", "POST", order],
];

/** Returns the bodies of a call. */
async function bodyOf(entity: string, method: string, call: (adapter: Adapter) => Promise<unknown>): Promise<Json> {
  let body: Json | null = null;
  const { adapter } = odataWorld({
    wire: (send) => (input, init) => {
      const target = decodeURIComponent(String(input));
      if (init?.method === method && new RegExp(`/${entity}(\\(|$)`).test(target)) {
        body ??= JSON.parse(String(init.body || "{}")) as Json;
      }
      return send(input, init);
    },
  });
  await call(adapter);
  if (body === null) throw new Error(`${method} ${entity} was not sent`);
  return body;
}

/** Fields that 1C may decide itself, by object; a loss of any other field stops the work. */
const PREFERRED: Readonly<Record<string, readonly string[]>> = {
  Catalog_Контрагенты: ["НаименованиеПолное", "РегистрационныйНомер", "ГоловнойКонтрагент_Key"],
  Catalog_БанковскиеСчета: ["Description", "ВидСчета", "Валютный"],
  Catalog_ДоговорыКонтрагентов: ["Description", "СпособЗаполненияСтавкиНДС"],
  Document_ПоступлениеТоваровУслуг: [
    ...["ДоговорКонтрагента_Key", "СпособЗачетаАвансов", "КурсВзаиморасчетов", "КратностьВзаиморасчетов"],
    ...["СуммаВключаетНДС", "СчетУчетаРасчетовСКонтрагентом_Key", "СчетУчетаРасчетовПоАвансам_Key"],
    ...["ОтражениеВУСН", "СпособУчетаНДС", "СчетЗатрат_Key", "СчетЗатратНУ_Key", "СчетУчетаНДС_Key"],
    ...["Субконто1", "Субконто1_Type", "СубконтоНУ1", "СубконтоНУ1_Type"],
  ],
  Document_ПлатежноеПоручение: [
    ...["ДоговорКонтрагента_Key", "ТекстПолучателя", "КПППолучателя", "ТекстПлательщика", "КПППлательщика"],
  ],
};

describe.each(WRITES)("the write of %s by %s", (entity, method, call) => {
  test("stops at each must that 1C drops or cuts, and puts each preferred field on record", async () => {
    const body = await bodyOf(entity, method, call);
    const fields = paths(body).filter(([section]) => section !== "КонтактнаяИнформация");
    expect(fields.length).toBeGreaterThan(0);
    for (const path of fields) {
      for (const [how, loss] of [
        ["drops", dropped],
        ["cuts", cut],
      ] as const) {
        const value = path.reduce<unknown>((at, step) => (at as Json)[step], body);
        // A cut second leaves the day as it was.
        if (loss(value) === null || (how === "cuts" && /^\d{4}-\d\d-\d\dT/.test(String(value)))) continue;
        const { adapter, onec } = odataWorld({ wire: lossy(method, entity, path, loss) });
        const named = path.map((step) => (typeof step === "number" ? `[${step + 1}].` : step)).join("");
        if (PREFERRED[entity]?.includes(String(path.at(-1)))) {
          const { differences } = (await call(adapter)) as Differing;
          expect([how, named, differences]).toEqual([
            how,
            named,
            expect.arrayContaining([expect.objectContaining({ object: entity, field: named })]),
          ]);
          continue;
        }
        const error = await errorOf(call(adapter));
        expect([how, named, error.code, error.outcome]).toEqual([how, named, "onec_rejected", "rejected"]);
        expect(error.detail).toContain(named);
        // Nobody can take it for a refusal after which nothing is there.
        expect(error.cause).toBeInstanceOf(Error);
        expect(onec.counters.by.get("post") ?? 0).toBe(0);
      }
    }
  });
});

test("an act that lost a must is taken back, and the repeat restores and posts the act", async () => {
  let lossyNow = true;
  const set = "Document_ПоступлениеТоваровУслуг";
  const { adapter, onec } = odataWorld({
    wire: (send) => (input, init) =>
      (lossyNow ? lossy("POST", set, ["СуммаДокумента"], dropped)(send) : send)(input, init),
  });
  await errorOf(act(adapter));
  const [row] = onec.state.all(set);
  expect(row).toMatchObject({ DeletionMark: true, Posted: false });
  expect(row?.Комментарий).toContain("отозвано шлюзом");
  lossyNow = false;
  expect(await act(adapter)).toMatchObject({ ref: refOf("act", 1) });
  expect(onec.state.all(set)).toMatchObject([{ DeletionMark: false, Posted: true }]);
  expect(onec.state.all(set)[0]?.Комментарий).not.toContain("отозвано шлюзом");
});

test("differences have bounded texts", () => {
  const long = "я".repeat(500);
  expect(compareKept("Catalog_X", { Поле: long }, { Поле: "" }, ["Поле"])).toEqual([
    { object: "Catalog_X", field: "Поле", sent: long.slice(0, 200), kept: "" },
  ]);
});

test("an order that lost a field is voided, counts as not made, and is repaired once 1C keeps the field", async () => {
  let lossyNow = true;
  const path = ["НазначениеПлатежа"];
  const { adapter, onec } = odataWorld({
    wire: (send) => (input, init) =>
      (lossyNow ? lossy("POST", "Document_ПлатежноеПоручение", path, cut)(send) : send)(input, init),
  });
  const ref = refOf("order", 1);
  const set = "Document_ПлатежноеПоручение";
  await errorOf(order(adapter));
  expect(onec.state.get(set, ref)).toMatchObject({ DeletionMark: true });
  expect(await adapter.findPaymentOrder({ ref }, newCall())).toBeNull();
  expect(await adapter.getPaymentStates([ref], newCall())).toMatchObject({ [ref]: { state: "deleted" } });
  lossyNow = false;
  const words = `Не платить!\n${onec.state.get(set, ref)?.Комментарий}, ждём`;
  onec.state.put(set, { Ref_Key: ref, Комментарий: words });
  expect(await order(adapter)).toMatchObject({ ref });
  const made = onec.state.get(set, ref);
  expect(made).toMatchObject({
    DeletionMark: false,
    НазначениеПлатежа: orderParams(CARD).purpose,
    Комментарий: `Не платить!\nonec-relay:${ref}, ждём`,
  });
  expect(await adapter.findPaymentOrder({ ref }, newCall())).toMatchObject({ ref });
});

test("an order that lost a field is named for a mark by hand when the void fails", async () => {
  const { adapter, onec } = odataWorld({ wire: lossy("POST", "Document_ПлатежноеПоручение", ["СуммаНДС"], dropped) });
  onec.faults.next(({ kind, entity }) => kind === "update" && entity === "Document_ПлатежноеПоручение", {
    kind: "drop",
    when: "before",
  });
  const error = await errorOf(order(adapter));
  expect(error).toMatchObject({ code: "onec_rejected", outcome: "rejected" });
  expect(error.detail).toMatch(/СуммаНДС.*пометьте его на удаление/);
  expect(error.detail).toContain(refOf("order", 1));
});

describe("comparison", () => {
  test.each<[what: string, sent: unknown, kept: unknown]>([
    ["a number that comes back as a text", 1, "1"],
    ["a sum to the kopeck", 0.3, 0.1 + 0.2],
    ["a reference in capitals", "5F0EA000-0000-5000-8000-000000000001", "5f0ea000-0000-5000-8000-000000000001"],
    ["a text box's line ends", "a\nb", "a\r\nb"],
    ["padding of a fixed length", "643", "643  "],
  ])("takes %s for equal", (_, sent, kept) => {
    expect(listLostFields({ Поле: sent }, { Поле: kept })).toEqual([]);
  });

  test.each<[what: string, sent: unknown, kept: unknown]>([
    ["a kopeck", 1.01, 1],
    ["a thousandth", 1.001, 1],
    ["a number that is not there", 0, undefined],
    ["true for false", false, true],
    ["another case of letters", "ООО", "ооо"],
    ["a row less", [{ Имя: 1 }, { Имя: 2 }], [{ Имя: 1 }]],
    ["no rows", [{ Имя: 1 }], ""],
    ["text for a number", 5, "пять"],
  ])("takes %s for different", (_, sent, kept) => {
    expect(listLostFields({ Поле: sent }, { Поле: kept })).toEqual(["Поле"]);
  });

  test("reports an own reference that is not kept before everything else", () => {
    const ref = refOf("act", 1);
    expect(() => compareKept("Catalog_X", { Ref_Key: ref, Поле: "a" }, { Ref_Key: refOf("act", 2) })).toThrow(
      expect.objectContaining({ code: "ref_key_ignored", outcome: "rejected" }) as Error,
    );
    expect(() => compareKept("Catalog_X", { Ref_Key: ref }, { Ref_Key: ref.toUpperCase() })).not.toThrow();
  });
});

describe("shortening", () => {
  test("cuts at a word and leaves no sign hanging", () => {
    expect(shortenText("Общество с ограниченной ответственностью", 25)).toBe("Общество с ограниченной");
    expect(shortenText("Рога, копыта", 7)).toBe("Рога");
    expect(shortenText("Сверхдлинноеслово", 5)).toBe("Сверх");
    expect(shortenText(" как есть ", 8)).toBe("как есть");
  });

  test("is never longer, never splits a character, and repeats without effect", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.integer({ min: 5, max: 40 }), (text, longest) => {
        const short = shortenText(text, longest);
        expect(short.length).toBeLessThanOrEqual(longest);
        expect(text).toContain(short);
        expect(/[\uD800-\uDBFF]$/.test(short)).toBe(false);
      }),
    );
  });
});

describe("an answer to a write without a reference", () => {
  const nameless =
    (reads: boolean) =>
    (send: typeof fetch): typeof fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      const target = decodeURIComponent(String(input));
      const isAct = target.includes("/Document_ПоступлениеТоваровУслуг");
      if (!isAct || /\/(Post|Unpost)/.test(target) || target.includes("$filter")) return answer;
      if (init?.method !== "POST" && !reads) return answer;
      const { Ref_Key: _, ...row } = (await answer.json()) as Json;
      return Response.json(row, { status: answer.status });
    };

  test("is looked up, and the work goes on", async () => {
    const world = odataWorld();
    const adapter = world.another({ fetch: nameless(false)(world.onec.fetch) });
    expect(await act(adapter)).toMatchObject({ ref: refOf("act", 1) });
  });

  test("is uncertain when the look tells no reference either, and stops no writing", async () => {
    const world = odataWorld();
    const adapter = world.another({ fetch: nameless(true)(world.onec.fetch) });
    expect(await errorOf(act(adapter))).toMatchObject({ code: "onec_unavailable", outcome: "uncertain" });
  });
});
