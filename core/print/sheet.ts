import type { AcceptedAct } from "../accepted-act.ts";
import type { PrintedForm } from "../act.ts";
import type { RecordedEvent } from "../act-event.ts";
import { printDate, toBusinessDate } from "../date.ts";
import { RelayError } from "../errors.ts";
import { computeIncludedVat, printMoney } from "../money.ts";
import { listMissingCharacters, normalizeText } from "./characters.ts";
import type { FontSet } from "./font.ts";
import { formatPartyName } from "./form.ts";
import { CONTENT, makeFrame, makePlace, makeRow, makeRule, makeStyle, type Row } from "./rows.ts";
import { printPeriod } from "./template.ts";
import { Typesetter } from "./typesetter.ts";

/** Content of the acceptance sheet (протокол принятия) as data, without fonts and places. */
export interface AcceptanceSheet {
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  readonly parts: readonly {
    readonly heading: string;
    readonly lines: readonly { readonly label: string; readonly value: string }[];
  }[];
  readonly statement: string;
}

/** Input of the sheet. `pages`: number of pages of the accepted form. */
export type AcceptedFacts = Omit<AcceptedAct, "form" | "largest"> & { readonly pages: number };

type Accepted = Extract<RecordedEvent, { type: "act.accepted" }>;
type Lines = readonly (readonly [label: string, value: string | null | undefined])[];

const MEANS = {
  password: "пароль от личного кабинета",
  sms_code: "код из СМС",
  esia: "ЕСИА (Госуслуги)",
  other: "иной",
} as const;

/** Events that the sheet names, with their words for a reader. */
const RECORDS: { readonly [type in RecordedEvent["type"]]?: string } = {
  "act.requested": "платформа запросила акт",
  "act.created": "акт создан и проведён в 1С",
  "act.printed": "печатная форма передана платформе",
  "act.accepted": "исполнитель принял акт",
};

const TOLD = "Сведения о принятии пришли от платформы в подписанном сообщении, шлюз хранит их без изменений.";
const SIGNED =
  "По указанному соглашению принятие в личном кабинете считается подписанием простой электронной подписью (статьи 6 и 9 Федерального закона № 63-ФЗ «Об электронной подписи»).";

/**
 * Builds the acceptance sheet of an act: the act, the accepted bytes, the evidence and the relay's records. Throws
 * RelayError `print_failed` without a form or an acceptance.
 */
export function buildAcceptanceSheet(facts: AcceptedFacts): AcceptanceSheet {
  const { act, history, timeZone } = facts;
  const accepted = history.findLast((event) => event.type === "act.accepted");
  const { document, form } = act;
  if (document === null || form === null || accepted === undefined) {
    throw new RelayError("print_failed", "У акта нет принятой формы");
  }
  const { number, date } = document;
  const name = `Акт № ${number} от ${printDate(date)}`;
  const printInstant = (at: number) => formatInstant(at, timeZone);
  const agreed = accepted.evidence !== undefined;
  return {
    name: `Протокол принятия: ${name}`,
    title: "Протокол принятия акта",
    subtitle: name,
    parts: [
      makePart("Акт", listActLines(facts)),
      makePart("Принятая печатная форма", [
        ["Файл", `PDF, ${groupDigits(form.bytes)} байт, страниц: ${facts.pages}`],
        ["SHA-256", form.sha256],
        ["Сверка", formatCheck(accepted, form, printInstant)],
      ]),
      makePart("Принятие", listAcceptanceLines(accepted, printInstant)),
      makePart("Записи шлюза", listRecords(history, printInstant)),
    ],
    statement: agreed ? `${TOLD} ${SIGNED}` : TOLD,
  };
}

function makePart(heading: string, lines: Lines): AcceptanceSheet["parts"][number] {
  const told = lines.flatMap(([label, value]) => (value ? [{ label, value: toPrintable(value) }] : []));
  return { heading, lines: told };
}

function listActLines({ act, organizationInn }: AcceptedFacts): Lines {
  const { contractor, period, vat } = act;
  const vatAmount = printMoney(computeIncludedVat(act.amount, vat));
  return [
    ["Исполнитель", `${formatPartyName(contractor)}, ИНН ${contractor.inn}`],
    ["Заказчик", `ИНН ${organizationInn}`],
    ["Период услуг", period === null ? null : printPeriod(period)],
    ["Сумма", `${printMoney(act.amount)}\u00A0руб.`],
    ["НДС", vat === "none" ? "без налога (НДС)" : `${vat}\u00A0%, ${vatAmount}\u00A0руб.`],
    ["Выплата", `${act.payoutId}, редакция ${act.revision}`],
  ];
}

