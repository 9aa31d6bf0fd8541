import { describe, expect, it } from "vitest";
import type { MockAdapter, MockJournal } from "../../adapters/mock/index.ts";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import { PENDING } from "../../core/adapter.ts";
import {
  actParams,
  BIC,
  bareContractor,
  fullContractor,
  innOf,
  newCall,
  orderParams,
  refOf,
} from "../support/accounting.ts";

const CARD = refOf("card", 1);

/** A file in memory, cut and extended by bytes, as a killed process leaves it. */
function createFile(bytes = Buffer.alloc(0)) {
  let content = bytes;
  const journal: MockJournal = {
    read: () => content.toString("utf8").split("\n"),
    append(line) {
      content = Buffer.concat([content, Buffer.from(`${line}\n`)]);
    },
  };
  return { journal, bytes: () => content };
}

async function fill(adapter: MockAdapter): Promise<void> {
  await adapter.upsertCounterparty({ ref: CARD, contractor: fullContractor(1) }, newCall());
  await adapter.createAct(actParams(CARD, 1), newCall());
  await adapter.createAct(actParams(CARD, 2), newCall());
  await adapter.voidAct({ ref: refOf("act", 2), reason: "ошибка" }, newCall());
  await adapter.createPaymentOrder(orderParams(CARD), newCall());
}

function handle({ mock }: MockAdapter): void {
  const { ref } = mock.addCounterparty({
    name: "Поставщик",
    inn: innOf(2),
    comment: 'кавычки " и {"onec":1, внутри\n',
  });
  mock.editCard(ref, { phone: "+7 812 000-00-02" });
  mock.markCard(ref);
  const act = mock.addActByHand({ counterpartyRef: CARD, date: "2026-11-01", amount: 100 });
  mock.editAct(act.ref, { amount: 200 });
  mock.unpost(act.ref);
  mock.closePeriodUpTo("2026-09-30");
  mock.forgetBank(BIC);
  mock.executePayment(refOf("order", 1), "2026-11-03", "bank-1");
}

describe("the journal", () => {
  it("gives the same infobase to the next process, people's work included", async () => {
    const file = createFile();
    const first = createMockAdapter({ journal: file.journal });
    await fill(first);
    handle(first);
    const second = createMockAdapter({ journal: file.journal });
    expect(second.mock.takeSnapshot()).toEqual(first.mock.takeSnapshot());
    expect(await second.createAct(actParams(CARD, 1), newCall())).toMatchObject({ number: "0000-000001" });
    expect(await second.createAct(actParams(CARD, 3), newCall())).toMatchObject({ number: "0000-000004" });
  });

  it("writes one line for one effect and none where nothing changes", async () => {
    const file = createFile();
    const adapter = createMockAdapter({ journal: file.journal });
    await fill(adapter);
    expect(file.bytes().toString().trimEnd().split("\n")).toHaveLength(5);
    await adapter.upsertCounterparty({ ref: CARD, contractor: fullContractor(1) }, newCall());
    await adapter.createAct(actParams(CARD, 1), newCall());
    expect(file.bytes().toString().trimEnd().split("\n")).toHaveLength(5);
  });

  it("drops a torn last line, torn at any byte, and keeps the lines after", async () => {
    const whole = createFile();
    const adapter = createMockAdapter({ journal: whole.journal });
    await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, newCall());
    const start = whole.bytes().length;
    const before = adapter.mock.takeSnapshot();
    await adapter.createAct(actParams(CARD, 1), newCall());
    const after = adapter.mock.takeSnapshot();
    const end = whole.bytes().length;
    for (let cut = start; cut <= end; cut += 1) {
      const file = createFile(whole.bytes().subarray(0, cut));
      const reopened = createMockAdapter({ journal: file.journal });
      // The line end alone may be missing: then the line is whole.
      expect(reopened.mock.takeSnapshot()).toEqual(cut >= end - 1 ? after : before);
      await reopened.createAct(actParams(CARD, 1), newCall());
      await reopened.createPaymentOrder(orderParams(CARD), newCall());
      const again = createMockAdapter({ journal: file.journal });
      expect(again.mock.takeSnapshot()).toEqual(reopened.mock.takeSnapshot());
      expect(again.mock.takeSnapshot()).toMatchObject({ acts: after.acts, paymentOrders: [{ number: "0000-000001" }] });
    }
  });

  it("keeps waiting commands", async () => {
    const file = createFile();
    const call = newCall();
    const adapter = createMockAdapter({ journal: file.journal, pending: true });
    expect(await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, call)).toBe(PENDING);
    const second = createMockAdapter({ journal: file.journal });
    expect(await second.mock.answer(call.id)).toEqual({ value: { ref: CARD, created: true, changed: true } });
    expect(await createMockAdapter({ journal: file.journal }).mock.answer(call.id)).toBeNull();
  });

  it("ignores foreign lines", () => {
    const lines = ["", "# comment", "{}", '{"onec":1,"action":', "null"];
    const adapter = createMockAdapter({ journal: { read: () => lines, append: () => undefined } });
    expect(adapter.mock.takeSnapshot()).toMatchObject({ counterparties: [], acts: [], paymentOrders: [] });
  });
});
