/*
 * Metadata of БП as far as the extension names it: objects with their attributes, types and lengths. Source: the
 * configuration's own dumps, БП 3.0.198 and БП 3.0.151; where the two differ, `since198` marks the newer attribute.
 */

/** A release of БП with a dump that was read. */
export type Release = "3.0.198.19" | "3.0.151.27";

/** What an attribute keeps. `length` 0: a text without a limit, which no query compares. */
export type FieldType =
  | { readonly kind: "text"; readonly length: number }
  | { readonly kind: "number" }
  | { readonly kind: "boolean" }
  | { readonly kind: "date" }
  | { readonly kind: "ref"; readonly tables: readonly string[] };

/** An object of metadata. Tables have the names of the query language: «Справочник.Контрагенты». */
export interface ObjectSchema {
  readonly table: string;
  readonly name: string;
  /** ДлинаНаименования of a catalogue. */
  readonly titleLength: number;
  readonly hierarchical: boolean;
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly sections: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
  /** Names of the standard attributes. */
  readonly standard: readonly string[];
}

const ENUMS: Readonly<Record<string, string>> = {
  ЮридическоеФизическоеЛицо: "ЮридическоеЛицо ФизическоеЛицо",
  ВидыДоговоровКонтрагентов: "СПокупателем СПоставщиком СКомитентом СКомиссионером ЗаемПолученный Прочее",
  СпособыЗаполненияСтавкиНДС: "Автоматически БезНДС",
  СистемыНалогообложения: "Общая Упрощенная ОсобыйПорядок НалогНаПрофессиональныйДоход АУСН ЕСХН",
  ВидыОперацийПоступлениеТоваровУслуг: "Товары Услуги ПокупкаКомиссия Оборудование",
  ВидыОперацийРеализацияТоваров: "Товары Услуги ПродажаКомиссия",
  ВидыОперацийСписаниеДенежныхСредств: "ОплатаПоставщику ПрочееСписание ВыплатыСамозанятым",
  СпособыЗачетаАвансов: "Автоматически ПоДокументу НеЗачитывать",
  СтавкиНДС: "БезНДС НДС0 НДС5 НДС7 НДС10 НДС20 НДС22",
  ОтражениеВУСН: "Принимаются НеПринимаются Распределяются",
  // The C of «УчитываетсяВCтоимости» is Latin in БП itself.
  СпособыУчетаНДС: "ПринимаетсяКВычету УчитываетсяВCтоимости ДляОперацийПо0 Распределяется Списывается",
  ТипыКонтактнойИнформации: "Адрес Телефон АдресЭлектроннойПочты Факс Другое",
  СостоянияБанковскихДокументов: "Подготовлено НаПодписи Отправлено Оплачено Отклонено",
};

const CONTACTS =
  "Тип Перечисление.ТипыКонтактнойИнформации; Вид Справочник.ВидыКонтактнойИнформации; Представление текст 500; " +
  "Значение текст; АдресЭП текст 100; НомерТелефона текст 20; ВидДляСписка Справочник.ВидыКонтактнойИнформации";
const SERVICE_LINE =
  "НомерСтроки число; Номенклатура Справочник.Номенклатура; Содержание текст 1000; Количество число; Цена число; " +
  "Сумма число; СтавкаНДС Перечисление.СтавкиНДС; СуммаНДС число";
const COUNTERED =
  "ВидОперации Перечисление.ВидыОперацийПоступлениеТоваровУслуг; Организация Справочник.Организации; " +
  "Контрагент Справочник.Контрагенты; ДоговорКонтрагента Справочник.ДоговорыКонтрагентов; " +
  "ВалютаДокумента Справочник.Валюты; СуммаДокумента число; Комментарий текст";
const ACT =
  `${COUNTERED}; КурсВзаиморасчетов число; КратностьВзаиморасчетов число; СуммаВключаетНДС булево; ` +
  "ДокументБезНДС булево; СпособЗачетаАвансов Перечисление.СпособыЗачетаАвансов; " +
  "СчетУчетаРасчетовСКонтрагентом ПланСчетов.Хозрасчетный; СчетУчетаРасчетовПоАвансам ПланСчетов.Хозрасчетный; " +
  "ПодразделениеОрганизации Справочник.ПодразделенияОрганизаций";
const SALE = ACT.replace("ВидыОперацийПоступлениеТоваровУслуг", "ВидыОперацийРеализацияТоваров");
const ORDER = COUNTERED.replace("ВидыОперацийПоступлениеТоваровУслуг", "ВидыОперацийСписаниеДенежныхСредств");