function formatCheck({ pdfSha256 }: Accepted, form: PrintedForm, printInstant: (at: number) => string): string {
  if (pdfSha256) return "платформа назвала этот же SHA-256";
  const since = form.printedAt === undefined ? "" : ` ${printInstant(form.printedAt)}`;
  return `платформа не назвала SHA-256; форма напечатана${since} и до принятия не менялась`;
}

function listAcceptanceLines(
  { acceptedAt, acceptedBy, evidence }: Accepted,
  printInstant: (at: number) => string,
): Lines {
  const first: Lines = [
    ["Принят", printInstant(acceptedAt)],
    ["Кем", evidence?.by.name ?? acceptedBy],
  ];
  if (evidence === undefined) return [...first, ["Способ", "платформа не сообщила, как подтверждено принятие"]];
  const { by, means, meansText, ip, userAgent, agreement, confirmedAt } = evidence;
  const agreed = [agreement.url, agreement.version && `версия ${agreement.version}`];
  const day = agreement.date && `от ${printDate(agreement.date)}`;
  return [
    ...first,
    ["Учётная запись", by.id],
    ["Контакт", by.contact],
    ["Способ", means === "other" ? meansText : MEANS[means]],
    ["Подтверждено", confirmedAt && printInstant(Date.parse(confirmedAt))],
    ["Адрес в сети", ip],
    ["Устройство", userAgent],
    ["Соглашение", [...agreed, day].filter(Boolean).join(", ")],
  ];
}

/** Numbers and times of the relay's events; of several printed forms only the accepted one. */
function listRecords(history: readonly RecordedEvent[], printInstant: (at: number) => string): Lines {
  const printed = history.findLast((event) => event.type === "act.printed");
  return history
    .filter((event) => event.type !== "act.printed" || event === printed)
    .flatMap(({ type, seq, at }) => {
      const words = RECORDS[type];
      return words === undefined ? [] : [[`№ ${seq}`, `${printInstant(at)} – ${words}`] as const];
    });
}

/** Writes an instant in the business time zone: «24.11.2026 15:00:12 (UTC+03:00)». */
function formatInstant(at: number, timeZone: string): string {
  const options = { timeZone, timeStyle: "medium", hourCycle: "h23" } as const;
  const time = new Intl.DateTimeFormat("en-GB", options).format(at);
  const zone = new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "longOffset" }).formatToParts(at);
  const offset = zone.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "UTC") ?? "UTC";
  return `${printDate(toBusinessDate(at, timeZone))} ${time} (${offset})`;
}

function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u00A0");
}

/** A person's name or a device may hold any character: one without a picture must not stop the sheet. */
function toPrintable(text: string): string {
  const missing = new Set(listMissingCharacters(text));
  return Array.from(normalizeText(text), (char) => (missing.has(char) ? "?" : char)).join("");
}

const STYLES = {
  title: makeStyle(1500, { bold: true }),
  subtitle: makeStyle(1050, { gray: 0.42 }),
  heading: makeStyle(950, { bold: true }),
  label: makeStyle(850, { gray: 0.42 }),
  value: makeStyle(900),
  statement: makeStyle(850, { gray: 0.25 }),
} as const;
const LABEL_WIDTH = 9500;
const WHOLE = makePlace();
const LABELS = makePlace(0, LABEL_WIDTH);
const VALUES = makePlace(LABEL_WIDTH, CONTENT - LABEL_WIDTH);
const FRAMES = {
  title: makeFrame({ keepNext: true }),
  subtitle: makeFrame({ keepNext: true, gap: 100, pad: 450, rules: [makeRule(WHOLE, 70, 0.2)] }),
  heading: makeFrame({ keepNext: true, gap: 1600 }),
  line: makeFrame({ gap: 250 }),
  statement: makeFrame({ gap: 2000 }),
} as const;

/** Lays the sheet out as rows without pages; null when the fonts lack a character. */
export function layOutSheet(sheet: AcceptanceSheet, fonts: FontSet): Row[] | null {
  const set = new Typesetter(fonts);
  const rows = [
    makeRow(FRAMES.title, [set.makeCell(sheet.title, STYLES.title, WHOLE)]),
    makeRow(FRAMES.subtitle, [set.makeCell(sheet.subtitle, STYLES.subtitle, WHOLE)]),
    ...sheet.parts.flatMap(({ heading, lines }) => [
      makeRow(FRAMES.heading, [set.makeCell(heading, STYLES.heading, WHOLE)]),
      ...lines.map(({ label, value }) =>
        makeRow(FRAMES.line, [set.makeCell(label, STYLES.label, LABELS), set.makeCell(value, STYLES.value, VALUES)]),
      ),
    ]),
    makeRow(FRAMES.statement, [set.makeCell(sheet.statement, STYLES.statement, WHOLE)]),
  ];
  return set.complete ? rows : null;
}
