import { expect, test } from "vitest";
import { startRelay } from "../../onec-runtime/http/server.ts";
import { createOneC } from "../../onec-runtime/odata/index.ts";
import { BASES } from "../../onec-runtime/odata/switches.ts";
import { companyInn, makeContractorData } from "../../support/builders.ts";

test.each(BASES)(
  "a payout goes from the request to an order that the accountant posts: $name",
  async ({ options, mapping }) => {
    const onec = createOneC(options);
    const { actDocument = "receipt" } = options;
    const relay = await startRelay({
      ACCOUNTING: "onec-odata",
      ONEC_URL: await onec.listen(),
      ONEC_USER: onec.user,
      ONEC_PASSWORD: onec.password,
      ONEC_ORGANIZATION_INN: companyInn(1),
      ONEC_ACT_DOCUMENT: actDocument,
      ONEC_MAPPING: JSON.stringify(mapping),
      ORGANIZATION_SIGNATORY_NAME: "Воронова Анна Сергеевна",
    });
    const instant = () => new Date().toISOString();
    try {
      const request = {
        payoutId: "p-1",
        requestedAt: instant(),
        amount: "15000.00",
        contractor: makeContractorData(2),
      };
      const { actId } = await relay.send("act.requested", request);
      await relay.until(actId, "ready");
      await relay.send("act.accepted", { payoutId: "p-1", acceptedAt: instant() });
      await relay.until(actId, "payment_ordered");
      const set = actDocument === "sale" ? "Document_РеализацияТоваровУслуг" : "Document_ПоступлениеТоваровУслуг";
      expect(onec.state.all(set)).toMatchObject([{ Ref_Key: actId, Posted: true, СуммаДокумента: 15_000 }]);
      const orders = onec.state.all("Document_ПлатежноеПоручение");
      expect(orders).toMatchObject([{ СуммаДокумента: 15_000, DeletionMark: false }]);
      // The accountant posts the order: 1C's own checks have nothing against it.
      await onec.hands.post(String(orders[0]?.Ref_Key));
      expect(onec.state.all("InformationRegister_СостоянияБанковскихДокументов")).toMatchObject([
        { Состояние: "Подготовлено" },
      ]);
    } finally {
      await relay.close();
      await onec.close();
    }
  },
);
