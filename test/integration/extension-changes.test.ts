import { describe, expect, test } from "vitest";
import type { BslStructure } from "../onec-runtime/bsl/collections.ts";
import { BslUuid } from "../onec-runtime/bsl/values.ts";
import { ACT, ORDER, OTHER, openWatching, type WatchingSetup, WRITE_OFF } from "../onec-runtime/bsl/watching.ts";

/*
 * The relay learns of changes by people in 1C. The subscription marks a document in the transaction of the write. The
 * job looks at marked documents every two seconds. The extension's own code runs over a played infobase. A live
 * infobase has to prove the assumptions about the platform.
 */

describe("the subscription", () => {
  test("marks a watched document as it is written, once for each time", () => {
    const { act, order, write, marks, base } = openWatching();
    write(act);
    write(order);
    write(act);
    expect(marks()).toEqual([ACT, ORDER, ACT]);
    expect(new Set(base.registers.relay_Изменения?.map(({ Ключ }) => Ключ)).size).toBe(3);
    // One query a time.
    expect(base.queries).toHaveLength(3);
  });

  test("marks the payment order that a write-off is based on", () => {
    const { base, order, write, marks } = openWatching();
    write(
      base.add("СписаниеСРасчетногоСчета", WRITE_OFF, {
        ДокументОснование: base.ref(order.kind, ORDER),
        Проведен: true,
      }),
    );
    expect(marks()).toEqual([ORDER]);
  });

  test.each([
    ["a document of another kind", "РасходныйКассовыйОрдер", {}],
    ["a write-off without a basis", "СписаниеСРасчетногоСчета", { ДокументОснование: undefined }],
    ["a write-off based on something else", "СписаниеСРасчетногоСчета", { ДокументОснование: new BslUuid(OTHER) }],
  ])("does not even ask the database about %s", (_, kind, fields) => {
    const { base, write, marks, log } = openWatching();
    write(base.add(kind, OTHER, fields));
    expect(base.queries).toEqual([]);
    expect(marks()).toEqual([]);
    expect(log).toEqual([]);
  });

  test("asks once about a foreign act, and writes nothing", () => {
    const { base, write, marks } = openWatching();
    write(base.add("РеализацияТоваровУслуг", OTHER));
    expect(base.queries).toHaveLength(1);
    expect(marks()).toEqual([]);
  });

  test.each([
    ["in a load of data", {}, { loading: true }],
    ["where the writing was refused", {}, { refused: true }],
    ["in safe mode, where the register may be closed to this user", { privileged: false }, {}],
  ])("does nothing at all %s", (_, setup, how) => {
    const { base, act, write, marks } = openWatching(setup);
    write(act, how);
    expect(base.queries).toEqual([]);
    expect(marks()).toEqual([]);
  });

  const NOBODY_LOOKS: readonly [string, WatchingSetup][] = [
    ["is off", {}],
    ["has nowhere to send", { address: "" }],
    ["is silent in a copied base", { silent: true }],
  ];
  test.each(NOBODY_LOOKS)("marks nothing where the job of events %s: nobody would remove the marks", (why, setup) => {
    const { act, write, job, marks, log } = openWatching({ jobRuns: false, ...setup });
    for (let run = 0; run < 3; run += 1) {
      if (why !== "is off") job();
      write(act);
    }
    expect(marks()).toEqual([]);
    expect(log).toEqual([]);
  });

  test("marks for ten minutes after the job began to look, and again when it looks again", () => {
    const { act, write, job, marks, pass, base } = openWatching();
    pass(9 * 60);
    write(act);
    expect(marks()).toEqual([ACT]);
    pass(61);
    write(act);
    expect(marks()).toEqual([ACT]);
    job();
    expect(marks()).toEqual([]);
    write(act);
    expect(marks()).toEqual([ACT]);
    expect(base.registers.relay_Настройки).toHaveLength(1);
  });

  test("hides the subscription's own errors from the person who writes the document", () => {
    const { base, act, write, log } = openWatching();
    base.broken = "relay_Изменения";
    expect(() => write(act)).not.toThrow();
    expect(log).toEqual(["Запись в relay_Изменения не удалась"]);
    // A field absent from this release.
    expect(() => write(base.add("СписаниеСРасчетногоСчета", OTHER))).not.toThrow();
    expect(log[1]).toContain("документоснование");
  });
});

test("the relay gets the current state of a document, although 1C's cache has an older one", () => {
  const { base, act, state } = openWatching();
  expect((state(act) as BslStructure).get("amount")).toBe("15000.00");
  act.fields = { ...act.fields, СуммаДокумента: 14000 };
  expect((state(act) as BslStructure).get("amount")).toBe("14000.00");
  base.remove(ACT);
  expect(state(act)).toBeUndefined();
});

