import { type FontSet, textWidth } from "./font.ts";
import type { ActForm, FormSignature, FormTotal } from "./form.ts";
import { type Cell, CONTENT, makeCell, makeRow, type Row, type RowOptions, type Rule, type Style } from "./rows.ts";

const style = (size: number, options: Partial<Style> = {}): Style => ({ size, bold: false, gray: 0, ...options });

const STYLES = {
  title: style(1500, { bold: true }),
  subtitle: style(1050, { gray: 42 }),
  role: style(800, { gray: 42 }),
  party: style(950, { bold: true }),
  label: style(850, { gray: 42 }),
  value: style(900),
  heading: style(800, { bold: true, gray: 25 }),
  total: style(950),
  strong: style(1000, { bold: true }),
  caption: style(650, { gray: 50 }),
} as const;

const GAP = 1400;
const LABELS = { x: 0, width: 7600 };
const PARTY_WIDTH = Math.floor((CONTENT - LABELS.width - 2 * GAP) / 2);
const PARTIES = [
  { x: LABELS.width + GAP, width: PARTY_WIDTH },
  { x: LABELS.width + PARTY_WIDTH + 2 * GAP, width: PARTY_WIDTH },
] as const;

const SIGNER_WIDTH = 22400;
const SIGNERS = [
  { x: 0, width: SIGNER_WIDTH },
  { x: CONTENT - SIGNER_WIDTH, width: SIGNER_WIDTH },
] as const;
const HAND = 8800;

const HAIRLINE: Rule = { x: 0, width: CONTENT, thickness: 40, gray: 75 };
const LINE: Rule = { x: 0, width: CONTENT, thickness: 70, gray: 20 };
const COLUMN_GAP = 1000;

type Place = { readonly x: number; readonly width: number; readonly align?: Cell["align"] };
type Setter = (text: string, style: Style, place: Place) => Cell;

/** Lays a normalised form out as rows, from top to bottom, without knowing about pages. */
export function layoutForm(form: ActForm, fonts: FontSet): Row[] {
  const set: Setter = (text, textStyle, place) => makeCell(fonts, text, textStyle, place);
  return [
    ...headRows(form, set),
    ...partyRows(form, set),
    ...tableRows(form, set, fonts),
    ...totalRows(form, set),
    ...signatureRows(form, set),
    ...(form.footer === "" ? [] : [makeRow([set(form.footer, STYLES.role, whole())], { gap: 1800 })]),
  ].filter((row) => row.lines > 0 || row.rules.length > 0);
}

function headRows(form: ActForm, set: Setter): Row[] {
  return [
    makeRow([set(form.title, STYLES.title, whole())], { keepNext: true }),
    makeRow([set(form.subtitle, STYLES.subtitle, whole())], { keepNext: true, gap: 100 }),
    makeRow([set("", STYLES.caption, whole())], { pad: 450, rules: [LINE], keepNext: true }),
  ];
}

function partyRows(form: ActForm, set: Setter): Row[] {
  const pair = (texts: readonly (string | null)[], textStyle: Style): Cell[] =>
    PARTIES.map((place, index) => set(texts[index] ?? "—", textStyle, place));
  const labelled = (label: string, cells: readonly Cell[], options: RowOptions) =>
    makeRow([set(label, STYLES.label, LABELS), ...cells], options);
  const facts = { x: PARTIES[0].x, width: CONTENT - PARTIES[0].x };
  return [
    makeRow(pair(form.roles, STYLES.role), { gap: 900, keepNext: true }),
    makeRow(pair(form.parties, STYLES.party), { gap: 50, keepNext: true }),
    ...form.requisites.map(({ label, values }, index) =>
      labelled(label, pair(values, STYLES.value), { gap: index === 0 ? 350 : 150 }),
    ),
    ...form.facts.map(({ label, value }, index) =>
      labelled(label, [set(value, STYLES.value, facts)], { gap: index === 0 ? 900 : 150 }),
    ),
  ];
}

function tableRows(form: ActForm, set: Setter, fonts: FontSet): Row[] {
  const columns = columnPlaces(form, fonts);
  const cells = (texts: readonly string[], textStyle: Style) =>
    columns.map((place, index) => set(texts[index] ?? "", textStyle, place));
  const head = makeRow(cells(form.columns, STYLES.heading), { gap: 1400, pad: 450, rules: [LINE], keepNext: true });
  const repeated = { ...head, gap: 0 };
  return [
    head,
    ...form.rows.map((texts, index) => {
      const last = index === form.rows.length - 1;
      const rules = [last ? LINE : HAIRLINE];
      return makeRow(cells(texts, STYLES.value), { pad: 400, rules, head: [repeated], keepNext: last });
    }),
  ];
}

