/**
 * Numbers of the PDF objects that every document has. The prefix of a font set holds all of them but `pages`,
 * `metadata` and `info`, which the tail writes; pages and their contents follow from `firstFree`.
 * A face takes four numbers in a row: font, its descendant, descriptor, file.
 */
export const OBJECTS = {
  catalog: 1,
  pages: 2,
  metadata: 3,
  profile: 4,
  resources: 5,
  regular: 6,
  bold: 10,
  toUnicode: 14,
  glyphs: 15,
  cidSet: 16,
  info: 17,
  firstFree: 18,
} as const;
