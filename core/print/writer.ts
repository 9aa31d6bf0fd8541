/** A growing buffer of the bytes of a PDF: ASCII syntax, numbers, and strings of two bytes a character. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Syntax: ASCII only. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) this.#bytes[this.length + index] = text.charCodeAt(index);
    this.length += text.length;
  }

  bytes(data: Uint8Array): void {
    this.#reserve(data.length);
    this.#bytes.set(data, this.length);
    this.length += data.length;
  }

  /** A literal string, two bytes a UTF-16 unit, with its parentheses. */
  string(text: string): void {
    this.#reserve(text.length * 4 + 2);
    this.#bytes[this.length++] = 0x28;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      this.#escaped(code >> 8);
      this.#escaped(code & 0xff);
    }
    this.#bytes[this.length++] = 0x29;
  }

  /** What was written so far, without a copy. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  /** Parentheses and backslash have a meaning in a literal string; readers turn a bare CR into LF. */
  #escaped(byte: number): void {
    if (byte === 0x28 || byte === 0x29 || byte === 0x5c) this.#bytes[this.length++] = 0x5c;
    if (byte === 0x0d) {
      this.#bytes[this.length++] = 0x5c;
      this.#bytes[this.length++] = 0x72;
    } else {
      this.#bytes[this.length++] = byte;
    }
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    grown.set(this.written());
    this.#bytes = grown;
  }
}
