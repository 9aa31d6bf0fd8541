/**
 * Error in a requisite (реквизит): `code` for programs, `message` in Russian for the author, without the value.
 * `length` — a wrong number of characters; `format` — impossible characters or places; `zero` — only zeros; `checksum`
 * — wrong control digits.
 */
export interface RequisiteIssue {
  readonly code: "format" | "checksum" | "zero" | "length";
  readonly message: string;
}

/** Weights of the control digits of an INN; shorter numbers use the last weights. */
const INN_WEIGHTS = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8] as const;

/** Weights of the account key, over three digits of the BIC and twenty of the account. */
const ACCOUNT_WEIGHTS = [7, 1, 3] as const;

/** Currency letters of the sixth place stand for 0–9. People also type the Latin letters of the same look. */
const CURRENCY_LETTERS = "АВСЕНКМРТХ";
const CURRENCY_LETTERS_LATIN = "ABCEHKMPTX";

const ACCOUNT = /^\d{5}[\dАВСЕНКМРТХABCEHKMPTX]\d{14}$/;

/** The first two digits of an INN and a KPP are a region, never 00 (pattern of ФНС exchange formats). */
const REGION = /^(?!00)/;

/**
 * Checks an INN (ИНН): 10 digits of a company or 12 of a person (приказ ФНС о порядке присвоения ИНН). Control digits
 * must be right. All zeros have right control digits, so a separate check refuses all zeros.
 */
export function checkInn(inn: string): RequisiteIssue | null {
  const badDigits = checkDigits("ИНН", inn);
  if (badDigits !== null) return badDigits;
  if (inn.length !== 10 && inn.length !== 12) {
    return createIssue(
      "length",
      "В ИНН должно быть 10 цифр у организации или 12 у предпринимателя и физического лица. Проверьте, не пропущена ли цифра",
    );
  }
  if (isZero(inn)) return createZeroIssue("ИНН");
  if (!REGION.test(inn)) {
    return createIssue(
      "format",
      "ИНН не может начинаться с 00: первые две цифры — код региона. Сверьте ИНН со свидетельством",
    );
  }
  const sums = inn.length === 10 ? [computeInnDigit(inn, 9)] : [computeInnDigit(inn, 10), computeInnDigit(inn, 11)];
  return inn.endsWith(sums.join("")) ? null : createChecksumIssue("ИНН");
}

/** Kind of an INN: 10 digits — a company (юрлицо), 12 — a person or entrepreneur. Throws RangeError for a wrong INN. */
export function getInnKind(inn: string): "company" | "person" {
  if (checkInn(inn) !== null) throw new RangeError("Not a valid INN");
  return inn.length === 10 ? "company" : "person";
}

/**
 * Checks a KPP (КПП) of a company: nine places, fifth and sixth also A–Z, no control digit (приказ ФНС ЕД-7-14/559@).
 */
export function checkKpp(kpp: string): RequisiteIssue | null {
  if (!/^\d{4}[\dA-Z]{2}\d{3}$/.test(kpp)) {
    if (kpp.length !== 9) return createIssue("length", "В КПП должно быть 9 знаков. Проверьте, не пропущен ли знак");
    return createIssue(
      "format",
      "КПП состоит из цифр; только на пятом и шестом месте могут стоять заглавные латинские буквы. Проверьте знаки",
    );
  }
  if (isZero(kpp)) return createZeroIssue("КПП");
  if (REGION.test(kpp)) return null;
  return createIssue(
    "format",
    "КПП не может начинаться с 00: первые две цифры — код региона. Сверьте КПП с карточкой организации",
  );
}

/**
 * Checks an OGRN (ОГРН, 13 digits, begins with 1 or 5) or an OGRNIP (ОГРНИП, 15 digits, begins with 3). Each has a
 * control digit. Other first digits mean a single register entry (ГРН), often copied by mistake.
 */
export function checkOgrn(ogrn: string): RequisiteIssue | null {
  const badDigits = checkDigits("ОГРН", ogrn);
  if (badDigits !== null) return badDigits;
  if (ogrn.length !== 13 && ogrn.length !== 15) {
    return createIssue("length", "В ОГРН должно быть 13 цифр, в ОГРНИП — 15. Проверьте, не пропущена ли цифра");
  }
  const name = ogrn.length === 13 ? "ОГРН" : "ОГРНИП";
  if (isZero(ogrn)) return createZeroIssue(name);
  if (!/^(?:[15]\d{12}|3\d{14})$/.test(ogrn)) {
    const first = ogrn.length === 13 ? "1 или 5" : "3";
    return createIssue(
      "format",
      `${name} начинается с ${first}. Проверьте, не указан ли вместо него номер записи (ГРН)`,
    );
  }
  // At most 14 digits go into the division, so a number holds the digits exactly.
  const control = (Number(ogrn.slice(0, -1)) % (ogrn.length - 2)) % 10;
  return ogrn.endsWith(String(control)) ? null : createChecksumIssue(name);
}

/**
 * Checks the shape of a BIC (БИК): nine digits. A bank's BIC begins with 04, the treasury's with 00, 01 or 02. A BIC
 * has no control digit; only the Bank of Russia's directory (ED807) lists the existing banks.
 */
export function checkBic(bic: string): RequisiteIssue | null {
  const badDigits = checkDigits("БИК", bic);
  if (badDigits !== null) return badDigits;
  if (bic.length !== 9) return createIssue("length", "В БИК должно быть 9 цифр. Проверьте, не пропущена ли цифра");
  if (isZero(bic)) return createZeroIssue("БИК");
  if (bic.startsWith("04") || isTreasury(bic)) return null;
  return createIssue(
    "format",
    "БИК банка начинается с 04, БИК казначейства — с 00, 01 или 02. Сверьте БИК с реквизитами банка",
  );
}

