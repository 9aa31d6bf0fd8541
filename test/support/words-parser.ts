/**
 * Reads a sum in words back into kopecks. Refuses wrong gender, wrong case and groups out of order, like a careful
 * accountant. The parser shares nothing with the writer: the last word decides on agreement, and no remainder.
 */

const HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split(" ");
const TENS = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split(" ");
const TEENS =
  "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать";
const MASCULINE = "один два три четыре пять шесть семь восемь девять".split(" ");
const FEMININE = ["одна", "две", ...MASCULINE.slice(2)];

const SCALES: Record<string, { size: number; form: Form }> = {
  миллиард: { size: 1e9, form: "one" },
  миллиарда: { size: 1e9, form: "few" },
  миллиардов: { size: 1e9, form: "many" },
  миллион: { size: 1e6, form: "one" },
  миллиона: { size: 1e6, form: "few" },
  миллионов: { size: 1e6, form: "many" },
  тысяча: { size: 1e3, form: "one" },
  тысячи: { size: 1e3, form: "few" },
  тысяч: { size: 1e3, form: "many" },
};
const ROUBLES: Record<string, Form> = { рубль: "one", рубля: "few", рублей: "many" };
const KOPECKS: Record<string, Form> = { копейка: "one", копейки: "few", копеек: "many" };

type Form = "one" | "few" | "many";

/** Reads the kopecks of a sum such as «Два рубля 02 копейки». Throws an Error with the fault of the text. */
export function parseMoneyWords(text: string): number {
  const first = text.charAt(0);
  expect(first !== first.toLowerCase(), "a capital letter first", text);
  const words = (first.toLowerCase() + text.slice(1)).split(" ");
  const [rouble = "", digits = "", kopeck = ""] = words.splice(-3);
  expect(/^\d\d$/.test(digits), "two digits of kopecks", text);
  expect(KOPECKS[kopeck] === formAfterDigits(digits), "the right form of копейка", text);
  expect(ROUBLES[rouble] === formAfter(words.at(-1) ?? ""), "the right form of рубль", text);
  return parseNumber(words, text) * 100 + Number(digits);
}

function parseNumber(words: string[], text: string): number {
  if (words.join(" ") === "ноль") return 0;
  let total = 0;
  let ceiling = Number.POSITIVE_INFINITY;
  let group: string[] = [];
  for (const word of words) {
    const scale = SCALES[word];
    if (scale === undefined) {
      group.push(word);
      continue;
    }
    expect(scale.size < ceiling, "groups from large to small", text);
    expect(scale.form === formAfter(group.at(-1) ?? ""), `the right form of ${word}`, text);
    total += parseGroup(group, scale.size === 1000 ? FEMININE : MASCULINE, text) * scale.size;
    ceiling = scale.size;
    group = [];
  }
  return group.length === 0 ? total : total + parseGroup(group, MASCULINE, text);
}

function parseGroup(group: string[], units: string[], text: string): number {
  const rest = [...group];
  const take = (names: string[]): number => {
    const place = names.indexOf(rest[0] ?? "") + 1;
    if (place > 0) rest.shift();
    return place;
  };
  const hundreds = take(HUNDREDS) * 100;
  const teen = take(TEENS.split(" "));
  const value = teen > 0 ? hundreds + 9 + teen : hundreds + tensOf(take(TENS)) + take(units);
  expect(rest.length === 0 && value > 0, "numerals in order and in the right gender", text);
  return value;
}

function tensOf(place: number): number {
  return place === 0 ? 0 : (place + 1) * 10;
}

function formAfter(word: string): Form {
  if (word === "один" || word === "одна") return "one";
  return ["два", "две", "три", "четыре"].includes(word) ? "few" : "many";
}

function formAfterDigits(digits: string): Form {
  if (/^[^1]1$/.test(digits)) return "one";
  return /^[^1][234]$/.test(digits) ? "few" : "many";
}

function expect(holds: boolean, what: string, text: string): void {
  if (!holds) throw new Error(`Expected ${what} in «${text}»`);
}
