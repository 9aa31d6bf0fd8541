import type { CheckLine } from "../../../core/adapter.ts";
import { toOkLine } from "../../onec/check-lines.ts";
import type { Metadata } from "../metadata.ts";
import { STATES } from "./options.ts";
import type { Use } from "./uses.ts";

/**
 * Objects whose publication opens more than a relay needs, with the consequence. The role УдаленныйДоступOData may write
 * all of these, so only the published composition fences (БП 3.0.198, rights of the role).
 */
const RISKY: Readonly<Record<string, { readonly name: string; readonly opens: string }>> = {
  Catalog_ДополнительныеОтчетыИОбработки: {
    name: "Дополнительные отчеты и обработки",
    opens: "программный код, который запускают люди",
  },
  Catalog_Пользователи: { name: "Пользователи", opens: "список пользователей" },
  Catalog_ВнешниеПользователи: { name: "Внешние пользователи", opens: "список пользователей" },
  Catalog_ГруппыПользователей: { name: "Группы пользователей", opens: "права пользователей" },
  Catalog_ГруппыДоступа: { name: "Группы доступа", opens: "права пользователей" },
  Catalog_ПрофилиГруппДоступа: { name: "Профили групп доступа", opens: "права пользователей" },
  Catalog_УчетныеЗаписиЭлектроннойПочты: { name: "Учетные записи электронной почты", opens: "почту компании" },
  Catalog_СертификатыКлючейЭлектроннойПодписиИШифрования: {
    name: "Сертификаты ключей электронной подписи и шифрования",
    opens: "сертификаты подписи",
  },
  Catalog_ФизическиеЛица: { name: "Физические лица", opens: "персональные данные" },
  Document_НачислениеЗарплаты: { name: "Начисление зарплаты", opens: "зарплату" },
  Document_ОперацияБух: { name: "Операция", opens: "любые проводки" },
  InformationRegister_ДатыЗапретаИзменения: { name: "Даты запрета изменения", opens: "закрытый период" },
  Constant_ИспользоватьДатыЗапретаИзменения: {
    name: "Использовать даты запрета изменения",
    opens: "закрытый период",
  },
};

/** Names to look for in the description of the infobase. */
export const RISKY_ENTITIES: readonly string[] = Object.keys(RISKY);

/** Warns about published objects that the adapter does not need. Null: the description cannot be read. */
export function toBeyondLine(metadata: Metadata | null, uses: readonly Use[]): CheckLine | null {
  if (metadata === null || metadata.published === 0) return null;
  const name = "Лишнее в составе";
  const needed = [...uses.map(({ entity }) => entity), STATES].filter((one) => metadata.entities.has(one)).length;
  const beyond = metadata.published - needed;
  if (beyond === 0) return toOkLine(name, "опубликовано только нужное шлюзу");
  const risky = Object.entries(RISKY).filter(([entity]) => metadata.entities.has(entity));
  const told = risky.map(([, risk]) => `«${risk.name}» (открывает ${risk.opens})`).join(", ");
  const detail = `сверх нужного опубликовано объектов: ${beyond}${told === "" ? "" : `, среди них ${told}`}`;
  const todo =
    "Задайте точный состав внешней обработкой: SETUP.ru.md, раздел 2. Окно 1С вместе с лишним снимет и нужное. Роль «Удаленный доступ (OData)» даёт запись всего, что опубликовано";
  return toOkLine(name, detail, todo);
}
