import { BIC, OTHER_BIC } from "../../support/accounting.ts";
import { accountNumber, anOrganization } from "../../support/builders.ts";
import type { Setup } from "./options.ts";
import type { Row, State } from "./state.ts";

/** References of what a fresh infobase holds. */
export interface SeededRefs {
  readonly organization: string;
  readonly organizationAccount: string;
  readonly currency: string;
  readonly item: string;
  readonly costItem: string;
  readonly itemGroup: string;
  readonly cashFlowItem: string;
  readonly contactKinds: Readonly<Record<ContactKind, string>>;
  /** By code: «60.01», «26»… */
  readonly accounts: Readonly<Record<string, string>>;
}

/** Россия in Catalog_СтраныМира. */
export const RUSSIA = "1a2b3c00-c8e1-11f0-9d2a-00155d0a1b2d";

/** Kinds of contact information that the hands write and read. */
export type ContactKind =
  | "legalAddress"
  | "actualAddress"
  | "postalAddress"
  | "phone"
  | "email"
  | "organizationAddress";

const KINDS: readonly {
  readonly kind: ContactKind;
  readonly type: string;
  readonly title: string;
  readonly name: string;
  readonly of: "Контрагенты" | "Организации";
}[] = [
  { kind: "legalAddress", type: "Адрес", title: "Юридический адрес", name: "ЮрАдресКонтрагента", of: "Контрагенты" },
  { kind: "actualAddress", type: "Адрес", title: "Фактический адрес", name: "ФактАдресКонтрагента", of: "Контрагенты" },
  {
    kind: "postalAddress",
    type: "Адрес",
    title: "Почтовый адрес",
    name: "ПочтовыйАдресКонтрагента",
    of: "Контрагенты",
  },
  { kind: "phone", type: "Телефон", title: "Телефон", name: "ТелефонКонтрагента", of: "Контрагенты" },
  {
    kind: "email",
    type: "АдресЭлектроннойПочты",
    title: "Электронная почта",
    name: "EmailКонтрагенты",
    of: "Контрагенты",
  },
  {
    kind: "organizationAddress",
    type: "Адрес",
    title: "Юридический адрес",
    name: "ЮрАдресОрганизации",
    of: "Организации",
  },
];

const ACCOUNTS: Readonly<Record<string, string>> = {
  "19.04": "НДС по приобретенным услугам",
  "26": "Общехозяйственные расходы",
  "44.01": "Издержки обращения в организациях, осуществляющих торговую деятельность",
  "60.01": "Расчеты с поставщиками и подрядчиками",
  "60.02": "Расчеты по авансам выданным",
  "62.01": "Расчеты с покупателями и заказчиками",
  "62.02": "Расчеты по авансам полученным",
  "90.01.1": "Выручка по деятельности с основной системой налогообложения",
  "90.02.1": "Себестоимость продаж по деятельности с основной системой налогообложения",
  "90.03": "Налог на добавленную стоимость",
};

const BANKS: Readonly<Record<string, readonly [string, string]>> = {
  [BIC]: ['АО "ПЕРВЫЙ УЧЕБНЫЙ БАНК"', "30101810145250000974"],
  [OTHER_BIC]: ['ПАО "ВТОРОЙ УЧЕБНЫЙ БАНК"', "30101810400000000225"],
};

/** Fills an empty infobase with what a company's accountant has from the first day. Every requisite is made up. */
export function seed(state: State, setup: Setup): SeededRefs {
  const put = (set: string, values: Row) => String(state.put(set, values).Ref_Key);
  const currency = put("Catalog_Валюты", { Code: "643", Description: "руб.", НаименованиеПолное: "Российский рубль" });
  put("Catalog_СтраныМира", { Ref_Key: RUSSIA, Code: "643", Description: "РОССИЯ", Predefined: true });
  for (const bic of Object.keys(BANKS)) addBank(state, bic);
  const contactKinds = seedContactKinds(state, setup);
  const accounts = Object.fromEntries(
    Object.entries(ACCOUNTS).map(([Code, Description]) => [
      Code,
      put("ChartOfAccounts_Хозрасчетный", { Code, Description, Predefined: true }),
    ]),
  );
  const itemGroup = put("Catalog_НоменклатурныеГруппы", { Description: "Основная номенклатурная группа" });
  const costItem = put("Catalog_СтатьиЗатрат", { Description: "Прочие затраты" });
  const services = put("Catalog_Номенклатура", { Description: "Услуги", IsFolder: true });
  const item = put("Catalog_Номенклатура", {
    Description: "Услуги агентов",
    НаименованиеПолное: "Услуги агентов",
    Parent_Key: services,
    Услуга: true,
    НоменклатурнаяГруппа_Key: itemGroup,
    ВидСтавкиНДС: "БезНДС",
  });
  const cashFlowItem = put("Catalog_СтатьиДвиженияДенежныхСредств", {
    Description: "Оплата товаров, работ, услуг, сырья и иных оборотных активов",
  });
  put("Catalog_Склады", { Description: "Основной склад", ТипСклада: "ОптовыйСклад" });
  const organization = seedOrganization(state, contactKinds);
  put("Catalog_ПодразделенияОрганизаций", { Description: "Основное подразделение", Owner_Key: organization });
  const organizationAccount = put(
    "Catalog_БанковскиеСчета",
    bankAccountRow(state, {
      owner: organization,
      ownerType: "Catalog_Организации",
      number: accountNumber(1, OTHER_BIC),
      bic: OTHER_BIC,
      currency,
    }),
  );
  state.put("Catalog_Организации", { Ref_Key: organization, ОсновнойБанковскийСчет_Key: organizationAccount });
  state.put("InformationRegister_СчетаУчетаНоменклатуры", {
    Организация_Key: organization,
    Номенклатура_Key: item,
    СчетДоходовОтРеализации_Key: accounts["90.01.1"] ?? "",
    СчетРасходовОтРеализации_Key: accounts["90.02.1"] ?? "",
    СчетУчетаНДСПоРеализации_Key: accounts["90.03"] ?? "",
    СчетУчетаНДСПоПриобретеннымЦенностям_Key: accounts["19.04"] ?? "",
  });
  return {
    organization,
    organizationAccount,
    currency,
    item,
    costItem,
    itemGroup,
    cashFlowItem,
    contactKinds,
    accounts,
  };
}

