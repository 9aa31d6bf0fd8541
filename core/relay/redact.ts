/** Fields without personal data: a value stays as long as the value looks like a word or a number. */
const PLAIN_FIELDS = new Set([
  ...["type", "timestamp", "payoutId", "revision", "requestedAt", "acceptedAt", "declinedAt", "executedAt"],
  ...["amount", "vat", "quantity", "price", "kind", "registeredAt", "bic", "date", "pdfSha256"],
  ...["actRef", "paymentOrderRef"],
]);
/** A word, a number or an instant. */
const PLAIN = /^[A-Za-z0-9._:+-]{1,64}$/;
/** Ten digits in a row are an INN, a phone or an account, in any field. */
const LONG_NUMBER = /\d{10}/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/;
/** Greatest depth of a kept value; no event is as deep. Deeper values become `…`. */
const DEEPEST = 20;

/**
 * Redacts a refused body: the mistake stays visible, and no person is named. JSON keeps the shape, and fields without
 * personal data keep the values. In other text each digit becomes 1, each Cyrillic letter "я", each other letter "x".
 * Lengths, signs and alphabets stay visible. Without valid JSON the whole body is redacted. Invalid UTF-8 becomes "?".
 * The result is never longer than the body: a store with a row limit might refuse a longer result.
 *
 * @example
 * redactBody(new TextEncoder().encode('{"inn":"77000000-23"}')); // {"inn":"11111111-11"}
 */
export function redactBody(body: Uint8Array): Uint8Array<ArrayBuffer> {
  // A number such as 1e20 is longer when written out.
  return new TextEncoder().encode(redactText(new TextDecoder().decode(body))).slice(0, body.length);
}

function redactText(text: string): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return redactCharacters(text);
  }
  return JSON.stringify(redactValue(json, "", 0));
}

function redactValue(value: unknown, field: string, depth: number): unknown {
  if (depth > DEEPEST) return "…";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, field, depth + 1));
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([name, inner]) => {
      const shownName = NAME.test(name) && !LONG_NUMBER.test(name) ? name : redactCharacters(name);
      return [shownName, redactValue(inner, name, depth + 1)];
    });
    return Object.fromEntries(entries);
  }
  if (typeof value !== "string" && typeof value !== "number") return value;
  const text = String(value);
  if (PLAIN_FIELDS.has(field) && PLAIN.test(text) && !LONG_NUMBER.test(text)) return value;
  return typeof value === "number" ? Number(redactCharacters(text.replace(/e.*$/, ""))) : redactCharacters(text);
}

function redactCharacters(text: string): string {
  return text
    .replaceAll("\uFFFD", "?")
    .replace(/\p{N}/gu, "1")
    .replace(/\p{Script=Cyrillic}/gu, "я")
    .replace(/(?![я])\p{L}/gu, "x");
}