interface Source {
  readonly title?: number;
  readonly hierarchical?: boolean;
  readonly owner?: string;
  readonly fields: string;
  readonly since198?: string;
  readonly sections?: Readonly<Record<string, string>>;
}

const SOURCES: Readonly<Record<string, Source>> = {
  "Справочник.Контрагенты": {
    title: 100,
    hierarchical: true,
    fields:
      "НаименованиеПолное текст 1000; ИНН текст 50; КПП текст 9; РегистрационныйНомер текст 50; Комментарий текст; " +
      "ЮридическоеФизическоеЛицо Перечисление.ЮридическоеФизическоеЛицо; ИндивидуальныйПредприниматель булево; " +
      "ГоловнойКонтрагент Справочник.Контрагенты; ОбособленноеПодразделение булево; " +
      "ОсновнойБанковскийСчет Справочник.БанковскиеСчета",
    sections: { КонтактнаяИнформация: CONTACTS },
  },
  "Справочник.БанковскиеСчета": {
    title: 100,
    owner: "Справочник.Контрагенты|Справочник.Организации",
    fields:
      "НомерСчета текст 70; Банк Справочник.Банки; ВалютаДенежныхСредств Справочник.Валюты; ВидСчета текст 15; " +
      "ТекстКорреспондента текст 500; ДатаЗакрытия дата; ВсегдаУказыватьКПП булево",
  },
  "Справочник.Банки": { title: 150, hierarchical: true, fields: "КоррСчет текст 20; Город текст 50" },
  "Справочник.ДоговорыКонтрагентов": {
    title: 100,
    hierarchical: true,
    owner: "Справочник.Контрагенты",
    fields:
      "Организация Справочник.Организации; ВидДоговора Перечисление.ВидыДоговоровКонтрагентов; Номер текст 50; " +
      "Дата дата; ВалютаВзаиморасчетов Справочник.Валюты; ДоговорЗакрыт булево; " +
      "СпособЗаполненияСтавкиНДС Перечисление.СпособыЗаполненияСтавкиНДС",
    since198: "НалогообложениеКонтрагента Перечисление.СистемыНалогообложения",
  },
  "Справочник.Организации": {
    title: 150,
    fields:
      "ИНН текст 12; КПП текст 9; ОГРН текст 15; НаименованиеПолное текст 1000; НаименованиеСокращенное текст 1000; " +
      "ОбособленноеПодразделение булево; ОсновнойБанковскийСчет Справочник.БанковскиеСчета",
    sections: { КонтактнаяИнформация: CONTACTS },
  },
  "Справочник.ПодразделенияОрганизаций": { title: 150, fields: "" },
  "Справочник.Номенклатура": { title: 100, hierarchical: true, fields: "" },
  "Справочник.НоменклатурныеГруппы": { title: 100, hierarchical: true, fields: "" },
  "Справочник.СтатьиЗатрат": { title: 150, hierarchical: true, fields: "" },
  "Справочник.СтатьиДвиженияДенежныхСредств": { title: 150, hierarchical: true, fields: "" },
  "Справочник.Валюты": { title: 10, fields: "" },
  "Справочник.ВидыКонтактнойИнформации": {
    title: 150,
    hierarchical: true,
    fields: "РазрешитьВводНесколькихЗначений булево; Тип Перечисление.ТипыКонтактнойИнформации",
  },
  "ПланСчетов.Хозрасчетный": {
    title: 120,
    fields: "",
    sections: { ВидыСубконто: "НомерСтроки число; ВидСубконто ПланВидовХарактеристик.ВидыСубконтоХозрасчетные" },
  },
  "ПланВидовХарактеристик.ВидыСубконтоХозрасчетные": { title: 100, fields: "" },
  "Документ.ПоступлениеТоваровУслуг": {
    fields: `${ACT}; НомерВходящегоДокумента текст 50; ДатаВходящегоДокумента дата`,
    sections: {
      Услуги:
        `${SERVICE_LINE}; СчетЗатрат ПланСчетов.Хозрасчетный; СчетЗатратНУ ПланСчетов.Хозрасчетный; ` +
        "СчетУчетаНДС ПланСчетов.Хозрасчетный; СпособУчетаНДС Перечисление.СпособыУчетаНДС; " +
        "ОтражениеВУСН Перечисление.ОтражениеВУСН; " +
        "Субконто1 Справочник.СтатьиЗатрат|Справочник.НоменклатурныеГруппы; " +
        "СубконтоНУ1 Справочник.СтатьиЗатрат|Справочник.НоменклатурныеГруппы; " +
        "Субконто2 Справочник.СтатьиЗатрат|Справочник.НоменклатурныеГруппы; " +
        "СубконтоНУ2 Справочник.СтатьиЗатрат|Справочник.НоменклатурныеГруппы; " +
        "ПодразделениеЗатрат Справочник.ПодразделенияОрганизаций",
    },
  },
  "Документ.РеализацияТоваровУслуг": {
    fields: SALE,
    sections: {
      Услуги:
        `${SERVICE_LINE}; СчетДоходов ПланСчетов.Хозрасчетный; СчетРасходов ПланСчетов.Хозрасчетный; ` +
        "СчетУчетаНДСПоРеализации ПланСчетов.Хозрасчетный; Субконто Справочник.НоменклатурныеГруппы",
    },
  },
  "Документ.ПлатежноеПоручение": {
    fields:
      `${ORDER}; СчетОрганизации Справочник.БанковскиеСчета; СчетКонтрагента Справочник.БанковскиеСчета; ` +
      "СтавкаНДС Перечисление.СтавкиНДС; СуммаНДС число; НазначениеПлатежа текст 210; ОчередностьПлатежа число; " +
      "СтатьяДвиженияДенежныхСредств Справочник.СтатьиДвиженияДенежныхСредств; " +
      "ИННПлательщика текст 12; КПППлательщика текст 9; ТекстПлательщика текст 500; " +
      "ИННПолучателя текст 12; КПППолучателя текст 9; ТекстПолучателя текст 500",
  },
  "Документ.СписаниеСРасчетногоСчета": {
    fields:
      "Организация Справочник.Организации; ДокументОснование Документ.ПлатежноеПоручение; НомерВходящегоДокумента текст 50",
  },
};

