import type { CreateActParams } from "../../core/adapter.ts";
import { printDate } from "../../core/date.ts";
import { splitVat } from "../../core/money.ts";
import type { Period } from "../../core/period.ts";
import { createRejection } from "../onec/errors.ts";
import type { Row } from "./client.ts";
import { withMarker } from "./comment.ts";
import { shortenText } from "./compare.ts";
import { contractOf } from "./contracts.ts";
import { getActMapping, type Infobase } from "./infobase.ts";
import { formatMoment, typeOf, writeMoney, writeQuantity } from "./literals.ts";
import {
  findOrganizationAccount,
  getChartAccounts,
  getCurrencyRef,
  getElementRef,
  getOrganizationRef,
} from "./lookups.ts";
import type { ActMapping } from "./mapping-schema.ts";

/** Midday: a reader in another time zone still finds the same day. */
const TIME = "12:00:00";

/** Makes an act's row, without reference and number. Throws rejected `onec_rejected` for a wrong sum of lines. */
export async function toActRow(base: Infobase, params: CreateActParams, comment: string): Promise<Row> {
  requireSum(params);
  const act = getActMapping(base);
  const { fields } = act;
  const { counterpartyRef, contractor, date, period, amount } = params;
  const codes = await getChartAccounts(base, [...Object.values(act.accounts), ...Object.values(act.lineAccounts)]);
  const own = fields.organizationAccount === null ? null : await findOrganizationAccount(base);
  return {
    Date: formatMoment(date, TIME),
    ...act.constants,
    ...(act.operation === null ? {} : { [act.operation.field]: act.operation.value }),
    [fields.organization]: await getOrganizationRef(base),
    [fields.counterparty]: counterpartyRef,
    [fields.contract]: await contractOf(base, counterpartyRef, contractor),
    [fields.currency]: await getCurrencyRef(base),
    [fields.amount]: writeMoney(amount),
    [fields.comment]: withMarker(comment, params.ref, period),
    ...(fields.incomingDate === null ? {} : { [fields.incomingDate]: formatMoment(date) }),
    ...(fields.organizationAccount === null || own === null ? {} : { [fields.organizationAccount]: own.ref }),
    ...refsOf(act.accounts, codes),
    [act.section]: await toLineRows(base, params, codes),
  };
}

async function toLineRows(base: Infobase, params: CreateActParams, codes: ReadonlyMap<string, string>): Promise<Row[]> {
  const { mapping } = base;
  const act = getActMapping(base);
  const { lineFields: fields } = act;
  const { amount, vat, period } = params;
  const item = await getElementRef(base, mapping.item);
  const analytics = await analyticsOf(base, act.lineAnalytics);
  const vats = splitVat(
    amount,
    vat,
    params.lines.map((line) => line.amount),
  );
  return params.lines.map((line, at) => ({
    LineNumber: at + 1,
    ...act.lineConstants,
    [fields.item]: item,
    [fields.content]: contentOf(line.name, period, act.contentLimit),
    [fields.quantity]: writeQuantity(line.quantity),
    [fields.price]: writeMoney(line.price),
    [fields.amount]: writeMoney(line.amount),
    [fields.vatRate]: mapping.vatRates[vat],
    [fields.vatAmount]: writeMoney(vats[at] ?? 0),
    ...refsOf(act.lineAccounts, codes),
    ...analytics,
  }));
}

function refsOf(accounts: Readonly<Record<string, string>>, codes: ReadonlyMap<string, string>): Row {
  return Object.fromEntries(Object.entries(accounts).map(([field, code]) => [field, codes.get(code) ?? ""]));
}

/** Fields of analytics (субконто). Analytics are composite fields, so each reference needs a type field. */
async function analyticsOf(base: Infobase, wanted: ActMapping["lineAnalytics"]): Promise<Row> {
  const row: Record<string, string> = {};
  // Lookups run one after another, here and everywhere, so that one running call means one request.
  for (const [field, element] of Object.entries(wanted)) {
    row[field] = await getElementRef(base, element);
    row[`${field}_Type`] = typeOf(element.entity);
  }
  return row;
}

/** «Содержание»: the line's name with the days of the period. 1C has no field for the period. */
function contentOf(name: string, period: Period, longest: number): string {
  const days = `с ${printDate(period.from)} по ${printDate(period.to)}`;
  const text = name.replaceAll("\u00A0", " ");
  if (text.includes(days) && text.length <= longest) return text;
  return `${shortenText(text, longest - days.length - 2)}, ${days}`;
}

function requireSum({ lines, amount }: CreateActParams): void {
  if (lines.length > 0 && lines.reduce((sum, line) => sum + line.amount, 0) === amount) return;
  const detail = "Сумма строк не равна сумме документа";
  throw createRejection("onec_rejected", "The lines do not add up to the amount", detail);
}
