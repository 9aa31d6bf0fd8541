import { addDays, type PlainDate } from "../../core/date.ts";
import type { VatRate } from "../../core/money.ts";
import type { Contract, ContractorKind, Signatory } from "../../core/parties.ts";
import {
  createAccountNumber,
  createCompanyInn,
  createCompanyOgrn,
  createEntrepreneurOgrn,
  createPersonInn,
  DEMO_BANKS,
  type DemoBank,
  swapDigits,
} from "./fictitious.ts";

export interface AgentAccount extends DemoBank {
  readonly number: string;
}

/** A contractor with the field names of `act.requested`. */
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

/** An agent of the demo's platform. A visitor logs in as an agent. */
export interface Agent {
  readonly id: string;
  readonly shortName: string;
  /** The special feature of this agent, in two or three words. */
  readonly story: string;
  /** Outcome of a payout, in a sentence. */
  readonly lead: string;
  readonly contractor: AgentContractor;
  /** The right account number of an agent with a misspelt account. */
  readonly rightAccount?: string;
  /** The payout of the demo, the default of the form. */
  readonly payout: { readonly amount: string; readonly vat: VatRate };
}

/** Makes the five agents. `start` gives other INNs than earlier starts, whose acts may still be in the database. */
export function createAgents(start: number, today: PlainDate): readonly Agent[] {
  const n = (start % 19_000) * 5;
  const subtractDays = (days: number) => addDays(today, -days);
  return [
    createNewCompanyAgent(n, subtractDays(12)),
    createKnownAgent(n + 1, subtractDays(400)),
    createTwinsAgent(n + 2, subtractDays(210)),
    createSlipAgent(n + 3, subtractDays(45)),
    createSelfEmployedAgent(n + 4, subtractDays(30)),
  ];
}

function createNewCompanyAgent(n: number, registered: PlainDate): Agent {
  return {
    id: "new",
    shortName: "ООО «Тихая гавань»",
    story: "Новая компания",
    lead: "В 1С такого контрагента ещё нет: карточка появится сама, а период начнётся с регистрации на платформе.",
    contractor: {
      ...createCompany(n, "Тихая гавань", DEMO_BANKS.sber, registered),
      id: "agent-new",
      registeredAt: registered,
      legalAddress: "109004, г. Москва, ул. Образцовая, д. 8, помещ. 3",
      signatory: { position: "Генеральный директор", name: "Соколова Марина Игоревна", basis: "Устава" },
    },
    payout: { amount: "184500.00", vat: "22" },
  };
}

function createKnownAgent(n: number, registered: PlainDate): Agent {
  const name = "Ветрова Ольга Сергеевна";
  return {
    id: "known",
    shortName: "ИП Ветрова О. С.",
    story: "Давно в 1С",
    lead: "Бухгалтер уже делал акты вручную: новый период продолжится со следующего дня.",
    contractor: {
      ...createPerson(n, registered),
      id: "agent-known",
      kind: "entrepreneur",
      registeredAt: registered,
      name: `ИП ${name}`,
      fullName: `Индивидуальный предприниматель ${name}`,
      ogrn: createEntrepreneurOgrn(n),
      legalAddress: "125009, г. Москва, пер. Пробный, д. 14, кв. 27",
      bankAccount: { ...DEMO_BANKS.alfa, number: createAccountNumber("40802", n, DEMO_BANKS.alfa) },
      signatory: { name, basis: `листа записи ЕГРИП, ОГРНИП ${createEntrepreneurOgrn(n)}` },
    },
    payout: { amount: "62300.00", vat: "none" },
  };
}

function createTwinsAgent(n: number, registered: PlainDate): Agent {
  return {
    id: "twins",
    shortName: "ООО «Вектор Плюс»",
    story: "Две карточки в 1С",
    lead: "В 1С две карточки с одним ИНН. Шлюз не станет гадать: спросит бухгалтера и пойдёт дальше.",
    contractor: {
      ...createCompany(n, "Вектор Плюс", DEMO_BANKS.vtb, registered),
      id: "agent-twins",
      registeredAt: registered,
      legalAddress: "115035, г. Москва, наб. Учебная, д. 21, офис 40",
      signatory: { position: "Директор", name: "Алиев Тимур Рашидович", basis: "Устава" },
    },
    payout: { amount: "97840.00", vat: "5" },
  };
}

function createSlipAgent(n: number, registered: PlainDate): Agent {
  const right = createAccountNumber("40702", n * 7919 + 1234, DEMO_BANKS.sber);
  return {
    id: "slip",
    shortName: "ООО «Маяк-Сервис»",
    story: "Опечатка в счёте",
    lead: "Номер счёта не сходится с БИК: об этом скажут сразу, до 1С ошибка не дойдёт.",
    contractor: {
      ...createCompany(n, "Маяк-Сервис", DEMO_BANKS.sber, registered),
      id: "agent-slip",
      registeredAt: registered,
      legalAddress: "127006, г. Москва, ул. Показательная, д. 3",
      bankAccount: { ...DEMO_BANKS.sber, number: swapDigits(right, DEMO_BANKS.sber) },
      signatory: { position: "Директор", name: "Егорова Вера Павловна", basis: "Устава" },
    },
    rightAccount: right,
    payout: { amount: "41250.00", vat: "none" },
  };
}

function createSelfEmployedAgent(n: number, registered: PlainDate): Agent {
  return {
    id: "self",
    shortName: "Кузнецов И. А.",
    story: "Самозанятый",
    lead: "Самозанятому нужны проверка статуса и чек, поэтому акт здесь пока не формируется.",
    contractor: {
      ...createPerson(n, registered),
      id: "agent-self",
      kind: "self_employed",
      registeredAt: registered,
      name: "Кузнецов Илья Андреевич",
      legalAddress: "129090, г. Москва, пр-т Примерный, д. 77, кв. 5",
      bankAccount: { ...DEMO_BANKS.sber, number: createAccountNumber("40817", n, DEMO_BANKS.sber) },
    },
    payout: { amount: "18000.00", vat: "none" },
  };
}

function createCompany(n: number, name: string, bank: DemoBank, registered: PlainDate) {
  return {
    kind: "company" as const,
    name: `ООО «${name}»`,
    fullName: `Общество с ограниченной ответственностью «${name}»`,
    inn: createCompanyInn(n),
    kpp: "779901001",
    ogrn: createCompanyOgrn(n),
    bankAccount: { ...bank, number: createAccountNumber("40702", n, bank) },
    ...createContacts(n, registered),
  };
}

function createPerson(n: number, registered: PlainDate) {
  return { inn: createPersonInn(n), ...createContacts(n, registered) };
}

function createContacts(n: number, registered: PlainDate) {
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