const CATALOG = ["Код", "Наименование", "ПометкаУдаления", "ИмяПредопределенныхДанных", "Ссылка"];
const DOCUMENT = ["Номер", "Дата", "Проведен", "ПометкаУдаления", "Ссылка"];

/** Values of every enumeration by its name. */
export const ENUMERATIONS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(ENUMS).map(([name, values]) => [name, values.split(" ")]),
);

/** Objects of a release by table. */
export function readSchema(release: Release): ReadonlyMap<string, ObjectSchema> {
  return new Map(
    Object.entries(SOURCES).map(([table, source]) => {
      const newer = release === "3.0.198.19" && source.since198 !== undefined ? `; ${source.since198}` : "";
      const document = table.startsWith("Документ.");
      const hierarchical = source.hierarchical ?? false;
      const own = parseFields(source.fields + newer);
      return [
        table,
        {
          table,
          name: table.slice(table.indexOf(".") + 1),
          titleLength: source.title ?? 0,
          hierarchical,
          fields: { ...standardFields(document, source), ...own },
          sections: Object.fromEntries(
            Object.entries(source.sections ?? {}).map(([name, fields]) => [name, parseFields(fields)]),
          ),
          standard: [
            ...(document ? DOCUMENT : CATALOG),
            ...(hierarchical ? ["ЭтоГруппа"] : []),
            ...(source.owner === undefined ? [] : ["Владелец"]),
          ],
        },
      ];
    }),
  );
}

function standardFields(document: boolean, { title, hierarchical, owner }: Source): Record<string, FieldType> {
  if (document) return parseFields("Номер текст 11; Дата дата; Проведен булево; ПометкаУдаления булево");
  const group = hierarchical === true ? "; ЭтоГруппа булево" : "";
  const owned = owner === undefined ? "" : `; Владелец ${owner}`;
  return parseFields(
    `Код текст 11; Наименование текст ${title}; ПометкаУдаления булево; ИмяПредопределенныхДанных текст 255${group}${owned}`,
  );
}

function parseFields(text: string): Record<string, FieldType> {
  const parts = text.split("; ").filter((part) => part !== "");
  return Object.fromEntries(
    parts.map((part) => {
      const [name, type, length] = part.split(" ") as [string, string, string | undefined];
      return [name, parseType(type, length)];
    }),
  );
}

function parseType(type: string, length: string | undefined): FieldType {
  if (type === "текст") return { kind: "text", length: Number(length ?? 0) };
  if (type === "число") return { kind: "number" };
  if (type === "булево") return { kind: "boolean" };
  if (type === "дата") return { kind: "date" };
  return { kind: "ref", tables: type.split("|") };
}
