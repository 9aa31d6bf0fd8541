import type { Act, ServiceLine } from "../../core/act.ts";
import type { Contractor, Organization } from "../../core/parties.ts";
import type { PrintableAct } from "../../core/print/index.ts";

/** The paying company of the printed forms in tests. */
export const organization: Organization = {
  name: "ООО «Северный экспресс»",
  fullName: "Общество с ограниченной ответственностью «Северный экспресс»",
  inn: "7707083893",
  kpp: "770701001",
  ogrn: "1027700132195",
  address: "127006, г. Москва, ул. Долгоруковская, д. 21, стр. 1, помещ. 14",
  phone: "+7 495 123-45-67",
  bankAccount: {
    number: "40702810900000000012",
    bic: "044525974",
    bankName: "АО «ТБанк», г. Москва",
    corrAccount: "30101810145250000974",
  },
  signatory: { position: "Генеральный директор", name: "Воронова Анна Сергеевна", basis: "Устава" },
};

/** A sole entrepreneur (ИП) with all requisites. */
export const entrepreneur: Contractor = {
  id: "agent-17",
  registeredOn: "2026-11-01",
  kind: "entrepreneur",
  name: "Ковалёв Пётр Ильич",
  inn: "500100732259",
  ogrn: "304500116000157",
  legalAddress: "141400, Московская область, г. Химки, ул. Панфилова, д. 4, кв. 18",
  phone: "+7 916 000-00-00",
  email: "kovalev@example.com",
  bankAccount: {
    number: "40802810100000000001",
    bic: "044525225",
    bankName: "ПАО Сбербанк",
    corrAccount: "30101810400000000225",
  },
  contract: { url: "https://example.com/contract/17", number: "17/2026-А", date: "2026-11-01" },
};

/** A company (юрлицо) with all requisites and a signatory. */
export const company: Contractor = {
  ...entrepreneur,
  kind: "company",
  name: "ООО «Ромашка»",
  fullName: "Общество с ограниченной ответственностью «Ромашка и партнёры»",
  inn: "7728168971",
  kpp: "772801001",
  ogrn: "1027700067328",
  signatory: { position: "Директор", name: "Щербаков Ю. Ё.", basis: "Устава" },
};

/** A contractor with the required fields only. */
export const bare: Contractor = {
  id: "agent-18",
  registeredOn: "2026-11-01",
  kind: "company",
  name: "ООО «Луч»",
  inn: "7728168971",
  bankAccount: { number: "40702810900000000012", bic: "044525225" },
};

/** An act ready for the printer: posted in 1C, with a period. */
export function printableAct(part: Partial<Act> = {}): PrintableAct {
  const act: Act = {
    id: "0190f5a0-0000-7000-8000-000000000001",
    payoutId: "payout-1",
    revision: 1,
    status: "posted",
    seq: 3,
    requestedAt: 1_795_500_000_000,
    asOf: 1_795_500_000_000,
    date: "2026-11-24",
    amount: 1_500_000,
    vat: "none",
    services: [],
    contractor: entrepreneur,
    counterpartyKey: "7707083893:500100732259:",
    counterparty: null,
    period: { from: "2026-11-01", to: "2026-11-24" },
    decidedPeriod: null,
    document: { ref: "0190f5a0-0000-7000-8000-000000000001", number: "0000-000123", date: "2026-11-24" },
    covers: true,
    form: null,
    acceptedAt: null,
    acceptedBy: null,
    paymentOrder: null,
    paidOn: null,
    reason: null,
    problem: null,
    updatedAt: 1_795_500_000_000,
    ...part,
  };
  return act as PrintableAct;
}

/** So many lines of services; their sums add up to `total`. */
export function serviceRows(
  count: number,
  name = (index: number) => `Доставка заказа № ${index + 1} по Москве и области`,
) {
  const services: ServiceLine[] = Array.from({ length: count }, (_, index) => ({
    name: name(index),
    quantity: 1000 * (1 + (index % 3)),
    unit: index % 2 === 0 ? "шт" : "час",
    price: 12_345,
    amount: 12_345 * (1 + (index % 3)),
  }));
  return { services, amount: services.reduce((sum, { amount }) => sum + amount, 0) };
}
