/** Fields in which no person can be read: as long as their value looks like a word or a number, it stays as it is. */
const PLAIN_FIELDS = new Set([
  ...["type", "timestamp", "payoutId", "revision", "requestedAt", "acceptedAt", "declinedAt", "executedAt"],
  ...["amount", "vat", "quantity", "price", "kind", "registeredAt", "bic", "date", "pdfSha256"],
  ...["actRef", "paymentOrderRef"],
]);
/** A word, a number, an instant. */
const PLAIN = /^[A-Za-z0-9._:+-]{1,64}$/;
/** So many digits in a row are an INN, a phone or an account, wherever they stand. */
const LONG_NUMBER = /\d{10}/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/;
/** Deeper than any event: what lies below is only counted as there. */
const DEEPEST = 20;

/**
 * A refused body as it is kept: it shows what was wrong and names nobody. Its JSON keeps its shape, and the fields that
 * say nothing of a person their values; in all other values each digit is a 1 and each letter an x, or я where it was
 * Cyrillic, so that lengths, signs and the kind of letters can still be seen. Of what is no JSON, all is masked. What is no text
 * is ?, and the whole is never larger than what came: a store that bounds its rows could keep the one and not the other.
 *
 * @example
 * masked(new TextEncoder().encode('{"inn":"77000000-23"}')); // {"inn":"11111111-11"}
 */
export function redactBody(body: Uint8Array): Uint8Array<ArrayBuffer> {
  // A number such as 1e20 is longer when it is written out.
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
      return [
        NAME.test(name) && !LONG_NUMBER.test(name) ? name : redactCharacters(name),
        redactValue(inner, name, depth + 1),
      ];
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
