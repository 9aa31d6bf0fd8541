const HEAD = 128;
const ENTRY = 12;

/** D50, the white of every ICC profile, as three s15Fixed16 numbers. */
const D50 = [0xf6d6, 0x10000, 0xd32d];

/** Builds a minimal ICC profile, gray with gamma 2.2, at build time: a PDF/A must define its black. */
export function buildGrayProfile(): Uint8Array {
  const tags: readonly (readonly [tag: string, data: readonly number[]])[] = [
    [
      "desc",
      [
        ...encodeAscii("desc"),
        ...encodeWords(0, 15),
        ...encodeAscii("Gray gamma 2.2\0"),
        ...new Array<number>(78).fill(0),
      ],
    ],
    ["cprt", [...encodeAscii("text"), ...encodeWords(0), ...encodeAscii("No copyright\0")]],
    ["wtpt", [...encodeAscii("XYZ "), ...encodeWords(0, ...D50)]],
    // One entry is a gamma: 2 and 51/256.
    ["kTRC", [...encodeAscii("curv"), ...encodeWords(0, 1), 2, 51, 0, 0]],
  ];
  const index = encodeWords(tags.length);
  const body: number[] = [];
  for (const [tag, data] of tags) {
    const offset = HEAD + 4 + tags.length * ENTRY + body.length;
    index.push(...encodeAscii(tag), ...encodeWords(offset, data.length));
    body.push(...data, ...new Array<number>(-data.length & 3).fill(0));
  }
  return Uint8Array.from([...buildHead(HEAD + index.length + body.length), ...index, ...body]);
}

/** Head of the profile: version 2.1, a monitor, gray to XYZ. A constant date keeps the bytes constant. */
function buildHead(size: number): number[] {
  const date = [2026, 1, 1, 0, 0, 0].flatMap((part) => [part >> 8, part & 0xff]);
  const start = [...encodeWords(size, 0, 0x02100000), ...encodeAscii("mntrGRAYXYZ "), ...date, ...encodeAscii("acsp")];
  const white = [...new Array<number>(28).fill(0), ...encodeWords(...D50)];
  const used = [...start, ...white];
  return [...used, ...new Array<number>(HEAD - used.length).fill(0)];
}

function encodeWords(...values: number[]): number[] {
  return values.flatMap((value) => [value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
}

function encodeAscii(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}
