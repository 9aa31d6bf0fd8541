import * as v from "valibot";
import { isPlainDate } from "../../core/date.ts";
import { parseMoney, parseQuantity, VAT_RATES } from "../../core/money.ts";

/*
 * Values in the protocol's messages, in their JSON form. Money and quantities are decimal strings
 * (1C: `Формат(Сумма, "ЧДЦ=2; ЧРД=.; ЧГ=0; ЧН=0.00")`). Days are `YYYY-MM-DD` without a time: a time zone would shift
 * a 1C date by a day. A field empty in 1C may be absent, null or an empty string: all three mean «no».
 */

function defineText(limit: number, description?: string) {
  const plain = v.pipe(v.string(), v.minLength(1), v.maxLength(limit));
  return description === undefined ? plain : v.pipe(plain, v.description(description));
}

function defineOptionalText(limit: number, description?: string) {
  const plain = v.pipe(v.string(), v.maxLength(limit));
  return v.optional(v.nullable(description === undefined ? plain : v.pipe(plain, v.description(description))));
}

/** Reference of a catalogue item or document, lower case: `Строка(Ссылка.УникальныйИдентификатор())`. */
export const refSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
  v.toLowerCase(),
  v.description("UUID: Строка(Ссылка.УникальныйИдентификатор())"),
);

/** A day: `Формат(Дата, "ДФ=yyyy-MM-dd")`. */
export const dateSchema = v.pipe(
  v.string(),
  v.check(isPlainDate, "date"),
  v.description("YYYY-MM-DD"),
  v.examples(["2026-11-24"]),
);

/** Roubles with two fraction digits and a point. */
export const moneySchema = v.pipe(
  v.string(),
  v.check((value) => parseMoney(value) !== null, "money"),
  v.description("Roubles as a decimal string with two fraction digits"),
  v.examples(["15000.00"]),
);

/** A quantity with up to three fraction digits and a point. */
export const quantitySchema = v.pipe(
  v.string(),
  v.check((value) => parseQuantity(value) !== null, "quantity"),
  v.description("Decimal string with up to three fraction digits"),
  v.examples(["1", "2.5"]),
);

/** Ставка НДС: `none` is «Без НДС», a number is a per cent included in the sum. */
export const vatSchema = v.pipe(v.picklist(VAT_RATES), v.description("none — Без НДС; otherwise per cent, in the sum"));

/** A period; both days are included. */
export const periodSchema = v.object({ from: dateSchema, to: dateSchema });

/** Расчётный счёт with the bank. */
export const bankAccountSchema = v.object({
  number: defineText(34),
  bic: defineText(9),
  bankName: defineOptionalText(300),
  corrAccount: defineOptionalText(34),
});

/** Подписант. */
export const signatorySchema = v.object({
  position: defineOptionalText(300),
  name: defineText(300),
  basis: defineOptionalText(300, "Устава, доверенности …"),
});

/** Исполнитель, sent by the platform. An absent field is unknown and never clears a card's field. */
export const contractorSchema = v.object({
  id: defineText(100, "The platform's own id"),
  registeredOn: dateSchema,
  kind: v.picklist(["company", "entrepreneur", "self_employed", "individual"]),
  name: defineText(300, "Наименование"),
  fullName: defineOptionalText(1000, "НаименованиеПолное; where absent a new card gets name"),
  inn: defineText(12),
  kpp: defineOptionalText(9),
  ogrn: defineOptionalText(15, "РегистрационныйНомер"),
  legalAddress: defineOptionalText(1000, "Юридический адрес, as one line"),
  phone: defineOptionalText(100),
  email: defineOptionalText(300),
  bankAccount: bankAccountSchema,
  contract: v.optional(
    v.object({ url: defineText(2000), number: defineOptionalText(100), date: v.optional(dateSchema) }),
  ),
  signatory: v.optional(signatorySchema),
});

/** A line of the act. `content`: the whole text for «Содержание», with the days of the period. */
export const lineSchema = v.object({
  name: defineText(1000),
  content: defineText(1100, "Содержание: the name with the days of the period"),
  quantity: quantitySchema,
  unit: defineText(100),
  price: moneySchema,
  amount: moneySchema,
});

/** Our organisation in the infobase. */
export const organizationSchema = v.object({
  name: defineText(300),
  fullName: defineOptionalText(1000),
  inn: defineText(12),
  kpp: defineOptionalText(9),
  ogrn: defineOptionalText(15),
  address: defineOptionalText(1000),
  phone: defineOptionalText(100),
  bankAccount: v.optional(v.nullable(bankAccountSchema)),
  signatory: v.optional(v.nullable(signatorySchema)),
});

/** Present state of a document, mostly an act. */
export const documentSchema = v.object({
  ref: refSchema,
  number: defineText(50),
  date: dateSchema,
  posted: v.pipe(v.boolean(), v.description("Проведен")),
  deletionMark: v.pipe(v.boolean(), v.description("ПометкаУдаления")),
  amount: moneySchema,
  counterpartyRef: refSchema,
  comment: defineOptionalText(20_000, "Комментарий, the whole of it: our markers tell reference and period"),
});

/** Present state of a payment order. */
export const orderStateSchema = v.object({ ref: refSchema, number: defineText(50), date: dateSchema });

/** Configuration of the infobase: Метаданные.Имя, Метаданные.Версия. */
export const configurationSchema = v.object({
  name: v.pipe(v.string(), v.maxLength(300)),
  version: v.pipe(v.string(), v.maxLength(50)),
});

/** ИНН of every live organisation of the infobase. */
export const organizationInnsSchema = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(20))),
  v.maxLength(100),
  v.description("ИНН of every live organisation, the first hundred; one that stands twice is there twice"),
);

/** One line of a check. `ok: null` means «не проверено». */
export const checkLineSchema = v.object({
  name: defineText(200, "In Russian"),
  ok: v.nullable(v.boolean()),
  detail: defineText(2000, "In Russian"),
  todo: defineOptionalText(2000, "What to do, in Russian"),
});