function seedContactKinds(state: State, setup: Setup): Record<ContactKind, string> {
  const folders = new Map<string, string>();
  for (const owner of ["Контрагенты", "Организации"]) {
    const Description = `Контактная информация справочника "${owner}"`;
    folders.set(owner, String(state.put("Catalog_ВидыКонтактнойИнформации", { Description, IsFolder: true }).Ref_Key));
  }
  const refs: Partial<Record<ContactKind, string>> = {};
  for (const { kind, type, title, name, of } of KINDS) {
    const row = state.put("Catalog_ВидыКонтактнойИнформации", {
      Description: title,
      Тип: type,
      Parent_Key: folders.get(of) ?? "",
      // БП's update copies the predefined name into the attribute (УправлениеКонтактнойИнформацией).
      ...(setup.contactKinds === "old" ? {} : { ИмяПредопределенногоВида: name }),
      ...(setup.contactKinds === "new" ? {} : { PredefinedDataName: name, Predefined: true }),
    });
    refs[kind] = String(row.Ref_Key);
  }
  return refs as Record<ContactKind, string>;
}

function seedOrganization(state: State, contactKinds: Readonly<Record<ContactKind, string>>): string {
  const { name, fullName = "", inn, kpp = "", ogrn = "", address = "" } = anOrganization();
  const director = String(state.put("Catalog_ФизическиеЛица", { Description: "Иванов Иван Иванович" }).Ref_Key);
  const position = String(state.put("Catalog_Должности", { Description: "Генеральный директор" }).Ref_Key);
  const organization = String(
    state.put("Catalog_Организации", {
      Description: name,
      НаименованиеПолное: fullName,
      НаименованиеСокращенное: name,
      ИНН: inn,
      КПП: kpp,
      ОГРН: ogrn,
      Префикс: "",
      ЮридическоеФизическоеЛицо: "ЮридическоеЛицо",
      КонтактнаяИнформация: [contactRow("Адрес", contactKinds.organizationAddress, address)],
    }).Ref_Key,
  );
  state.put("Catalog_Организации", { Ref_Key: organization, ГоловнаяОрганизация_Key: organization });
  state.put("InformationRegister_ОтветственныеЛицаОрганизаций", {
    Period: "2020-01-01T00:00:00",
    СтруктурнаяЕдиница: organization,
    СтруктурнаяЕдиница_Type: "StandardODATA.Catalog_Организации",
    ОтветственноеЛицо: "Руководитель",
    ФизическоеЛицо_Key: director,
    Должность_Key: position,
  });
  return organization;
}

/** A row of contact information as a form writes it. */
export function contactRow(type: string, kind: string, text: string): Record<string, string> {
  return {
    Тип: type,
    Вид_Key: kind,
    ВидДляСписка_Key: kind,
    Представление: text,
    ...(type === "Телефон" ? { НомерТелефона: text.slice(0, 20) } : {}),
    ...(type === "АдресЭлектроннойПочты" ? { АдресЭП: text } : {}),
    Значение: JSON.stringify({ version: 4, value: text, type }),
  };
}

/** Loads a bank from the classifier. */
export function addBank(state: State, bic: string): string {
  const [name, account] = BANKS[bic] ?? [`Учебный банк ${bic}`, `30101810000000000${bic.slice(6)}`];
  const bank = state.put("Catalog_Банки", { Code: bic, Description: name, КоррСчет: account, Город: "г. Москва" });
  return String(bank.Ref_Key);
}

/** A bank account as a form fills it; its bank is loaded when it is not there. */
export function bankAccountRow(
  state: State,
  account: { owner: string; ownerType: string; number: string; bic: string; currency: string },
): Row {
  const known = state.all("Catalog_Банки").find((bank) => bank.Code === account.bic && bank.DeletionMark !== true);
  const bank = known === undefined ? addBank(state, account.bic) : String(known.Ref_Key);
  return {
    Owner: account.owner,
    Owner_Type: `StandardODATA.${account.ownerType}`,
    Description: `${account.number}, ${state.get("Catalog_Банки", bank)?.Description}`,
    НомерСчета: account.number,
    Банк_Key: bank,
    ВалютаДенежныхСредств_Key: account.currency,
    ВидСчета: "Расчетный",
  };
}
