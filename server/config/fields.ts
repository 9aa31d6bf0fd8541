import * as v from "valibot";
import { importSecrets, type WebhookKeys, WebhookSecretError } from "../../core/webhook.ts";
import { EXPECTED, FOUND, formatFault, UNITS } from "../messages/settings.ts";
import type { Language, Text } from "../messages/text.ts";

/** A secret setting: the text and the keys from the text. */
export interface Secret {
  readonly text: string;
  readonly keys: WebhookKeys;
}

/** A fault of a setting: a text without secrets, between the setting's name and the expected value in the message. */
export class Wrong {
  readonly found: Text;
  constructor(found: Text) {
    this.found = found;
  }
}

/** Defines a setting. `read` converts the text or returns {@link Wrong}; `expected` describes a right value. */
export function defineField<T>(expected: Text, read: (text: string) => T | Wrong) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (!(value instanceof Wrong)) return value;
      addIssue({ message: choose(formatFault(value.found, expected)) });
      return NEVER;
    }),
  );
}

/** Chooses the language of an issue's message: the `lang` of the parse, English by default. */
function choose(text: Text): (issue: { readonly lang?: string | undefined }) => string {
  return ({ lang }) => text[isLanguage(lang) ? lang : "en"];
}

function isLanguage(lang: string | undefined): lang is Language {
  return lang === "en" || lang === "ru";
}

/** Quotes a value for an error message: short, on one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

export function defineWholeNumber(least: number, most: number, unit: Text = UNITS.none) {
  return defineField(EXPECTED.wholeNumber(least, most, unit), (text) => {
    if (!/^\d{1,15}$/.test(text)) return new Wrong(FOUND.is(quote(text)));
    const number = Number(text);
    return number >= least && number <= most ? number : new Wrong(FOUND.is(String(number)));
  });
}

export function defineChoice<const T extends string>(words: readonly T[]) {
  return defineField(
    EXPECTED.choice(words),
    (text): T | Wrong => words.find((word) => word === text) ?? new Wrong(FOUND.is(quote(text))),
  );
}

/** Defines a comma-separated choice of several words. */
export function defineChoices<const T extends string>(words: readonly T[]) {
  return defineField(EXPECTED.choices(words), (text) => {
    const found = new Set<T>();
    for (const item of text.split(",").map((part) => part.trim())) {
      const known = words.find((word) => word === item);
      if (known === undefined) return new Wrong(FOUND.has(quote(item)));
      found.add(known);
    }
    return [...found];
  });
}

export function defineLine(longest: number) {
  return defineField(EXPECTED.line(longest), (text) => {
    if (/\p{Cc}/u.test(text)) return new Wrong(FOUND.control);
    return text.length <= longest ? text : new Wrong(FOUND.length(text.length));
  });
}

/** Defines a text of a pattern. The error message shows a wrong text. */
export function definePattern(pattern: RegExp, expected: Text) {
  return defineField(expected, (text) => (pattern.test(text) ? text : new Wrong(FOUND.is(quote(text)))));
}

/** Ports that `fetch` never calls (Fetch standard, "bad port"), beside the ports of mail, files and the like below 1024. */
const BLOCKED_PORTS = new Set([
  ...[1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530],
  ...[531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190],
  ...[5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);

/** Defines an http(s) address. The rule about plain http needs another setting: see {@link isPlainHttp}. */
export function defineAddress(more: { readonly query: boolean }) {
  return defineField(EXPECTED.address(more.query ? "/path" : ""), (text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    // The message does not show the address: the wrong part may be a password.
    if (url === null || url.hostname === "") return new Wrong(FOUND.notAddress);
    if (url.protocol !== "https:" && url.protocol !== "http:") return new Wrong(FOUND.notHttp);
    if (url.username !== "" || url.password !== "") return new Wrong(FOUND.login);
    if (text.includes("#")) return new Wrong(FOUND.fragment);
    if (BLOCKED_PORTS.has(Number(url.port))) return new Wrong(FOUND.blockedPort(url.port));
    if (!more.query && text.includes("?")) return new Wrong(FOUND.query);
    return url.href;
  });
}

/** Origins of pages that may frame a document: `https://host[:port]`, separated by commas or spaces. */
export const origins = defineField(EXPECTED.origins, (text) => {
  const found = new Set<string>();
  for (const item of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const url = URL.canParse(item) ? new URL(item) : null;
    if (url === null || !/^https?:\/\/[^/?#@]+\/?$/.test(item)) return new Wrong(FOUND.has(quote(item)));
    found.add(url.origin);
  }
  return [...found];
});

/** True for an address of this machine only, with or without the brackets of IPv6. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

/** True for an address with readable traffic: http to another machine. */
export function isPlainHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !isLoopback(hostname);
}

export const token = defineField(EXPECTED.token, (text) => {
  if (!/^[!-~]*$/.test(text)) return new Wrong(FOUND.notAscii);
  return text.length >= 16 && text.length <= 512 ? text : new Wrong(FOUND.length(text.length));
});

/** Comma-separated secrets of links: the first secret signs, all secrets verify. */
export const linkSecrets = defineField(EXPECTED.linkSecrets, (text) => {
  const items = text.split(",").map((item) => item.trim());
  const wrong = items.findIndex((item) => !/^[!-~]{32,256}$/.test(item));
  return wrong < 0 ? items : new Wrong(FOUND.wrongSecret(wrong + 1, items.length));
});

/** Defines comma-separated secrets of signatures. `signs`: at least one secret must be able to sign. */
export function defineSecret(signs: boolean) {
  const { secrets: expected } = EXPECTED;
  return v.pipeAsync(
    v.string(),
    v.rawTransformAsync<string, Secret>(async ({ dataset, addIssue, NEVER }) => {
      const text = dataset.value;
      try {
        const keys = await importSecrets(text);
        if (!signs || keys.hmac.length > 0) return { text, keys };
        addIssue({ message: choose(formatFault(FOUND.publicKeys, expected)) });
      } catch (error) {
        if (!(error instanceof WebhookSecretError)) throw error;
        addIssue({ message: choose(formatFault(FOUND.badSecret(error.message), expected)) });
      }
      return NEVER;
    }),
  );
}
