import { BIC, OTHER_BIC } from "../../support/accounting.ts";
import { accountNumber, anOrganization } from "../../support/builders.ts";
import type { Setup } from "./options.ts";
import type { Predefined, PredefinedAccount } from "./schema.ts";
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

/** Kinds of contact information that the hands write and read. */
export type ContactKind =
  | "legalAddress"
  | "actualAddress"
  | "postalAddress"
  | "phone"
  | "email"
  | "organizationAddress";

/** Predefined names of the kinds. */
const KINDS: Readonly<Record<ContactKind, string>> = {
  legalAddress: "ЮрАдресКонтрагента",
  actualAddress: "ФактАдресКонтрагента",
  postalAddress: "ПочтовыйАдресКонтрагента",
  phone: "ТелефонКонтрагента",
  email: "EmailКонтрагенты",
  organizationAddress: "ЮрАдресОрганизации",
};

const BANKS: Readonly<Record<string, readonly [string, string]>> = {
  [BIC]: ['АО "ПЕРВЫЙ УЧЕБНЫЙ БАНК"', "30101810145250000974"],
  [OTHER_BIC]: ['ПАО "ВТОРОЙ УЧЕБНЫЙ БАНК"', "30101810400000000225"],
};

/** Fills an empty infobase with what a company's accountant has from the first day. Every requisite is made up. */
export function seed(state: State, setup: Setup): SeededRefs {
  const put = (set: string, values: Row) => String(state.put(set, values).Ref_Key);
  const currency = put("Catalog_Валюты", { Code: "643", Description: "руб.", НаименованиеПолное: "Российский рубль" });
  const predefined = seedPredefined(state, setup);
  for (const bic of Object.keys(BANKS)) addBank(state, bic);
  const contactKinds = changeValues(KINDS, (name) => predefined("Catalog_ВидыКонтактнойИнформации", name));
  const accounts = Object.fromEntries(
    state.all("ChartOfAccounts_Хозрасчетный").map(({ Code, Ref_Key }) => [String(Code), String(Ref_Key)]),
  );
  const itemGroup = put("Catalog_НоменклатурныеГруппы", { Description: "Основная номенклатурная группа" });
  const costItem = predefined("Catalog_СтатьиЗатрат", "ПрочиеЗатраты");
  const services = put("Catalog_Номенклатура", { Description: "Услуги", IsFolder: true });
  const item = put("Catalog_Номенклатура", {
    Description: "Услуги агентов",
    НаименованиеПолное: "Услуги агентов",
    Parent_Key: services,
    Услуга: true,
    НоменклатурнаяГруппа_Key: itemGroup,
    ВидСтавкиНДС: "БезНДС",
  });
  const cashFlowItem = predefined("Catalog_СтатьиДвиженияДенежныхСредств", "ОплатаПоставщику");
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

/** Writes the predefined elements of the release. Gives the reference of one by set and name; throws for an unknown one. */
function seedPredefined(state: State, setup: Setup): (set: string, name: string) => string {
  const refs = new Map<string, string>();
  const find = (set: string, name: string) => {
    const ref = refs.get(`${set}.${name}`);
    if (ref === undefined) throw new RangeError(`The release has no predefined ${set}.${name}`);
    return ref;
  };
  for (const { name: set, predefined } of state.entities.values()) {
    for (const { name } of predefined) refs.set(`${set}.${name}`, state.newRef());
    for (const element of predefined) {
      state.put(set, {
        Ref_Key: find(set, element.name),
        Description: element.description,
        ...(element.code === "" ? {} : { Code: element.code }),
        ...(element.parent === null ? {} : { Parent_Key: find(set, element.parent) }),
        ...(element.isFolder ? { IsFolder: true } : {}),
        ...(element.account === null ? {} : toAccountFields(element.code, element.account, find)),
        ...(set === "Catalog_ВидыКонтактнойИнформации" ? toContactKindFields(element, setup) : toNameFields(element)),
      });
    }
  }
  return find;
}

function toNameFields({ name }: Predefined): Row {
  return { PredefinedDataName: name, Predefined: true };
}

/** Fields of an account beside code and name. Analytics count currency, quantity and sum unless told otherwise. */
function toAccountFields(code: string, account: PredefinedAccount, find: (set: string, name: string) => string): Row {
  return {
    Order: ` ${code}`,
    Type: account.type,
    OffBalance: account.isOffBalance,
    ...Object.fromEntries(account.flags.map((flag) => [flag, true])),
    ExtDimensionTypes: account.analytics.map(({ name, isTurnoversOnly }) => ({
      ExtDimensionType_Key: find("ChartOfCharacteristicTypes_ВидыСубконтоХозрасчетные", name),
      TurnoversOnly: isTurnoversOnly,
      Predefined: true,
      Валютный: true,
      Количественный: true,
      Суммовой: true,
    })),
  };
}

/** Types of contact kinds by how their names begin. The type is filled by БП's code and stands in no metadata. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^Email/, "АдресЭлектроннойПочты"],
  [/^Телефон/, "Телефон"],
  [/^Факс/, "Факс"],
  [/^Другая/, "Другое"],
  [/Адрес/i, "Адрес"],
];

/** БП's update copies the predefined name into the attribute (УправлениеКонтактнойИнформацией). */
function toContactKindFields(element: Predefined, { contactKinds }: Setup): Row {
  const type = TYPES.find(([start]) => start.test(element.name))?.[1];
  return {
    ...(element.isFolder || type === undefined ? {} : { Тип: type }),
    ...(contactKinds === "old" ? {} : { ИмяПредопределенногоВида: element.name }),
    ...(contactKinds === "new" ? {} : toNameFields(element)),
  };
}

function changeValues<Key extends string>(
  values: Readonly<Record<Key, string>>,
  change: (value: string) => string,
): Record<Key, string> {
  const changed = Object.entries<string>(values).map(([key, value]) => [key, change(value)]);
  return Object.fromEntries(changed) as Record<Key, string>;
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
