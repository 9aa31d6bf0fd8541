import { expect } from "vitest";
import type { MockAdapter, MockCall, MockOptions } from "../../adapters/mock/index.ts";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import { actParams, bareContractor, fullContractor, newCall, orderParams, refOf } from "./accounting.ts";

/** The card of {@link furnished}. */
export const CARD = refOf("card", 1);
const PDF = new TextEncoder().encode("%PDF-1.4\n%%EOF\n");

/** A mock with a card, an act and an order, so that every call has something to do. */
export async function furnished(options: MockOptions = {}): Promise<MockAdapter> {
  const adapter = createMockAdapter({ prints: PDF, ...options });
  await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, newCall());
  await adapter.createAct(actParams(CARD), newCall());
  await adapter.createPaymentOrder(orderParams(CARD), newCall());
  return adapter;
}

/** One example of each call. Each writing call changes something. */
export const CALLS: Record<MockCall, (adapter: Adapter) => Promise<unknown>> = {
  getOrganization: (adapter) => adapter.getOrganization(newCall()),
  upsertCounterparty: (adapter) => adapter.upsertCounterparty({ ref: CARD, contractor: fullContractor(1) }, newCall()),
  findLastAct: (adapter) => adapter.findLastAct({ counterpartyRef: CARD, exceptRef: refOf("act", 9) }, newCall()),
  createAct: (adapter) => adapter.createAct(actParams(CARD, 2), newCall()),
  findAct: (adapter) => adapter.findAct({ ref: refOf("act", 1) }, newCall()),
  printAct: (adapter) => adapter.printAct!({ ref: refOf("act", 1) }, newCall()),
  voidAct: (adapter) => adapter.voidAct({ ref: refOf("act", 1), reason: "ошибка" }, newCall()),
  createPaymentOrder: (adapter) => adapter.createPaymentOrder(orderParams(CARD, 2), newCall()),
  findPaymentOrder: (adapter) => adapter.findPaymentOrder({ ref: refOf("order", 1) }, newCall()),
  getPaymentStates: (adapter) => adapter.getPaymentStates([refOf("order", 1)], newCall()),
  listDocuments: (adapter) => adapter.listDocuments!({ kind: "act", since: "2026-01-01", limit: 10 }, newCall()),
  check: (adapter) => adapter.check({ write: true }),
};

/** Expects a call to fail and returns the error. */
export async function errorOf(answer: Promise<unknown>): Promise<AdapterError> {
  const error = await answer.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AdapterError);
  return error as AdapterError;
}