/** Columns of numbers are as wide as what they hold, within bounds; the name takes the rest. */
function columnPlaces(form: ActForm, fonts: FontSet): Place[] {
  const bounds = [
    { min: 1200, max: 3600, align: "left" },
    { min: 0, max: 0, align: "left" },
    { min: 3000, max: 9400, align: "right" },
    { min: 2600, max: 5200, align: "left" },
    { min: 5600, max: 9400, align: "right" },
    { min: 5600, max: 9400, align: "right" },
  ] as const;
  const widths = bounds.map(({ min, max }, index) => {
    const heading = widest(form.columns[index]?.split(" ") ?? [], fonts.bold, STYLES.heading.size);
    const content = widest(
      form.rows.map((row) => row[index] ?? ""),
      fonts.regular,
      STYLES.value.size,
    );
    return Math.min(max, Math.max(min, heading, content));
  });
  const taken = widths.reduce((sum, width) => sum + width, COLUMN_GAP * (bounds.length - 1));
  widths[1] = CONTENT - taken;
  let x = 0;
  return bounds.map(({ align }, index) => {
    const width = widths[index] as number;
    const place = { x, width, align };
    x += width + COLUMN_GAP;
    return place;
  });
}

function widest(texts: readonly string[], widths: Uint16Array, size: number): number {
  let most = 0;
  for (const text of texts) most = Math.max(most, textWidth(widths, text));
  return Math.ceil((most * size) / 1000);
}

/** Totals stay with the last line of the table; what the parties state stays with their signatures. */
function totalRows(form: ActForm, set: Setter): Row[] {
  const values = { x: CONTENT - 11000, width: 11000, align: "right" } as const;
  const labels = { x: 0, width: CONTENT - 11000 - COLUMN_GAP, align: "right" } as const;
  const total = ({ label, value }: FormTotal, textStyle: Style, options: RowOptions) =>
    makeRow([set(label, textStyle, labels), set(value, textStyle, values)], options);
  const keep = { keepNext: true };
  return [
    total(form.total, STYLES.strong, { ...keep, gap: 600 }),
    total(form.vat, STYLES.value, { gap: 200 }),
    makeRow([set(form.summary, STYLES.total, whole())], { ...keep, gap: 1200 }),
    makeRow([set(form.amountInWords, STYLES.strong, whole())], { ...keep, gap: 150 }),
    makeRow([set(form.statement, STYLES.total, whole())], { ...keep, gap: 900 }),
  ];
}

/** Both parties side by side: role, name, position, a line to sign on with the name deciphered, the place of a seal. */
function signatureRows(form: ActForm, set: Setter): Row[] {
  const pair = (text: (signature: FormSignature) => string, textStyle: Style) =>
    SIGNERS.map((place, index) => set(text(form.signatures[index as 0 | 1]), textStyle, place));
  const rule = { thickness: 50, gray: 35 };
  const blanks = SIGNERS.filter((_, index) => form.signatures[index as 0 | 1].position === null);
  const named = SIGNERS.map(({ x, width }, index) =>
    set(form.signatures[index as 0 | 1].name ?? "", STYLES.value, { x: x + HAND + GAP, width: width - HAND - GAP }),
  );
  const strokes = SIGNERS.flatMap(({ x, width }) => [
    { x, width: HAND, ...rule },
    { x: x + HAND + GAP, width: width - HAND - GAP, ...rule },
  ]);
  const captions = SIGNERS.flatMap(({ x, width }) => [
    set("подпись", STYLES.caption, { x, width: HAND }),
    set("расшифровка подписи", STYLES.caption, { x: x + HAND + GAP, width: width - HAND - GAP }),
  ]);
  const keep = { keepNext: true };
  return [
    makeRow(
      pair(({ role }) => role, STYLES.role),
      { ...keep, gap: 2000 },
    ),
    makeRow(
      pair(({ party }) => party, STYLES.party),
      { ...keep, gap: 50 },
    ),
    makeRow(
      pair(({ position }) => position ?? " ", STYLES.value),
      {
        ...keep,
        gap: blanks.length > 0 ? 900 : 300,
        lines: Math.max(1, ...pair(({ position }) => position ?? "", STYLES.value).map((cell) => cell.lines.length)),
        rules: blanks.map((place) => ({ ...place, ...rule })),
      },
    ),
    ...(blanks.length === 0
      ? []
      : [
          makeRow(
            blanks.map((place) => set("должность", STYLES.caption, place)),
            { ...keep, gap: 150 },
          ),
        ]),
    makeRow(
      pair(({ basis }) => basis ?? "", STYLES.label),
      keep,
    ),
    makeRow(named, {
      ...keep,
      gap: 1900,
      lines: Math.max(1, ...named.map((cell) => cell.lines.length)),
      rules: strokes,
    }),
    makeRow(captions, { ...keep, gap: 150 }),
    makeRow(
      pair(({ seal }) => (seal ? "М. П." : ""), STYLES.label),
      { gap: 500, keepNext: form.footer !== "" },
    ),
  ];
}

function whole(): Place {
  return { x: 0, width: CONTENT };
}