/**
 * Checks an account (расчётный счёт) with the bank's BIC: 20 places and a key. The key follows order 515 of the Bank of
 * Russia of 08.09.1997. A currency letter in the sixth place may be Cyrillic or the Latin letter of the same look. The
 * key of an account at the Bank of Russia is computed from the settlement centre's number (РКЦ, ТОФК). The number is in
 * places 5–6 of the BIC. Other keys are computed from the bank's number, places 7–9. Treasury accounts (03…) have
 * neither key, so the check is only for a treasury BIC.
 */
export function checkSettlementAccount(account: string, bic: string): RequisiteIssue | null {
  const badShape = checkAccountShape("Расчётный счёт", account, bic);
  if (badShape !== null) return badShape;
  if (account.startsWith("03")) return checkTreasuryAccount(bic);
  const atBankOfRussia = /^(?:30101|40102)/.test(account) || isTreasury(bic) || /00[012]$/.test(bic);
  return checkAccountKey("расчётного счёта", account, atBankOfRussia ? toCentreNumber(bic) : bic.slice(6));
}

/**
 * Checks a correspondent account (корреспондентский счёт, 301…) of the BIC's bank, or a treasury's single account
 * (единый казначейский счёт, 40102…). The Bank of Russia keeps both accounts, so the key is computed from places 5–6 of
 * the BIC. A bank's client at a settlement centre (РКЦ) has no correspondent account and needs no check.
 */
export function checkCorrespondentAccount(account: string, bic: string): RequisiteIssue | null {
  const badShape = checkAccountShape("Корреспондентский счёт", account, bic);
  if (badShape !== null) return badShape;
  if (!/^(?:301|40102)/.test(account)) {
    return createIssue(
      "format",
      "Корреспондентский счёт банка начинается с 301, казначейский — с 40102. Проверьте, не указан ли вместо него расчётный счёт",
    );
  }
  return checkAccountKey("корреспондентского счёта", account, toCentreNumber(bic));
}

function checkAccountShape(name: string, account: string, bic: string): RequisiteIssue | null {
  if (!ACCOUNT.test(account)) {
    if (account.length !== 20) {
      return createIssue("length", `${name} состоит из 20 знаков. Проверьте, не пропущена ли цифра`);
    }
    return createIssue("format", `${name} пишут одними цифрами, без пробелов и других знаков. Проверьте номер`);
  }
  if (isZero(account)) return createZeroIssue(name);
  const badBic = checkBic(bic);
  return badBic && createIssue(badBic.code, `${name} нельзя сверить с банком: БИК указан неверно. Исправьте БИК`);
}

/** Only the treasury opens 03… accounts, so a bank's BIC beside such an account is wrong. The account has no key. */
function checkTreasuryAccount(bic: string): RequisiteIssue | null {
  if (isTreasury(bic)) return null;
  return createIssue(
    "format",
    "Счёт на 03 открывает казначейство, а БИК указан банковский. Сверьте номер счёта и БИК с реквизитами получателя",
  );
}

function checkAccountKey(nameOf: string, account: string, prefix: string): RequisiteIssue | null {
  const digits = [...prefix, ...account].map(toAccountDigit);
  const sum = digits.reduce((acc, digit, place) => acc + digit * (ACCOUNT_WEIGHTS[place % 3] as number), 0);
  if (sum % 10 === 0) return null;
  return createIssue(
    "checksum",
    `Номер ${nameOf} не подходит к этому БИК: контрольный ключ не сходится. Сверьте номер счёта и БИК с реквизитами банка`,
  );
}

function toAccountDigit(character: string): number {
  const letter = Math.max(CURRENCY_LETTERS.indexOf(character), CURRENCY_LETTERS_LATIN.indexOf(character));
  return letter < 0 ? Number(character) : letter;
}

/** Number of the settlement centre that keeps a bank's account: a zero, then places 5–6 of the BIC. */
function toCentreNumber(bic: string): string {
  return `0${bic.slice(4, 6)}`;
}

function isTreasury(bic: string): boolean {
  return /^0[012]/.test(bic);
}

/** Control digit for the first `count` digits of an INN. */
function computeInnDigit(inn: string, count: number): number {
  const weights = INN_WEIGHTS.slice(-count);
  return (weights.reduce((acc, weight, place) => acc + weight * Number(inn[place]), 0) % 11) % 10;
}

function isZero(text: string): boolean {
  return /^0+$/.test(text);
}

function checkDigits(name: string, text: string): RequisiteIssue | null {
  if (text === "") return createIssue("length", `${name} не указан. Заполните ${name}`);
  if (/^\d+$/.test(text)) return null;
  return createIssue("format", `${name} пишут одними цифрами, без пробелов и других знаков. Проверьте номер`);
}

function createZeroIssue(name: string): RequisiteIssue {
  return createIssue("zero", `${name} не может состоять из одних нулей. Укажите настоящий номер`);
}

function createChecksumIssue(name: string): RequisiteIssue {
  return createIssue(
    "checksum",
    `${name} содержит ошибку: контрольная цифра не сходится. Сверьте каждую цифру с документом`,
  );
}

function createIssue(code: RequisiteIssue["code"], message: string): RequisiteIssue {
  return { code, message };
}
