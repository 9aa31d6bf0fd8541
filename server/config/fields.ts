import * as v from "valibot";
import { importSecrets, type WebhookKeys, WebhookSecretError } from "../../core/webhook.ts";

/** A secret setting: the text and the keys from the text. */
export interface Secret {
  readonly text: string;
  readonly keys: WebhookKeys;
}

/** A fault of a setting: a text without secrets, between the setting's name and the expected value in the message. */
export class Wrong {
  readonly found: string;
  constructor(found: string) {
    this.found = found;
  }
}

/** Defines a setting. `read` converts the text or returns {@link Wrong}; `expected` describes a right value. */
export function defineField<T>(expected: string, read: (text: string) => T | Wrong) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (!(value instanceof Wrong)) return value;
      addIssue({ message: `${value.found}; expected ${expected}` });
      return NEVER;
    }),
  );
}

/** Quotes a value for an error message: short, on one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

export function defineWholeNumber(least: number, most: number, unit = "") {
  return defineField(`a whole number from ${least} to ${most}${unit}`, (text) => {
    if (!/^\d{1,15}$/.test(text)) return new Wrong(`is ${quote(text)}`);
    const number = Number(text);
    return number >= least && number <= most ? number : new Wrong(`is ${number}`);
  });
}

export function defineChoice<const T extends string>(words: readonly T[]) {
  return defineField(
    words.join(" or "),
    (text): T | Wrong => words.find((word) => word === text) ?? new Wrong(`is ${quote(text)}`),
  );
}

/** Defines a comma-separated choice of several words. */
export function defineChoices<const T extends string>(words: readonly T[]) {
  return defineField(`one or more of ${words.join(", ")}, separated by commas`, (text) => {
    const found = new Set<T>();
    for (const item of text.split(",").map((part) => part.trim())) {
      const known = words.find((word) => word === item);
      if (known === undefined) return new Wrong(`has ${quote(item)}`);
      found.add(known);
    }
    return [...found];
  });
}

export function defineLine(longest: number) {
  return defineField(`one line of at most ${longest} characters`, (text) => {
    if (/\p{Cc}/u.test(text)) return new Wrong("has a line break or another control character");
    return text.length <= longest ? text : new Wrong(`has ${text.length} characters`);
  });
}

/** Defines a text of a pattern. The error message shows a wrong text. */
export function definePattern(pattern: RegExp, expected: string) {
  return defineField(expected, (text) => (pattern.test(text) ? text : new Wrong(`is ${quote(text)}`)));
}

/** Defines an http(s) address. The rule about plain http needs another setting: see {@link isPlainHttp}. */
export function defineAddress(more: { readonly query: boolean }) {
  const expected = `an address such as https://example.com${more.query ? "/path" : ""}`;
  return defineField(expected, (text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    // The message does not show the address: the wrong part may be a password.
    if (url === null || url.hostname === "") return new Wrong("is not an address");
    if (url.protocol !== "https:" && url.protocol !== "http:") return new Wrong("is not an http or https address");
    if (url.username !== "" || url.password !== "") return new Wrong("has a user name or a password in it");
    if (text.includes("#")) return new Wrong("has a fragment (#…)");
    if (!more.query && text.includes("?")) return new Wrong("has a query (?…)");
    return url.href;
  });
}

/** Origins of pages that may frame a document: `https://host[:port]`, separated by commas or spaces. */
export const origins = defineField("origins such as https://lk.example.com, separated by commas", (text) => {
  const found = new Set<string>();
  for (const item of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const url = URL.canParse(item) ? new URL(item) : null;
    if (url === null || !/^https?:\/\/[^/?#@]+\/?$/.test(item)) return new Wrong(`has ${quote(item)}`);
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

export const token = defineField("16 to 512 visible ASCII characters without spaces", (text) => {
  if (!/^[!-~]*$/.test(text)) return new Wrong("has a space or a character that is not ASCII");
  return text.length >= 16 && text.length <= 512 ? text : new Wrong(`has ${text.length} characters`);
});

/** Comma-separated secrets of links: the first secret signs, all secrets verify. */
export const linkSecrets = defineField(
  'secrets of 32 to 256 characters as the command "secret" makes them, separated by commas',
  (text) => {
    const items = text.split(",").map((item) => item.trim());
    const wrong = items.findIndex((item) => !/^[!-~]{32,256}$/.test(item));
    return wrong < 0 ? items : new Wrong(`cannot be used (secret ${wrong + 1} of ${items.length} is not one)`);
  },
);

/** Defines comma-separated secrets of signatures. `signs`: at least one secret must be able to sign. */
export function defineSecret(signs: boolean) {
  const expected = `whsec_… secrets as the command "secret" makes them, separated by commas`;
  return v.pipeAsync(
    v.string(),
    v.rawTransformAsync<string, Secret>(async ({ dataset, addIssue, NEVER }) => {
      const text = dataset.value;
      try {
        const keys = await importSecrets(text);
        if (!signs || keys.hmac.length > 0) return { text, keys };
        addIssue({ message: `has only public keys, which cannot sign; expected ${expected}` });
      } catch (error) {
        if (!(error instanceof WebhookSecretError)) throw error;
        addIssue({ message: `cannot be used (${error.message}); expected ${expected}` });
      }
      return NEVER;
    }),
  );
}
