import type { Contract, ContractorKind, Signatory } from "../../core/counterparty.ts";
import { addDays, type PlainDate } from "../../core/date.ts";
import type { VatRate } from "../../core/money.ts";
import {
  accountNumber,
  companyInn,
  companyOgrn,
  DEMO_BANKS,
  type DemoBank,
  entrepreneurOgrn,
  mistyped,
  personInn,
} from "./fictitious.ts";

/** A bank account as the platform's form has it. */
export interface AgentAccount extends DemoBank {
  readonly number: string;
}

/** A contractor as it stands in `act.requested`: the wire's own names. */
export interface AgentContractor {
  readonly id: string;
  readonly registeredAt: PlainDate;
  readonly kind: ContractorKind;
  readonly name: string;
  readonly fullName?: string;
  readonly inn: string;
  readonly kpp?: string;
  readonly ogrn?: string;
  readonly legalAddress: string;
  readonly phone: string;
  readonly email: string;
  readonly contract: Contract;
  readonly signatory?: Signatory;
  readonly bankAccount: AgentAccount;
}

/** An agent of the demo's platform: who one can log in as. */
export interface Agent {
  readonly id: string;
  /** As one is greeted: without the words that only a form needs. */
  readonly shortName: string;
  /** What is special about this one, in two or three words. */
  readonly story: string;
  /** What will happen, in a sentence. */
  readonly lead: string;
  readonly contractor: AgentContractor;
  /** The right account where the one on file has a slip. */
  readonly rightAccount?: string;
  /** What is to be paid now. */
  readonly payout: { readonly amount: string; readonly vat: VatRate };
}

/** The five agents. `start` sets this start's numbers apart from those of earlier ones, which may still be in the database. */
export function castAgents(start: number, today: PlainDate): readonly Agent[] {
  const n = (start % 19_000) * 5;
  const ago = (days: number) => addDays(today, -days);
  return [
    newCompany(n, ago(12)),
    knownEntrepreneur(n + 1, ago(400)),
    twins(n + 2, ago(210)),
    slip(n + 3, ago(45)),
    selfEmployed(n + 4, ago(30)),
  ];
}

function newCompany(n: number, registered: PlainDate): Agent {
  return {
    id: "new",
    shortName: "ООО «Тихая гавань»",
    story: "Новая компания",
    lead: "В 1С такого контрагента ещё нет: карточка появится сама, а период начнётся с регистрации на платформе.",
    contractor: {
      ...company(n, "Тихая гавань", DEMO_BANKS.sber, registered),
      id: "agent-new",
      registeredAt: registered,
      legalAddress: "109004, г. Москва, ул. Образцовая, д. 8, помещ. 3",
      signatory: { position: "Генеральный директор", name: "Соколова Марина Игоревна", basis: "Устава" },
    },
    payout: { amount: "184500.00", vat: "22" },
  };
}

function knownEntrepreneur(n: number, registered: PlainDate): Agent {
  const name = "Ветрова Ольга Сергеевна";
  return {
    id: "known",
    shortName: "ИП Ветрова О. С.",
    story: "Давно в 1С",
    lead: "Бухгалтер уже делал акты вручную: новый период продолжится со следующего дня.",
    contractor: {
      ...person(n, registered),
      id: "agent-known",
      kind: "entrepreneur",
      registeredAt: registered,
      name: `ИП ${name}`,
      fullName: `Индивидуальный предприниматель ${name}`,
      ogrn: entrepreneurOgrn(n),
      legalAddress: "125009, г. Москва, пер. Пробный, д. 14, кв. 27",
      bankAccount: { ...DEMO_BANKS.alfa, number: accountNumber("40802", n, DEMO_BANKS.alfa) },
      signatory: { name, basis: `листа записи ЕГРИП, ОГРНИП ${entrepreneurOgrn(n)}` },
    },
    payout: { amount: "62300.00", vat: "none" },
  };
}

function twins(n: number, registered: PlainDate): Agent {
  return {
    id: "twins",
    shortName: "ООО «Вектор Плюс»",
    story: "Две карточки в 1С",
    lead: "В 1С две карточки с одним ИНН. Шлюз не станет гадать: спросит бухгалтера и пойдёт дальше.",
    contractor: {
      ...company(n, "Вектор Плюс", DEMO_BANKS.vtb, registered),
      id: "agent-twins",
      registeredAt: registered,
      legalAddress: "115035, г. Москва, наб. Учебная, д. 21, офис 40",
      signatory: { position: "Директор", name: "Алиев Тимур Рашидович", basis: "Устава" },
    },
    payout: { amount: "97840.00", vat: "5" },
  };
}

function slip(n: number, registered: PlainDate): Agent {
  const right = accountNumber("40702", n * 7919 + 1234, DEMO_BANKS.sber);
  return {
    id: "slip",
    shortName: "ООО «Маяк-Сервис»",
    story: "Опечатка в счёте",
    lead: "Номер счёта не сходится с БИК: об этом скажут сразу, до 1С ошибка не дойдёт.",
    contractor: {
      ...company(n, "Маяк-Сервис", DEMO_BANKS.sber, registered),
      id: "agent-slip",
      registeredAt: registered,
      legalAddress: "127006, г. Москва, ул. Показательная, д. 3",
      bankAccount: { ...DEMO_BANKS.sber, number: mistyped(right, DEMO_BANKS.sber) },
      signatory: { position: "Директор", name: "Егорова Вера Павловна", basis: "Устава" },
    },
    rightAccount: right,
    payout: { amount: "41250.00", vat: "none" },
  };
}

function selfEmployed(n: number, registered: PlainDate): Agent {
  return {
    id: "self",
    shortName: "Кузнецов И. А.",
    story: "Самозанятый",
    lead: "Самозанятому нужны проверка статуса и чек, поэтому акт здесь пока не формируется.",
    contractor: {
      ...person(n, registered),
      id: "agent-self",
      kind: "self_employed",
      registeredAt: registered,
      name: "Кузнецов Илья Андреевич",
      legalAddress: "129090, г. Москва, пр-т Примерный, д. 77, кв. 5",
      bankAccount: { ...DEMO_BANKS.sber, number: accountNumber("40817", n, DEMO_BANKS.sber) },
    },
    payout: { amount: "18000.00", vat: "none" },
  };
}

function company(n: number, name: string, bank: DemoBank, registered: PlainDate) {
  return {
    kind: "company" as const,
    name: `ООО «${name}»`,
    fullName: `Общество с ограниченной ответственностью «${name}»`,
    inn: companyInn(n),
    kpp: "779901001",
    ogrn: companyOgrn(n),
    bankAccount: { ...bank, number: accountNumber("40702", n, bank) },
    ...contacts(n, registered),
  };
}

function person(n: number, registered: PlainDate) {
  return { inn: personInn(n), ...contacts(n, registered) };
}

function contacts(n: number, registered: PlainDate) {
  return {
    phone: `+7 495 000-${String(10 + (n % 90))}-${String(10 + ((n * 7) % 90))}`,
    email: `agent${n}@example.com`,
    contract: {
      url: `https://platform.example/contracts/${n}`,
      number: `АГ-${String(n).padStart(5, "0")}`,
      date: registered,
    },
  };
}
