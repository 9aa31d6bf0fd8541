/**
 * Numbers of the PDF objects of every document. The tail writes `pages`, `metadata` and `info`, the prefix all others.
 * Pages and page contents follow from `firstFree`. A face takes four numbers: font, descendant, descriptor, file.
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
