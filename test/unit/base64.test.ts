import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64, encodeBase64Url, timingSafeEqual } from "../../core/base64.ts";

describe("base64", () => {
  it("agrees with Node on any bytes, both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(decodeBase64(text)).toEqual(new Uint8Array(bytes));
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      }),
    );
  });

  it("encodes a document of several megabytes", () => {
    const bytes = new Uint8Array(3_000_001).map((_, index) => index * 7);
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  });

  it.each([
    ["base64url alphabet", "__4="],
    ["no padding", "//4"],
    ["too much padding", "//4=="],
    ["padding alone", "===="],
    ["non-zero spare bits", "//5="],
    ["inner space", "//4= //4="],
    ["leading space", " //4="],
    ["trailing newline", "//4=\n"],
    ["one character", "A"],
    ["beyond Latin-1", "Счёт"],
  ])("refuses %s", (_name, text) => {
    expect(decodeBase64(text)).toBeNull();
  });

  it("accepts no second spelling of the same bytes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bytes = decodeBase64(text);
        expect(bytes === null || encodeBase64(bytes) === text).toBe(true);
      }),
    );
  });
});

describe("timingSafeEqual", () => {
  it("agrees with plain comparison", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 3 }), (a, b) => {
        expect(timingSafeEqual(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it("sees a difference in any one byte", () => {
    const a = new Uint8Array(32);
    for (let index = 0; index < a.length; index += 1) {
      const b = a.slice();
      b[index] = 1;
      expect(timingSafeEqual(a, b)).toBe(false);
    }
    expect(timingSafeEqual(a, a.slice())).toBe(true);
  });
});
