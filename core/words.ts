import { type Kopecks, requireKopecks } from "./money.ts";

/** Forms of a counted noun: 1 рубль, 2 рубля, 5 рублей. */
type Forms = readonly [one: string, few: string, many: string];

const ROUBLES: Forms = ["рубль", "рубля", "рублей"];
const KOPECKS: Forms = ["копейка", "копейки", "копеек"];

/** Groups of three digits above the roubles, largest first. Only тысяча is feminine. */
const GROUPS: readonly { size: number; forms: Forms; feminine: boolean }[] = [
  { size: 1_000_000_000, forms: ["миллиард", "миллиарда", "миллиардов"], feminine: false },
  { size: 1_000_000, forms: ["миллион", "миллиона", "миллионов"], feminine: false },
  { size: 1000, forms: ["тысяча", "тысячи", "тысяч"], feminine: true },
];

const HUNDREDS = [
  "",
  "сто",
  "двести",
  "триста",
  "четыреста",
  "пятьсот",
  "шестьсот",
  "семьсот",
  "восемьсот",
  "девятьсот",
] as const;

const TENS = [
  "",
  "",
  "двадцать",
  "тридцать",
  "сорок",
  "пятьдесят",
  "шестьдесят",
  "семьдесят",
  "восемьдесят",
  "девяносто",
] as const;

const BELOW_TWENTY = [
  "",
  "один",
  "два",
  "три",
  "четыре",
  "пять",
  "шесть",
  "семь",
  "восемь",
  "девять",
  "десять",
  "одиннадцать",
  "двенадцать",
  "тринадцать",
  "четырнадцать",
  "пятнадцать",
  "шестнадцать",
  "семнадцать",
  "восемнадцать",
  "девятнадцать",
] as const;

/**
 * Picks the form of a Russian noun after a whole number: `pickPluralForm(n, "акт", "акта", "актов")`. The sign is
 * ignored. 1, 21, 101 take the first form; 2–4, 22–24 the second; 0, 5–20, 111–114 the third.
 */
export function pickPluralForm(n: number, one: string, few: string, many: string): string {
  const tail = Math.abs(n) % 100;
  const last = tail % 10;
  if (tail >= 11 && tail <= 14) return many;
  if (last === 1) return one;
  return last >= 2 && last <= 4 ? few : many;
}

/**
 * Writes a sum in words (сумма прописью): «Двадцать одна тысяча один рубль 21 копейка». Roubles are words with a
 * capital letter, kopecks two digits, nouns in full. Throws RangeError for an invalid sum.
 */
export function formatMoneyInWords(kopecks: Kopecks): string {
  const rest = requireKopecks(kopecks) % 100;
  const roubles = (kopecks - rest) / 100;
  const words = formatNumberInWords(roubles);
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  return `${capital} ${pickPluralForm(roubles, ...ROUBLES)} ${String(rest).padStart(2, "0")} ${pickPluralForm(rest, ...KOPECKS)}`;
}

function formatNumberInWords(n: number): string {
  if (n === 0) return "ноль";
  const words: string[] = [];
  let rest = n;
  for (const { size, forms, feminine } of GROUPS) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) words.push(...toTripleWords(count, feminine), pickPluralForm(count, ...forms));
  }
  return [...words, ...toTripleWords(rest, false)].join(" ");
}

/** Words of a number from 0 to 999; 0 has no words. */
function toTripleWords(n: number, feminine: boolean): string[] {
  const tail = n % 100;
  const tens = tail < 20 ? 0 : Math.floor(tail / 10);
  const unit = tail - tens * 10;
  const words = [HUNDREDS[Math.floor(n / 100)], TENS[tens], feminine ? toFeminineUnit(unit) : BELOW_TWENTY[unit]];
  return words.filter((word) => word !== undefined && word !== "") as string[];
}

function toFeminineUnit(unit: number): string | undefined {
  if (unit === 1) return "одна";
  return unit === 2 ? "две" : BELOW_TWENTY[unit];
}
