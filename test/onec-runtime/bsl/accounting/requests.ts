/* Parameters of the protocol's operations, as the relay sends them. */

export const REF = "5f0ea000-0000-5000-8000-000000000001";
export const ACT_REF = "5f0ea000-0000-5000-8000-00000000000a";
export const ORDER_REF = "5f0ea000-0000-5000-8000-00000000000b";

const COMPANY = {
  id: "u1",
  registeredOn: "2026-01-01",
  kind: "company",
  name: "ООО «Исполнитель»",
  inn: "7801234567",
  kpp: "780101001",
  bankAccount: { number: "40702810900000000001", bic: "044525974" },
};

export const ENTREPRENEUR = {
  kind: "entrepreneur",
  name: "ИП Иванов Иван Иванович",
  inn: "780123456789",
  kpp: null,
  bankAccount: { number: "40802810900000000001", bic: "044525974" },
};

/** Parameters of `counterparty` for a company, with changes. */
export function askCounterparty(contractor: object = {}, more: object = {}) {
  const params = { ref: REF, confirmed: true, updateExisting: "always" };
  return { ...params, contractor: { ...COMPANY, ...contractor }, ...more };
}

/** Parameters of `act`. */
export function askAct(more: object = {}) {
  return {
    ref: ACT_REF,
    marker: `onec-relay:${ACT_REF}`,
    comment: `Акт шлюза onec-relay:${ACT_REF}`,
    payoutId: "p1",
    counterpartyRef: REF,
    contractor: COMPANY,
    date: "2026-11-24",
    period: { from: "2026-11-01", to: "2026-11-24" },
    amount: "15000.00",
    vat: "none",
    lines: [
      { name: "Услуги", content: "Услуги за ноябрь", quantity: "1", unit: "шт", price: "15000.00", amount: "15000.00" },
    ],
    ...more,
  };
}

/** Parameters of `payment-order`. */
export function askOrder(more: object = {}) {
  return {
    ref: ORDER_REF,
    marker: `onec-relay:${ORDER_REF}`,
    comment: `Поручение шлюза onec-relay:${ORDER_REF}`,
    actRef: ACT_REF,
    counterpartyRef: REF,
    contractor: COMPANY,
    date: "2026-11-24",
    amount: "15000.00",
    vat: "none",
    purpose: "Оплата по акту № 1 от 24.11.2026",
    ...more,
  };
}
