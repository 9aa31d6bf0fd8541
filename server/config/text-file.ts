/** Why a file is no plain text: its encoding by the first bytes, or bytes that are not UTF-8. */
export type TextFault = "utf16" | "not_utf8";

/**
 * Decodes a text file of settings: UTF-8, with or without a byte order mark, which Windows' Notepad writes. Returns a
 * fault for UTF-16 and for other bytes, such as windows-1251.
 */
export function decodeTextFile(bytes: Uint8Array): { readonly text: string } | { readonly fault: TextFault } {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16 || bytes.includes(0)) return { fault: "utf16" };
  try {
    // The decoder removes a byte order mark.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { fault: "not_utf8" };
  }
}

/** A value of an unquoted `.env` line that ends at a `#` without a space before: people forget to quote passwords. */
const CUT_LINE = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?!["'`])[^\r\n#]*[^\s#=]#/;

/** Lists settings of a `.env` text with a value that the reader cuts at a `#`, with line numbers from 1. */
export function listCutValues(text: string): { readonly name: string; readonly line: number }[] {
  return text.split("\n").flatMap((one, at) => {
    const name = CUT_LINE.exec(one)?.[1];
    return name === undefined ? [] : [{ name, line: at + 1 }];
  });
}
