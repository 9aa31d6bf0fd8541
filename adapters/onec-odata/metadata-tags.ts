/** A tag of an XML text. Texts, comments and instructions are no tags. */
export interface Tag {
  /** Name without the namespace's prefix. */
  readonly name: string;
  /** A `close` of the same name follows `open`, but not `empty` (`<X/>`). */
  readonly kind: "open" | "close" | "empty";
  /** Value of an attribute with resolved references; undefined without the attribute. */
  getAttribute(name: string): string | undefined;
}

/** Reads an XML text in pieces of any size, cut anywhere. */
export interface TagScanner {
  push(text: string): void;
  /** Ends the text. Throws {@link XmlError} for an unfinished tag. */
  end(): void;
}

export class XmlError extends Error {
  override readonly name = "XmlError";
}

/** Longest tag, characters, far above real tags. Without a limit an endless tag would fill the memory. */
const LONGEST_TAG = 65_536;
const QUOTES = [34, 39];
const CLOSE = 62;

/** Skipped pieces: each begins with `from` and ends at the first `to`. */
const SKIPPED = [
  { from: "<!--", to: "-->" },
  { from: "<![CDATA[", to: "]]>" },
  { from: "<?", to: "?>" },
] as const;

/** Passes every tag to `onTag`. Memory does not grow with the text. The scanner does not check nesting. */
export function createTagScanner(onTag: (tag: Tag) => void): TagScanner {
  let rest = "";
  return {
    push(text) {
      const all = rest + text;
      let at = all.indexOf("<");
      while (at >= 0) {
        const end = findPieceEnd(all, at);
        if (end === null) break;
        if (!isSkipped(all, at)) onTag(tagOf(all.slice(at, end)));
        at = all.indexOf("<", end);
      }
      rest = at < 0 ? "" : keepUnfinished(all, at);
    },
    end() {
      if (rest !== "") throw new XmlError("The text ends inside a tag");
    },
  };
}

/** End of the piece that begins at `start`; null when the text still lacks the end. */
function findPieceEnd(text: string, start: number): number | null {
  const head = text.slice(start, start + 9);
  const skipped = SKIPPED.find(({ from }) => head.startsWith(from));
  if (skipped !== undefined) {
    const end = text.indexOf(skipped.to, start + skipped.from.length);
    return end < 0 ? null : end + skipped.to.length;
  }
  if (SKIPPED.some(({ from }) => from.startsWith(head))) return null;
  return findTagEnd(text, start);
}

/** End of the tag: after the first `>` outside attributes' values; null when the text still lacks the end. */
function findTagEnd(text: string, start: number): number | null {
  let quote = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (quote !== 0) {
      if (char === quote) quote = 0;
    } else if (QUOTES.includes(char)) quote = char;
    else if (char === CLOSE) return at + 1;
  }
  return null;
}

function isSkipped(text: string, start: number): boolean {
  return text.startsWith("<!", start) || text.startsWith("<?", start);
}

/** Unfinished text to keep: the tag so far; for a comment, only the start and the last characters. */
function keepUnfinished(text: string, start: number): string {
  const skipped = SKIPPED.find(({ from }) => text.startsWith(from, start));
  if (skipped !== undefined) {
    const { from, to } = skipped;
    return from + text.slice(Math.max(start + from.length, text.length - to.length + 1));
  }
  if (text.length - start > LONGEST_TAG) throw new XmlError(`A tag is longer than ${LONGEST_TAG} characters`);
  return text.slice(start);
}

function tagOf(text: string): Tag {
  const [, slash, prefixed] = /^<(\/?)([^\s/>]*)/.exec(text) ?? [];
  const opens = text.endsWith("/>") ? "empty" : "open";
  return {
    name: prefixed?.slice(prefixed.indexOf(":") + 1) ?? "",
    kind: slash === "/" ? "close" : opens,
    getAttribute(name) {
      for (const [, key, double, single] of text.matchAll(/([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
        if (key === name) return resolveReferences(double ?? single ?? "");
      }
      return undefined;
    },
  };
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Replaces `&amp;`, `&#38;` and `&#x26;` by characters; unknown references stay unchanged. */
function resolveReferences(value: string): string {
  if (!value.includes("&")) return value;
  return value.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}