describe("the job of events", () => {
  test.each(["passes", "raises"] as const)(
    "reports a payment within two seconds, through the whole minute of the job (%s)",
    (pause) => {
      for (let at = 0; at < 56; at += 5) {
        const { base, order, write, later, job, told, sent, marks } = openWatching({ pause });
        later(at, () =>
          write(
            base.add("СписаниеСРасчетногоСчета", WRITE_OFF, {
              ДокументОснование: base.ref(order.kind, ORDER),
              Проведен: true,
            }),
          ),
        );
        const took = job();
        expect(told).toHaveLength(1);
        const [event] = told;
        expect(event?.type).toBe("payment.executed");
        expect(event?.data).toEqual({ paymentOrderRef: ORDER, executedAt: "2026-11-24", bankReference: "812" });
        expect(event!.at - at).toBeLessThanOrEqual(2);
        expect(sent.find(({ types }) => types.includes("payment.executed"))?.at).toBe(event?.at);
        expect(marks()).toEqual([]);
        // The next run begins within three seconds.
        expect(took).toBeGreaterThanOrEqual(57);
        expect(took).toBeLessThan(60);
      }
    },
  );

  test("reports an act that a person marks for deletion, and ends the watch of the act", () => {
    const { base, act, write, later, job, told } = openWatching();
    later(31, () => {
      act.marked = true;
      write(act);
    });
    job();
    expect(told.map(({ type, data }) => [type, data.actRef])).toEqual([["act.voided", ACT]]);
    expect(told[0]?.at).toBeLessThanOrEqual(33);
    expect(base.registers.relay_Наблюдение?.map(({ Ключ }) => Ключ)).toEqual([ORDER]);
  });

  test("reports a changed sum, and no repeated posting", () => {
    const { act, write, later, job, told, marks } = openWatching();
    later(10, () => write(act));
    later(20, () => {
      act.fields = { ...act.fields, СуммаДокумента: 14000 };
      write(act);
    });
    job();
    expect(told.map(({ type, at }) => [type, at <= 22 && at >= 20])).toEqual([["act.changed", true]]);
    expect(marks()).toEqual([]);
  });

  test("reports a changed sum that follows another writing by some seconds, although 1C's cache has the former act", () => {
    const { act, write, later, job, told } = openWatching();
    later(10, () => write(act));
    for (const [at, sum] of [
      [16, 14000],
      [24, 13000],
    ] as const) {
      later(at, () => {
        act.fields = { ...act.fields, СуммаДокумента: sum };
        write(act);
      });
    }
    job();
    expect(told.map(({ type, at }) => [type, at])).toEqual([
      ["act.changed", 16],
      ["act.changed", 24],
    ]);
  });

  test("asks only for marks while nobody works in 1C", () => {
    const { base, job, sent } = openWatching();
    job();
    const all = base.queries.filter((text) => text.includes("РегистрСведений.relay_Наблюдение"));
    expect(all).toHaveLength(1);
    expect(base.queries.filter((text) => text.includes("relay_Изменения"))).toHaveLength(30);
    expect(sent).toHaveLength(1);
  });

  test("looks at marked documents only", () => {
    const { base, act, write, later, job } = openWatching();
    later(10, () => write(act));
    base.queries.length = 0;
    job();
    const marked = base.queries.filter((text) => text.includes("Ключ В (&Ключи)"));
    expect(marked).toHaveLength(1);
    expect(base.queries.filter((text) => text.includes("Документ.ПлатежноеПоручение"))).toHaveLength(1);
  });

  test("finds at the start the changes without a mark: a load, a deletion for good", () => {
    const { base, order, write, job, told } = openWatching();
    const paid = { ДокументОснование: base.ref(order.kind, ORDER), Проведен: true };
    write(base.add("СписаниеСРасчетногоСчета", WRITE_OFF, paid), { loading: true });
    base.remove(ACT);
    job();
    expect(told.map(({ type, at }) => [type, at]).toSorted()).toEqual([
      ["act.voided", 0],
      ["payment.executed", 0],
    ]);
  });

  test("finds after an outage of the relay the changes made meanwhile", () => {
    const { base, act, write, job, told, setAddress } = openWatching({ jobRuns: false, address: "" });
    job();
    act.fields = { ...act.fields, СуммаДокумента: 14000 };
    write(act);
    base.remove(ORDER);
    job();
    expect(told).toEqual([]);
    setAddress("https://relay.example.com");
    job();
    expect(told.map(({ type }) => type).toSorted()).toEqual(["act.changed", "payment.rejected"]);
  });

  test("reports within the minute where the note of a running job cannot be written", () => {
    const { base, act, write, later, job, told, log } = openWatching({ jobRuns: false });
    base.broken = "relay_Настройки";
    later(10, () => {
      act.marked = true;
      write(act);
    });
    job();
    job();
    expect(told.map(({ type, at }) => [type, at >= 57 && at <= 60])).toEqual([["act.voided", true]]);
    expect(log).toEqual(Array(2).fill("Запись в relay_Настройки не удалась"));
  });

  test("does not occupy a file infobase, which has one background job for all", () => {
    const { act, write, job, told, marks } = openWatching({ fileBase: true });
    act.marked = true;
    write(act);
    expect(job()).toBe(0);
    expect(told.map(({ type }) => type)).toEqual(["act.voided"]);
    expect(marks()).toEqual([]);
  });

  test.each(["ends at once", "no job", "no right"] as const)(
    "ends where the job cannot wait (%s), since a loop without a pause would follow",
    (pause) => {
      const { base, job } = openWatching({ pause });
      expect(job()).toBe(0);
      expect(base.queries.length).toBeLessThan(6);
    },
  );

  test("does nothing in a copied infobase", () => {
    const { base, act, write, job, told, sent } = openWatching({ silent: true });
    act.marked = true;
    write(act);
    base.queries.length = 0;
    expect(job()).toBe(0);
    expect([told, sent, base.queries]).toEqual([[], [], []]);
  });

  test("reports and sends where old answers cannot be deleted", () => {
    const { base, job, sent, log } = openWatching({ answersBroken: true });
    base.remove(ACT);
    job();
    expect(sent[0]?.types).toEqual(["act.voided"]);
    expect(log).toEqual(["Ответы заблокированы"]);
  });

  test("sends the queued events and ends where the documents cannot be read: the mark stays for the next run", () => {
    const { act, write, job, sent, log, marks } = openWatching({ days: "полгода" });
    write(act);
    expect(job()).toBe(0);
    expect(log).toEqual([expect.stringContaining("Число")]);
    expect(sent).toHaveLength(1);
    expect(marks()).toEqual([ACT]);
  });

  test("reports the other acts where the check of some acts always fails, and names the failed acts once a pass", () => {
    const { base, act, order, actFields, watch, write, later, job, told, log, marks } = openWatching();
    const [good, bad] = [1, 2].map((n) => base.add("ПоступлениеТоваровУслуг", `${n}${ACT.slice(1)}`, actFields()));
    watch("act", bad!);
    watch("act", good!);
    for (const broken of [act, bad!]) {
      delete broken.fields.СуммаДокумента;
      write(broken);
    }
    good!.marked = true;
    base.remove(ORDER);
    expect(job()).toBeGreaterThanOrEqual(57);
    expect(told.map(({ type, at }) => [type, at]).toSorted()).toEqual([
      ["act.voided", 0],
      ["payment.rejected", 0],
    ]);
    expect(log).toHaveLength(1);
    for (const id of [act.id, bad!.id]) expect(log[0]).toContain(id);
    expect(log[0]).toContain("суммадокумента");
    expect(log[0]).not.toContain(good!.id);
    expect(log[0]).not.toContain(order.id);
    // The mark is removed, since a mark left behind would fail every two seconds. The next run looks at the document
    // anyway.
    expect(marks()).toEqual([]);
    later(120, () => Object.assign(act.fields, actFields(), { СуммаДокумента: 14000 }));
    job();
    job();
    job();
    expect(told.map(({ type }) => type)).toEqual(["act.voided", "payment.rejected", "act.changed"]);
    expect(log).toHaveLength(4);
  });

  test("reports the other orders where one order always fails", () => {
    const { base, watch, job, told, log } = openWatching({ untellable: [ORDER] });
    const another = base.add("ПлатежноеПоручение", `1${ORDER.slice(1)}`, base.document(ORDER)?.fields);
    watch("payment-order", another);
    base.remove(ORDER);
    base.remove(another.id);
    job();
    expect(told.map(({ data }) => data.paymentOrderRef)).toEqual([another.id]);
    expect(log).toEqual([expect.stringContaining(`ПлатежноеПоручение ${ORDER}: Не поставить`)]);
  });

  test("reports acts where payment orders cannot be read at all", () => {
    const { base, job, told, log } = openWatching({ ordersUnreadable: true });
    base.remove(ACT);
    job();
    expect(told.map(({ type }) => type)).toEqual(["act.voided"]);
    expect(log).toEqual([expect.stringContaining("ПлатежноеПоручение: Нет прав на чтение списаний")]);
  });
});
