import type * as v from "valibot";
import { describe, expect, test } from "vitest";
import {
  answerSchema,
  claimRequestSchema,
  OPERATIONS,
  type Operation,
  refusalSchema,
  requestSchema,
} from "../../adapters/onec-http/protocol.ts";
import { ONEC_EVENTS } from "../../core/events.ts";
import { extensionFiles, extensionModules, textOf } from "../onec-runtime/bsl/extension.ts";
import { stringsOf } from "../onec-runtime/bsl/uses.ts";

/* Names of the messages' fields in the extension's code, against the schemas of the protocol and of 1C's events. */

describe("field names", () => {
  /** Every key of the protocol's and the events' schemas, at any depth. */
  function keysOf(schema: v.GenericSchema): string[] {
    const it = schema as unknown as {
      entries?: Record<string, v.GenericSchema>;
      item?: v.GenericSchema;
      wrapped?: v.GenericSchema;
      options?: v.GenericSchema[];
      pipe?: v.GenericSchema[];
    };
    const inner = [
      it.item,
      it.wrapped,
      ...(it.options ?? []).filter((one) => typeof one === "object"),
      ...(it.pipe ?? []).filter((one) => one !== schema && "kind" in one && (one.kind as string) === "schema"),
    ];
    return [
      ...Object.entries(it.entries ?? {}).flatMap(([key, value]) => [key, ...keysOf(value)]),
      ...inner.flatMap((one) => (one === undefined ? [] : keysOf(one))),
    ];
  }

  const KEYS = new Set([
    ...Object.values(OPERATIONS).flatMap(({ params, result }) => [...keysOf(params), ...keysOf(result)]),
    ...[requestSchema, answerSchema, refusalSchema, claimRequestSchema, ...Object.values(ONEC_EVENTS)].flatMap(
      (schema) => keysOf(schema),
    ),
    ...["type", "timestamp", "data", "commands", "leaseSeconds"],
  ]);

  test("match the protocol where the extension reads and writes them", () => {
    const latin = [...extensionModules().values()]
      .flatMap(stringsOf)
      .filter((text) => /^[a-z][A-Za-z]*(, [a-z][A-Za-z]*)*$/.test(text))
      .flatMap((text) => text.split(", "));
    const words = new Set([
      "push",
      "pull",
      "sale",
      "none",
      "confirm",
      "https",
      "claim",
      "waiting",
      "executed",
      "rejected",
      "deleted",
      "ambiguous",
      "company",
      "entrepreneur",
      "malformed",
      "ping",
      "documents",
      "counterparty",
    ]);
    expect(latin.length).toBeGreaterThan(100);
    expect([...new Set(latin)].filter((key) => !KEYS.has(key) && !words.has(key))).toEqual([]);
  });

  test("match the protocol to the letter where the extension reads a message", () => {
    const read = extensionFiles()
      .filter((path) => path.endsWith(".bsl"))
      .flatMap((path) => [...textOf(path).matchAll(/\["([^"]+)"\]/g)].map((m) => m[1] as string));
    expect(read.length).toBeGreaterThan(80);
    expect(read.filter((key) => !KEYS.has(key) && key !== "Операция")).toEqual([]);
  });

  const RESULTS: Readonly<Partial<Record<Operation, readonly [module: string, method: string]>>> = {
    ping: ["relay_Проверка", "Представиться"],
    counterparty: ["relay_Контрагенты", "ОбновитьВТранзакции"],
    "latest-acts": ["relay_Акты", "Последние"],
    act: ["relay_Акты", "Создать"],
    "act-find": ["relay_Акты", "Найти"],
    "act-void": ["relay_Акты", "Отменить"],
    "payment-order": ["relay_Платежи", "Описание"],
    "payment-order-find": ["relay_Платежи", "Найти"],
    "payment-states": ["relay_Платежи", "Состояния"],
    documents: ["relay_Сверка", "Документы"],
  };

  test.each(Object.entries(RESULTS))("match the schema in a result of %s", (operation, [name, method]) => {
    const module = extensionModules().get(`CommonModules/${name}/Ext/Module.bsl`);
    const found = module?.methods.find((it) => it.name === method);
    const made = stringsOf({ name, methods: found === undefined ? [] : [found] }).map((text) =>
      text.split(", ").toSorted().join(),
    );
    const { result } = OPERATIONS[operation as Operation];
    expect(made).toContain(
      Object.keys((result as { entries: object }).entries)
        .toSorted()
        .join(),
    );
  });
});
