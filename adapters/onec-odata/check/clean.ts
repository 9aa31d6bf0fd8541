import { type OdataCall, type Row, refOf } from "../client.ts";
import { formatEquals, formatGuid, quoteText, readRef, readText } from "../literals.ts";
import { isLive } from "../lookups.ts";
import type { Mapping } from "../mapping-schema.ts";
import type { OdataCheckParts } from "./parts.ts";
import { TEST_ACCOUNT, TEST_INN, TEST_NAME, TEST_PURPOSE } from "./trial.ts";

/** Marks test objects, found by INN, also of a killed run or under 1C's own references; returns unmarked objects. */
export async function clean(parts: OdataCheckParts): Promise<string[]> {
  const { entity, fields } = parts.mapping.counterparty;
  const left: string[] = [];
  const mark = async (what: string, set: string, row: Row, more: Row = {}) => {
    const isMarked = parts.client.call((odata) => markForDeletion(odata, set, row, more));
    if (!(await isMarked.catch(() => false))) left.push(`${what} ${refOf(row)}`);
  };
  const found = await listLiveRows(parts, entity, formatEquals(fields.inn, quoteText(TEST_INN)));
  // A filter may find foreign cards, so this comparison decides.
  const cards = found?.filter((row) => readText(row[fields.inn]) === TEST_INN) ?? null;
  for (const card of cards ?? []) {
    for (const { what, set, row, more } of await listBelongings(parts, refOf(card))) await mark(what, set, row, more);
    await mark("контрагент", entity, card, { [fields.comment]: TEST_NAME });
  }
  for (const order of (await listOrders(parts)) ?? []) {
    const { comment } = parts.mapping.paymentOrder.fields;
    await mark("платёжное поручение", parts.mapping.paymentOrder.entity, order, { [comment]: TEST_NAME });
  }
  return cards === null ? [`всё с ИНН ${TEST_INN}: 1С не отвечает`] : left;
}

interface Belonging {
  readonly what: string;
  readonly set: string;
  readonly row: Row;
  readonly more?: Row;
}

/** Unmarked contracts and accounts of a test card, and acts without a deletion mark or the test name. */
async function listBelongings(parts: OdataCheckParts, card: string): Promise<Belonging[]> {
  const { acts, bankAccount, contract } = parts.mapping;
  const act = acts[parts.settings.actDocument];
  const { comment } = act.fields;
  // A voided test act still bears the relay's marker until the test name replaces the comment.
  const isOurs = (row: Row) =>
    readRef(row[act.fields.counterparty]) === card && (isLive(row) || readText(row[comment]) !== TEST_NAME);
  const ofAct = await listRows(parts, act.entity, formatEquals(act.fields.counterparty, formatGuid(card)));
  const byNumber = formatEquals(bankAccount.fields.number, quoteText(TEST_ACCOUNT));
  const ofAccount = await listLiveRows(parts, bankAccount.entity, byNumber);
  const accounts = (ofAccount ?? []).filter((row) => readRef(row[bankAccount.fields.owner]) === card);
  return [
    ...(ofAct ?? [])
      .filter(isOurs)
      .map((row) => ({ what: "акт", set: act.entity, row, more: { [comment]: TEST_NAME } })),
    ...(contract === null ? [] : await listContracts(parts, contract, card)),
    ...accounts.map((row) => ({ what: "банковский счёт", set: bankAccount.entity, row })),
  ];
}

async function listContracts(
  parts: OdataCheckParts,
  { entity, fields }: NonNullable<Mapping["contract"]>,
  card: string,
): Promise<Belonging[]> {
  const found = await listLiveRows(parts, entity, formatEquals(fields.owner, formatGuid(card)));
  const own = (found ?? []).filter((row) => readRef(row[fields.owner]) === card);
  return own.map((row) => ({ what: "договор", set: entity, row }));
}

/** Test orders without a deletion mark or the test name; null after a failed request. */
async function listOrders(parts: OdataCheckParts): Promise<readonly Row[] | null> {
  const { entity, fields } = parts.mapping.paymentOrder;
  const found = await listRows(parts, entity, formatEquals(fields.purpose, quoteText(TEST_PURPOSE)));
  if (found === null) return null;
  return found.filter(
    (row) =>
      readText(row[fields.purpose]) === TEST_PURPOSE && (isLive(row) || readText(row[fields.comment]) !== TEST_NAME),
  );
}

/** Rows by a filter; null after a failed request. */
function listRows({ client }: OdataCheckParts, entity: string, filter: string): Promise<readonly Row[] | null> {
  return client.call((odata) => odata.list(entity, { filter })).catch(() => null);
}

async function listLiveRows(parts: OdataCheckParts, entity: string, filter: string): Promise<readonly Row[] | null> {
  return (await listRows(parts, entity, filter))?.filter(isLive) ?? null;
}

/** Marks a row for deletion; cancels the posting before, as 1C demands. */
async function markForDeletion(odata: OdataCall, entity: string, row: Row, more: Row): Promise<boolean> {
  if (row.Posted === true) await odata.unpost(entity, refOf(row));
  return (await odata.update(entity, refOf(row), { ...more, DeletionMark: true })).DeletionMark === true;
}
