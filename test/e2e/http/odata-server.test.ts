import { expect, test } from "vitest";
import { startRelay } from "../../onec-runtime/http/server.ts";
import { createOneC } from "../../onec-runtime/odata/index.ts";
import { aContractor, companyInn, makeContractorData } from "../../support/builders.ts";

test("a real relay over 1C's OData interface: from the request to the payment order", async () => {
  const onec = createOneC();
  const relay = await startRelay({
    ACCOUNTING: "onec-odata",
    ONEC_URL: await onec.listen(),
    ONEC_USER: onec.user,
    ONEC_PASSWORD: onec.password,
    ONEC_ORGANIZATION_INN: companyInn(1),
    ORGANIZATION_SIGNATORY_NAME: "Воронова Анна Сергеевна",
  });
  const instant = () => new Date().toISOString();
  const request = { payoutId: "p-1", requestedAt: instant(), amount: "15000.00", contractor: makeContractorData(2) };
  const { actId } = await relay.send("act.requested", request);
  await relay.until(actId, "ready");
  const { pdf } = (await relay.act(actId)) as { pdf: { url: string } };
  const file = await fetch(pdf.url);
  expect(file.headers.get("content-type")).toBe("application/pdf");
  expect(new TextDecoder().decode((await file.arrayBuffer()).slice(0, 5))).toBe("%PDF-");

  // The process dies; the next process goes on from the stored state.
  await relay.restart();
  await relay.send("act.accepted", { payoutId: "p-1", acceptedAt: instant() });
  await relay.until(actId, "payment_ordered");

  const { hands } = onec;
  const cards = await hands.cardsOf(aContractor(2).inn);
  expect(cards).toHaveLength(1);
  const acts = await hands.actsOf(cards[0]!.ref);
  expect(acts).toEqual([expect.objectContaining({ ref: actId, posted: true, deletionMark: false, amount: 1_500_000 })]);
  const orders = await hands.ordersOf(cards[0]!.ref);
  expect(orders).toEqual([expect.objectContaining({ amount: 1_500_000, account: aContractor(2).bankAccount })]);
  await relay.close();
  await onec.close();
});
