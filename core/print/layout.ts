import { type FontSet, measureText } from "./font.ts";
import type { ActForm, FormSignature } from "./form.ts";
import {
  type Cell,
  CONTENT,
  makeFrame,
  makePlace,
  makeRow,
  makeRule,
  makeStyle,
  type Place,
  type Row,
  type Style,
} from "./rows.ts";
import { Typesetter } from "./typesetter.ts";

const STYLES = {
  title: makeStyle(1500, { bold: true }),
  subtitle: makeStyle(1050, { gray: 0.42 }),
  role: makeStyle(800, { gray: 0.42 }),
  party: makeStyle(950, { bold: true }),
  label: makeStyle(850, { gray: 0.42 }),
  value: makeStyle(900),
  heading: makeStyle(800, { bold: true, gray: 0.25 }),
  total: makeStyle(950),
  strong: makeStyle(1000, { bold: true }),
  caption: makeStyle(650, { gray: 0.5 }),
} as const;

const GAP = 1400;
const COLUMN_GAP = 1000;
const WHOLE = makePlace();
const LABELS = makePlace(0, 7600);
const PARTY_WIDTH = Math.floor((CONTENT - LABELS.width - 2 * GAP) / 2);
const PARTIES = [
  makePlace(LABELS.width + GAP, PARTY_WIDTH),
  makePlace(LABELS.width + PARTY_WIDTH + 2 * GAP, PARTY_WIDTH),
] as const;
const FACTS = makePlace(PARTIES[0].x, CONTENT - PARTIES[0].x);
const TOTALS = makePlace(CONTENT - 11000, 11000, "right");
const TOTAL_LABELS = makePlace(0, TOTALS.x - COLUMN_GAP, "right");

const SIGNER_WIDTH = 22400;
const HAND = 8800;
const SIGNERS = [makePlace(0, SIGNER_WIDTH), makePlace(CONTENT - SIGNER_WIDTH, SIGNER_WIDTH)] as const;
const HANDS = [makePlace(0, HAND), makePlace(SIGNERS[1].x, HAND)] as const;
const NAMES = [
  makePlace(HAND + GAP, SIGNER_WIDTH - HAND - GAP),
  makePlace(SIGNERS[1].x + HAND + GAP, SIGNER_WIDTH - HAND - GAP),
] as const;

const HAIRLINE = makeRule(WHOLE, 40, 0.75);
const LINE = makeRule(WHOLE, 70, 0.2);
const makeStroke = (place: Place) => makeRule(place, 50, 0.35);

// Totals stay with the last line of the table. The statement and all signature rows stay together.
const FRAMES = {
  title: makeFrame({ keepNext: true }),
  subtitle: makeFrame({ keepNext: true, gap: 100 }),
  underline: makeFrame({ keepNext: true, pad: 450, rules: [LINE] }),
  roles: makeFrame({ keepNext: true, gap: 900 }),
  parties: makeFrame({ keepNext: true, gap: 50 }),
  firstRequisite: makeFrame({ gap: 350 }),
  requisite: makeFrame({ gap: 150 }),
  firstFact: makeFrame({ gap: 900 }),
  head: makeFrame({ keepNext: true, gap: 1400, pad: 450, rules: [LINE] }),
  repeatedHead: makeFrame({ keepNext: true, pad: 450, rules: [LINE] }),
  line: makeFrame({ pad: 400, rules: [HAIRLINE] }),
  lastLine: makeFrame({ keepNext: true, pad: 400, rules: [LINE] }),
  total: makeFrame({ keepNext: true, gap: 600 }),
  vat: makeFrame({ gap: 200 }),
  summary: makeFrame({ keepNext: true, gap: 1200 }),
  inWords: makeFrame({ keepNext: true, gap: 150 }),
  statement: makeFrame({ keepNext: true, gap: 900 }),
  signers: makeFrame({ keepNext: true, gap: 2000 }),
  signerNames: makeFrame({ keepNext: true, gap: 50 }),
  positions: makeFrame({ keepNext: true, gap: 300 }),
  caption: makeFrame({ keepNext: true, gap: 150 }),
  bases: makeFrame({ keepNext: true }),
  signatures: makeFrame({ keepNext: true, gap: 1900, rules: [HANDS[0], NAMES[0], HANDS[1], NAMES[1]].map(makeStroke) }),
  seals: makeFrame({ gap: 500 }),
  sealsBeforeFooter: makeFrame({ keepNext: true, gap: 500 }),
  footer: makeFrame({ gap: 1800 }),
} as const;

