import { getUnitAt } from "./units.ts";

/** A growing buffer of the bytes of a PDF, reusable after {@link ByteWriter.clear}. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** Writes PDF syntax: ASCII only. */
  writeAscii(text: string): void {
    const bytes = this.#reserve(text.length);
    let at = this.length;
    for (let index = 0; index < text.length; index += 1) bytes[at++] = getUnitAt(text, index);
    this.length = at;
  }

  /** Writes a whole number from 0 to 2³¹ and a space. */
  writeNumber(value: number): void {
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits += 1;
    this.writePadded(value, digits);
    this.#bytes[this.length++] = 0x20;
  }

  /** Writes a whole number from 0 to 2³¹ with a fixed number of digits. */
  writePadded(value: number, digits: number): void {
    const bytes = this.#reserve(digits + 1);
    const end = this.length + digits;
    let rest = value | 0;
    for (let at = end - 1; at >= this.length; at -= 1) {
      const tens = (rest / 10) | 0;
      bytes[at] = 0x30 + rest - tens * 10;
      rest = tens;
    }
    this.length = end;
  }

  /** Writes 32 bits as eight hex digits. */
  writeHex(value: number): void {
    const bytes = this.#reserve(8);
    for (let shift = 28; shift >= 0; shift -= 4) {
      const digit = (value >>> shift) & 0xf;
      bytes[this.length++] = digit + (digit < 10 ? 0x30 : 0x57);
    }
  }

  writeBytes(data: Uint8Array): void {
    this.#reserve(data.length).set(data, this.length);
    this.length += data.length;
  }

  /**
   * Writes units `from` to `to` (exclusive) as a literal string with parentheses, two bytes each. No high byte of the
   * fonts' characters needs an escape, so only the low byte is checked.
   */
  writeString(units: Uint16Array, from = 0, to = units.length): void {
    const bytes = this.#reserve((to - from) * 4 + 2);
    let at = this.length;
    bytes[at++] = 0x28;
    for (let index = from; index < to; index += 1) {
      const unit = units[index] as number;
      const low = unit & 0xff;
      bytes[at++] = unit >> 8;
      // Parentheses and backslash have a meaning in strings, and readers turn a bare CR into LF.
      if (low === 0x28 || low === 0x29 || low === 0x5c || low === 0x0d) bytes[at++] = 0x5c;
      bytes[at++] = low === 0x0d ? 0x72 : low;
    }
    bytes[at++] = 0x29;
    this.length = at;
  }

  /** Writes a text in UTF-8, escaped for XML. The fonts have no surrogates. */
  writeXml(text: string): void {
    const bytes = this.#reserve(text.length * 5);
    let at = this.length;
    for (let index = 0; index < text.length; index += 1) {
      const unit = getUnitAt(text, index);
      if (unit === 0x26 || unit === 0x3c || unit === 0x3e) {
        for (const byte of [0x26, 0x23, 0x30 + ((unit / 10) | 0), 0x30 + (unit % 10), 0x3b]) bytes[at++] = byte;
      } else if (unit < 0x80) {
        bytes[at++] = unit;
      } else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
    this.length = at;
  }

  /** The written bytes, without a copy: valid until the next write. */
  getWritten(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  /** Returns the buffer with room for more bytes. */
  #reserve(more: number): Uint8Array<ArrayBuffer> {
    const needed = this.length + more;
    if (needed <= this.#bytes.length) return this.#bytes;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    return grown;
  }
}
