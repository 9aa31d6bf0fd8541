import type { Mapping } from "../mapping.ts";

const COST_ITEM = { entity: "Catalog_СтатьиЗатрат", element: "Прочие затраты" };

/** Fields that both acts share. */
const ACT_FIELDS = {
  organization: "Организация_Key",
  counterparty: "Контрагент_Key",
  contract: "ДоговорКонтрагента_Key",
  currency: "ВалютаДокумента_Key",
  amount: "СуммаДокумента",
  comment: "Комментарий",
} as const;

const LINE_FIELDS = {
  item: "Номенклатура_Key",
  content: "Содержание",
  quantity: "Количество",
  price: "Цена",
  amount: "Сумма",
  vatRate: "СтавкаНДС",
  vatAmount: "СуммаНДС",
} as const;

/** What is the same in every act: roubles, and sums that include VAT (НДС сверху не начисляется). */
const ACT_CONSTANTS = {
  СпособЗачетаАвансов: "Автоматически",
  КурсВзаиморасчетов: 1,
  КратностьВзаиморасчетов: 1,
  СуммаВключаетНДС: true,
} as const;

/** 1С:Бухгалтерия предприятия 3.0. Names as its OData gives them; what differs from base to base is in the README. */
export const BP30: Mapping = {
  counterparty: {
    entity: "Catalog_Контрагенты",
    fields: {
      name: "Description",
      fullName: "НаименованиеПолное",
      inn: "ИНН",
      kpp: "КПП",
      ogrn: "РегистрационныйНомер",
      personType: "ЮридическоеФизическоеЛицо",
      head: "ГоловнойКонтрагент_Key",
      mainAccount: "ОсновнойБанковскийСчет_Key",
      comment: "Комментарий",
      note: "ДополнительнаяИнформация",
      contacts: "КонтактнаяИнформация",
    },
    personTypes: { company: "ЮридическоеЛицо", person: "ФизическоеЛицо" },
    nameLimit: 100,
    contractPrefix: "Договор:",
    constants: {},
  },
  contacts: {
    entity: "Catalog_ВидыКонтактнойИнформации",
    nameFields: ["PredefinedDataName", "ИмяПредопределенногоВида"],
    folder: "Контрагенты",
    kinds: {
      legalAddress: { type: "Адрес", names: ["ЮрАдресКонтрагента"] },
      phone: { type: "Телефон", names: ["ТелефонКонтрагента"] },
      email: { type: "АдресЭлектроннойПочты", names: ["EmailКонтрагента", "EmailКонтрагенты"] },
    },
    organizationKinds: {
      legalAddress: { type: "Адрес", names: ["ЮрАдресОрганизации"] },
      phone: { type: "Телефон", names: ["ТелефонОрганизации"] },
    },
    fields: {
      type: "Тип",
      kind: "Вид_Key",
      text: "Представление",
      phone: "НомерТелефона",
      email: "АдресЭП",
      value: "Значение",
      listKind: "ВидДляСписка_Key",
    },
  },
  bank: { entity: "Catalog_Банки", fields: { bic: "Code", name: "Description", corrAccount: "КоррСчет" } },
  bankAccount: {
    entity: "Catalog_БанковскиеСчета",
    fields: {
      owner: "Owner",
      number: "НомерСчета",
      bank: "Банк_Key",
      currency: "ВалютаДенежныхСредств_Key",
      name: "Description",
    },
    nameLimit: 100,
    constants: { ВидСчета: "Расчетный", Валютный: false },
  },
  contract: {
    entity: "Catalog_ДоговорыКонтрагентов",
    fields: {
      owner: "Owner_Key",
      organization: "Организация_Key",
      kind: "ВидДоговора",
      number: "Номер",
      date: "Дата",
      currency: "ВалютаВзаиморасчетов_Key",
      name: "Description",
      comment: "Комментарий",
    },
    nameLimit: 100,
    numberLimit: 50,
    unnamed: "Договор с агентом",
    constants: { СпособЗаполненияСтавкиНДС: "Автоматически" },
  },
  organization: {
    entity: "Catalog_Организации",
    fields: {
      name: "Description",
      shortName: "НаименованиеСокращенное",
      fullName: "НаименованиеПолное",
      inn: "ИНН",
      kpp: "КПП",
      ogrn: "ОГРН",
      mainAccount: "ОсновнойБанковскийСчет_Key",
      division: "ОбособленноеПодразделение",
      contacts: "КонтактнаяИнформация",
    },
  },
  currency: { entity: "Catalog_Валюты", code: "643" },
  chartOfAccounts: "ChartOfAccounts_Хозрасчетный",
  item: { entity: "Catalog_Номенклатура", element: "Услуги агентов" },
  vatRates: { none: "БезНДС", 5: "НДС5", 7: "НДС7", 10: "НДС10", 20: "НДС20", 22: "НДС22" },
  acts: {
    receipt: {
      entity: "Document_ПоступлениеТоваровУслуг",
      contractKind: "СПоставщиком",
      fields: {
        ...ACT_FIELDS,
        incomingNumber: "НомерВходящегоДокумента",
        incomingDate: "ДатаВходящегоДокумента",
        organizationAccount: null,
      },
      operation: { field: "ВидОперации", value: "Услуги" },
      constants: ACT_CONSTANTS,
      accounts: { СчетУчетаРасчетовСКонтрагентом_Key: "60.01", СчетУчетаРасчетовПоАвансам_Key: "60.02" },
      section: "Услуги",
      lineFields: LINE_FIELDS,
      lineConstants: { ОтражениеВУСН: "Принимаются", СпособУчетаНДС: "ПринимаетсяКВычету" },
      lineAccounts: { СчетЗатрат_Key: "26", СчетЗатратНУ_Key: "26", СчетУчетаНДС_Key: "19.04" },
      lineAnalytics: { Субконто1: COST_ITEM, СубконтоНУ1: COST_ITEM },
    },
    sale: {
      entity: "Document_РеализацияТоваровУслуг",
      contractKind: "СПокупателем",
      fields: {
        ...ACT_FIELDS,
        incomingNumber: null,
        incomingDate: null,
        organizationAccount: "БанковскийСчетОрганизации_Key",
      },
      operation: { field: "ВидОперации", value: "Услуги" },
      constants: { ...ACT_CONSTANTS, ВидЭлектронногоДокумента: "АктИсполнитель" },
      accounts: { СчетУчетаРасчетовСКонтрагентом_Key: "62.01", СчетУчетаРасчетовПоАвансам_Key: "62.02" },
      section: "Услуги",
      lineFields: LINE_FIELDS,
      lineConstants: {},
      lineAccounts: {
        СчетДоходов_Key: "90.01.1",
        СчетРасходов_Key: "90.02.1",
        СчетУчетаНДСПоРеализации_Key: "90.03",
      },
      lineAnalytics: {
        Субконто: { entity: "Catalog_НоменклатурныеГруппы", element: "Основная номенклатурная группа" },
      },
    },
  },
  paymentOrder: {
    entity: "Document_ПлатежноеПоручение",
    fields: {
      organization: "Организация_Key",
      organizationAccount: "СчетОрганизации_Key",
      counterparty: "Контрагент",
      counterpartyAccount: "СчетКонтрагента_Key",
      contract: "ДоговорКонтрагента_Key",
      amount: "СуммаДокумента",
      currency: "ВалютаДокумента_Key",
      vatRate: "СтавкаНДС",
      vatAmount: "СуммаНДС",
      purpose: "НазначениеПлатежа",
      comment: "Комментарий",
      payeeName: "ТекстПолучателя",
      payeeInn: "ИННПолучателя",
      payeeKpp: "КПППолучателя",
      payerName: "ТекстПлательщика",
      payerInn: "ИННПлательщика",
      payerKpp: "КПППлательщика",
      cashFlowItem: "СтатьяДвиженияДенежныхСредств_Key",
    },
    partyLimit: 160,
    cashFlowItem: null,
    constants: { ВидОперации: "ОплатаПоставщику", ОчередностьПлатежа: 5 },
  },
  payment: {
    entity: "Document_СписаниеСРасчетногоСчета",
    fields: {
      organization: "Организация_Key",
      organizationAccount: "СчетОрганизации_Key",
      basis: "ДокументОснование",
      incomingNumber: "НомерВходящегоДокумента",
      incomingDate: "ДатаВходящегоДокумента",
      amount: "СуммаДокумента",
      counterpartyAccount: "СчетКонтрагента_Key",
    },
  },
};