const BLANK_GAP = 900;
const NO_VALUE = "—";
const CAPTIONS = ["подпись", "расшифровка подписи"] as const;

/** Bounds of the columns; the name column takes the remaining width. */
const COLUMNS = [
  { min: 1200, max: 3600, align: "left" },
  { min: 0, max: 0, align: "left" },
  { min: 3000, max: 9400, align: "right" },
  { min: 2600, max: 5200, align: "left" },
  { min: 5600, max: 9400, align: "right" },
  { min: 5600, max: 9400, align: "right" },
] as const;
const NAME_COLUMN = 1;

type Pair<T> = readonly [T, T];

/** Lays a normalised form out as rows without pages, from top to bottom; null when the fonts lack a character. */
export function layOutForm(form: ActForm, fonts: FontSet): Row[] | null {
  const set = new Typesetter(fonts);
  const rows = [
    ...makeHeadRows(form, set),
    ...makePartyRows(form, set),
    ...makeTableRows(form, set),
    ...makeTotalRows(form, set),
    ...makeSignatureRows(form, set),
    makeRow(FRAMES.footer, [set.makeCell(form.footer, STYLES.role, WHOLE)]),
  ];
  if (!set.complete) return null;
  return rows.filter((row) => row.lines > 0 || row.frame.rules.length > 0);
}

function makeHeadRows(form: ActForm, set: Typesetter): Row[] {
  return [
    makeRow(FRAMES.title, [set.makeCell(form.title, STYLES.title, WHOLE)]),
    makeRow(FRAMES.subtitle, [set.makeCell(form.subtitle, STYLES.subtitle, WHOLE)]),
    makeRow(FRAMES.underline, []),
  ];
}

function makePartyRows(form: ActForm, set: Typesetter): Row[] {
  const makeLabel = (text: string) => set.makeCell(text, STYLES.label, LABELS);
  return [
    makeRow(FRAMES.roles, makePair(set, PARTIES, STYLES.role, form.roles)),
    makeRow(FRAMES.parties, makePair(set, PARTIES, STYLES.party, form.parties)),
    ...form.requisites.map((requisite, index) => {
      const [contractor, organization] = requisite.values;
      const values = [contractor ?? NO_VALUE, organization ?? NO_VALUE] as const;
      const cells = [makeLabel(requisite.label), ...makePair(set, PARTIES, STYLES.value, values)];
      return makeRow(index === 0 ? FRAMES.firstRequisite : FRAMES.requisite, cells);
    }),
    ...form.facts.map((fact, index) => {
      const cells = [makeLabel(fact.label), set.makeCell(fact.value, STYLES.value, FACTS)];
      return makeRow(index === 0 ? FRAMES.firstFact : FRAMES.requisite, cells);
    }),
  ];
}

function makeTableRows(form: ActForm, set: Typesetter): Row[] {
  const columns = makeColumnPlaces(form, set.fonts);
  const makeCells = (texts: readonly string[], style: Style) =>
    columns.map((place, index) => set.makeCell(texts[index] ?? "", style, place));
  const headings = makeCells(form.columns, STYLES.heading);
  const repeated = makeRow(FRAMES.repeatedHead, headings);
  const last = form.rows.length - 1;
  return [
    makeRow(FRAMES.head, headings),
    ...form.rows.map((texts, index) =>
      makeRow(index === last ? FRAMES.lastLine : FRAMES.line, makeCells(texts, STYLES.value), 0, repeated),
    ),
  ];
}

