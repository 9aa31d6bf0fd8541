import type { Act, ActDocument } from "../act.ts";
import { printDate, printLongDate } from "../date.ts";
import { RelayError } from "../errors.ts";
import { computeIncludedVat, printMoney, printQuantity } from "../money.ts";
import type { Contractor, Organization, Signatory } from "../parties.ts";
import type { Period } from "../period.ts";
import { formatMoneyInWords } from "../words.ts";
import { type ActTemplate, fillIn, formatContractName, printPeriod, toServiceLines } from "./template.ts";

/** Input for printing an act: a document with a number in 1C and a known period. */
export interface PrintableAct extends Pick<Act, "amount" | "vat" | "services" | "contractor"> {
  readonly document: ActDocument;
  readonly period: Period;
}

/** A requisite of both parties side by side: исполнитель first, заказчик second; null for no value. */
export interface FormRequisite {
  readonly label: string;
  readonly values: readonly [contractor: string | null, organization: string | null];
}

/** A party (сторона) in the signature block. A null is printed as a blank to fill in by hand. */
export interface FormSignature {
  readonly role: string;
  readonly party: string;
  readonly position: string | null;
  /** «на основании Устава»; null without a basis. */
  readonly basis: string | null;
  readonly name: string | null;
  /** Place for a seal (М.П.): a natural person has no seal. */
  readonly seal: boolean;
}

/** A label with a value, such as «Итого: 15 000,00». */
export interface FormTotal {
  readonly label: string;
  readonly value: string;
}

/** Content of an act's page (печатная форма), as data, without fonts and places. */
export interface ActForm {
  /** Name of the document for the viewer's window and the running foot: «Акт № 12 от 24.11.2026». */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  readonly roles: readonly [contractor: string, organization: string];
  readonly parties: readonly [contractor: string, organization: string];
  readonly requisites: readonly FormRequisite[];
  /** «Основание», «Период». */
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** In the order of the columns: №, name, quantity, unit, price, amount. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly total: FormTotal;
  /** VAT line (НДС): the VAT in the sum, or «Без налога (НДС)» with a dash. */
  readonly vat: FormTotal;
  readonly summary: string;
  readonly amountInWords: string;
  readonly statement: string;
  readonly signatures: readonly [contractor: FormSignature, organization: FormSignature];
  readonly footer: string;
}

const ROLES = ["Исполнитель", "Заказчик"] as const;
const ENTREPRENEUR = /^(?:ИП|Индивидуальный предприниматель)\s+/i;
const BASIS = /^(?:действ\S+ )?на основании\s/i;

/** Requires an act ready for print. Throws RelayError `print_failed` without a document in 1C or a period. */
export function requirePrintable(act: Pick<Act, keyof PrintableAct>): asserts act is PrintableAct {
  if (act.document === null || act.period === null) {
    throw new RelayError("print_failed", "У акта нет номера в 1С или периода");
  }
}

/** Builds an act's form with all fields of a primary document (первичный документ, 402-ФЗ ст. 9). */
export function buildActForm(input: {
  readonly act: PrintableAct;
  readonly organization: Organization;
  readonly template: ActTemplate;
}): ActForm {
  const { act, organization, template } = input;
  const { number, date } = act.document;
  const lines = toServiceLines(act, template, act.period);
  const sum = printMoney(act.amount);
  return {
    name: fillIn(template.title, { number, date: printDate(date) }),
    title: fillIn(template.title, { number, date: printLongDate(date) }),
    subtitle: template.subtitle,
    roles: ROLES,
    parties: [formatPartyName(act.contractor), organization.fullName || organization.name],
    requisites: listRequisites(act.contractor, organization),
    facts: listFacts(act),
    columns: Object.values(sortColumns(template)),
    rows: lines.map((line, index) => [
      String(index + 1),
      line.name,
      printQuantity(line.quantity),
      line.unit,
      printMoney(line.price),
      printMoney(line.amount),
    ]),
    total: { label: "Итого:", value: sum },
    vat: toVatTotal(act),
    summary: `Всего оказано услуг ${lines.length}, на сумму ${sum}\u00A0руб.`,
    amountInWords: formatMoneyInWords(act.amount),
    statement: template.statement,
    signatures: [toContractorSignature(act.contractor), toOrganizationSignature(organization)],
    footer: template.footer,
  };
}

function sortColumns(template: ActTemplate) {
  const { number, name, quantity, unit, price, amount } = template.columns;
  return { number, name, quantity, unit, price, amount };
}

function listFacts(act: PrintableAct): ActForm["facts"] {
  const period = { label: "Период услуг", value: printPeriod(act.period) };
  const { contract } = act.contractor;
  return contract === undefined
    ? [period]
    : [{ label: "Основание", value: formatContractName(contract, "Договор") }, period];
}

function listRequisites(contractor: Contractor, organization: Organization): FormRequisite[] {
  const [ours, theirs] = [contractor.bankAccount, organization.bankAccount];
  const rows: [label: string, contractor: string | undefined, organization: string | undefined][] = [
    ["ИНН", contractor.inn, organization.inn],
    ["КПП", contractor.kpp, organization.kpp],
    [contractor.kind === "entrepreneur" ? "ОГРНИП / ОГРН" : "ОГРН", contractor.ogrn, organization.ogrn],
    ["Адрес", contractor.legalAddress, organization.address],
    ["Расчётный счёт", ours.number, theirs?.number],
    ["Банк", ours.bankName, theirs?.bankName],
    ["БИК", ours.bic, theirs?.bic],
    ["Корр. счёт", ours.corrAccount, theirs?.corrAccount],
  ];
  return rows
    .map(([label, a, b]) => ({ label, values: [a || null, b || null] as const }))
    .filter(({ values: [a, b] }) => a !== null || b !== null);
}

function toVatTotal(act: PrintableAct): FormTotal {
  if (act.vat === "none") return { label: "Без налога (НДС)", value: "–" };
  return { label: `В том числе НДС ${act.vat}%:`, value: printMoney(computeIncludedVat(act.amount, act.vat)) };
}

/** An entrepreneur acts under his own name with the title in front, even if the platform omits the title. */
export function formatPartyName(contractor: Contractor): string {
  const name = contractor.fullName || contractor.name;
  return contractor.kind === "entrepreneur" && !ENTREPRENEUR.test(name) ? `ИП ${name}` : name;
}

function toContractorSignature(contractor: Contractor): FormSignature {
  const [role] = ROLES;
  const party = formatPartyName({ ...contractor, fullName: contractor.name });
  const { kind, signatory } = contractor;
  if (kind === "company") return { role, party, ...toSigner(signatory), seal: true };
  const own = {
    entrepreneur: "Индивидуальный предприниматель",
    self_employed: "Самозанятый (плательщик НПД)",
    individual: "Физическое лицо",
  }[kind];
  // A contractor without a signatory signs in person, under the contractor's name.
  const name = (contractor.fullName || contractor.name).replace(ENTREPRENEUR, "");
  const person = toSigner({ ...signatory, position: signatory?.position || own, name: signatory?.name || name });
  return { role, party, ...person, seal: kind === "entrepreneur" };
}

function toOrganizationSignature(organization: Organization): FormSignature {
  return { role: ROLES[1], party: organization.name, ...toSigner(organization.signatory), seal: true };
}

function toSigner(signatory: Signatory | undefined): Pick<FormSignature, "position" | "basis" | "name"> {
  const basis = signatory?.basis ?? "";
  return {
    position: signatory?.position || null,
    basis: basis === "" || BASIS.test(basis) ? basis || null : `на основании ${basis}`,
    name: signatory?.name || null,
  };
}