/** A column of numbers is as wide as the widest number, within bounds. */
function makeColumnPlaces(form: ActForm, fonts: FontSet): Place[] {
  const widths = COLUMNS.map(({ min, max }, index) => {
    let width: number = min;
    if (index === NAME_COLUMN) return width;
    for (const word of (form.columns[index] ?? "").split(" ")) {
      width = Math.max(width, measureLength(word, fonts.bold, STYLES.heading));
    }
    for (const row of form.rows) width = Math.max(width, measureLength(row[index] ?? "", fonts.regular, STYLES.value));
    return Math.min(max, width);
  });
  widths[NAME_COLUMN] = CONTENT - widths.reduce((sum, width) => sum + width, COLUMN_GAP * (COLUMNS.length - 1));
  let x = 0;
  return COLUMNS.map(({ align }, index) => {
    const place = makePlace(x, widths[index], align);
    x += place.width + COLUMN_GAP;
    return place;
  });
}

function measureLength(text: string, widths: Uint16Array, style: Style): number {
  return Math.ceil((measureText(widths, text) * style.size) / 1000);
}

function makeTotalRows(form: ActForm, set: Typesetter): Row[] {
  const { total, vat } = form;
  return [
    makeRow(FRAMES.total, [
      set.makeCell(total.label, STYLES.strong, TOTAL_LABELS),
      set.makeCell(total.value, STYLES.strong, TOTALS),
    ]),
    makeRow(FRAMES.vat, [
      set.makeCell(vat.label, STYLES.value, TOTAL_LABELS),
      set.makeCell(vat.value, STYLES.value, TOTALS),
    ]),
    makeRow(FRAMES.summary, [set.makeCell(form.summary, STYLES.total, WHOLE)]),
    makeRow(FRAMES.inWords, [set.makeCell(form.amountInWords, STYLES.strong, WHOLE)]),
    makeRow(FRAMES.statement, [set.makeCell(form.statement, STYLES.total, WHOLE)]),
  ];
}

/** Rows with both parties side by side: role, name, position, lines for signature and name, place of a seal. */
function makeSignatureRows(form: ActForm, set: Typesetter): Row[] {
  const [ours, theirs] = form.signatures;
  const makeSignerCells = (style: Style, contractor: string, organization: string) =>
    makePair(set, SIGNERS, style, [contractor, organization]);
  const formatSealMark = ({ seal }: FormSignature) => (seal ? "М. П." : "");
  return [
    makeRow(FRAMES.signers, makeSignerCells(STYLES.role, ours.role, theirs.role)),
    makeRow(FRAMES.signerNames, makeSignerCells(STYLES.party, ours.party, theirs.party)),
    ...makePositionRows(form.signatures, set),
    makeRow(FRAMES.bases, makeSignerCells(STYLES.label, ours.basis ?? "", theirs.basis ?? "")),
    makeRow(FRAMES.signatures, makePair(set, NAMES, STYLES.value, [ours.name ?? "", theirs.name ?? ""]), 1),
    makeRow(FRAMES.caption, [
      ...makePair(set, [HANDS[0], NAMES[0]], STYLES.caption, CAPTIONS),
      ...makePair(set, [HANDS[1], NAMES[1]], STYLES.caption, CAPTIONS),
    ]),
    makeRow(
      form.footer === "" ? FRAMES.seals : FRAMES.sealsBeforeFooter,
      makeSignerCells(STYLES.label, formatSealMark(ours), formatSealMark(theirs)),
    ),
  ];
}

/** Rows of positions; an unknown position gets a line for handwriting. */
function makePositionRows(signatures: Pair<FormSignature>, set: Typesetter): Row[] {
  const [ours, theirs] = signatures;
  const cells = makePair(set, SIGNERS, STYLES.value, [ours.position ?? "", theirs.position ?? ""]);
  const blanks = SIGNERS.filter((_, index) => signatures[index as 0 | 1].position === null);
  if (blanks.length === 0) return [makeRow(FRAMES.positions, cells, 1)];
  return [
    makeRow(makeFrame({ keepNext: true, gap: BLANK_GAP, rules: blanks.map(makeStroke) }), cells, 1),
    makeRow(
      FRAMES.caption,
      blanks.map((place) => set.makeCell("должность", STYLES.caption, place)),
    ),
  ];
}

function makePair(set: Typesetter, places: Pair<Place>, style: Style, texts: Pair<string>): Cell[] {
  return [set.makeCell(texts[0], style, places[0]), set.makeCell(texts[1], style, places[1])];
}
