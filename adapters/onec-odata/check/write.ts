import type { AdapterAnswer, CheckLine, CreateActParams } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import type { Contractor } from "../../../core/parties.ts";
import { toErrorLine, toFailedLine, toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { type OdataCall, type Row, refOf } from "../client.ts";
import { formatEquals, formatGuid, formatMoment, quoteText, readMoney, readRef, readText } from "../literals.ts";
import { isLive } from "../lookups.ts";
import type { OdataCheckParts } from "./parts.ts";

export const TEST_NAME = "Проверка обмена onec-relay, можно удалить";

/** INN of no company: regions of an INN begin with 01. */
const TEST_INN = "0000000018";
const TEST_ACCOUNT = "40702810000000000001";
const ONE_ROUBLE = 100;

const CARD = "Запись контрагента";
const ACT = "Запись акта";
export const POSTING = "Проведение акта";
const SECTION = "Строки акта";
const KEY = "Повтор под той же ссылкой";
const VOID = "Отмена и пометка удаления";
const CLEANING = "Уборка за проверкой";
const ORDER = "Запись платёжного поручения";
const STEPS = [CARD, ACT, POSTING, SECTION, KEY, VOID];

const TELL = "Не запускайте шлюз в работу: возможны дубли. Выясните, какой обработчик 1С меняет документ";

/** Lines of a check without writes. `todo`: how to run the checks. */
export function createSkippedLines(todo = "Запустите проверку с записью: doctor --write"): CheckLine[] {
  return [...STEPS.map((name) => toUncheckedLine(name, todo)), createOrderLine()];
}

/** The line about payment orders. A check makes no order, since people could send a test order to the bank. */
function createOrderLine(): CheckLine {
  const todo = "Сверьте первое настоящее поручение в 1С перед отправкой в банк";
  return toUncheckedLine(ORDER, todo, "учебное поручение не создаётся, чтобы не уйти в банк");
}

/**
 * Makes a card with account and contract, and posts an act of one rouble of today. Tries a second act under the same
 * reference, and cancels the posting. Marks everything for deletion, also after a failure and after a killed run.
 */
export async function checkWrite(parts: OdataCheckParts): Promise<CheckLine[]> {
  await clean(parts);
  const lines: CheckLine[] = [];
  let left: readonly string[] = [];
  try {
    await tryAll({ parts, act: crypto.randomUUID(), card: crypto.randomUUID(), contractor: null }, lines);
  } finally {
    left = await clean(parts);
  }
  const names = new Set(lines.map(({ name }) => name));
  const skipped = STEPS.filter((name) => !names.has(name));
  return [
    ...lines,
    ...skipped.map((name) => toUncheckedLine(name, "Исправьте предыдущее и повторите проверку")),
    toCleanupLine(left),
    createOrderLine(),
  ];
}

function toCleanupLine(left: readonly string[]): CheckLine {
  if (left.length === 0) return toOkLine(CLEANING, "всё, что создано проверкой, помечено на удаление");
  const todo = `Пометьте на удаление в 1С: «${TEST_NAME}»`;
  return toFailedLine(CLEANING, `осталось непомеченным: ${left.join(", ")}`, todo);
}

interface Trial {
  readonly parts: OdataCheckParts;
  readonly act: string;
  readonly card: string;
  contractor: Contractor | null;
}

/** Runs the steps in order, since each step needs the step before. */
async function tryAll(trial: Trial, lines: CheckLine[]): Promise<void> {
  for (const step of [tryCard, tryAct, trySection, tryKey, tryVoid]) {
    const found = await step(trial);
    lines.push(...found);
    if (found.some(({ ok }) => ok === false) && step !== tryKey && step !== trySection) return;
  }
}

async function tryCard(trial: Trial): Promise<CheckLine[]> {
  const { parts } = trial;
  try {
    trial.contractor = await createTestContractor(parts);
    const { contractor, card } = trial;
    await parts.writes.upsertCounterparty({ ref: card, contractor }, { id: card });
    return [toOkLine(CARD, "карточка, банковский счёт и договор созданы под ссылками шлюза")];
  } catch (error) {
    return [toErrorLine(CARD, error)];
  }
}

async function createTestContractor({ client, mapping, today }: OdataCheckParts): Promise<Contractor> {
  const { entity, fields } = mapping.bank;
  const banks = await client.call((odata) => odata.list(entity, { orderBy: "Ref_Key", top: 50 }));
  const bic = banks
    .filter(isLive)
    .map((bank) => readText(bank[fields.bic]))
    .find((text) => /^\d{9}$/.test(text));
  return {
    id: "doctor",
    registeredOn: today(),
    kind: "company",
    name: TEST_NAME,
    inn: TEST_INN,
    bankAccount: { number: TEST_ACCOUNT, bic: bic ?? "" },
  };
}

async function tryAct(trial: Trial): Promise<CheckLine[]> {
  const { act, parts } = trial;
  try {
    const { number } = await unwrapAnswer(parts.writes.createAct(createTestAct(trial), { id: act }));
    return [toOkLine(ACT, `№ ${number}, ссылка шлюза сохранена`), toOkLine(POSTING, "проведён")];
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "act_not_posted") return [toErrorLine(ACT, error)];
    const todo =
      "Устраните причину, которую называет 1С: чаще всего это счета, статья затрат или договор в ONEC_MAPPING";
    return [toOkLine(ACT, "записан, ссылка шлюза сохранена"), toErrorLine(POSTING, error, todo)];
  }
}

function createTestAct({ act, card, contractor, parts }: Trial): CreateActParams {
  const date = parts.today();
  return {
    ref: act,
    payoutId: "doctor",
    counterpartyRef: card,
    contractor: contractor as Contractor,
    date,
    period: { from: date, to: date },
    amount: ONE_ROUBLE,
    vat: "none",
    lines: [{ name: TEST_NAME, quantity: 1000, unit: "усл.", price: ONE_ROUBLE, amount: ONE_ROUBLE }],
  };
}

async function trySection({ act, parts }: Trial): Promise<CheckLine[]> {
  const { entity, fields, lineFields, section } = parts.mapping.acts[parts.settings.actDocument];
  try {
    const row = await parts.client.call((odata) => odata.get(entity, act));
    const rows = (row?.[section] ?? []) as readonly Row[];
    const isKept = rows.length === 1 && readMoney(rows[0]?.[lineFields.amount]) === ONE_ROUBLE;
    if (isKept && readMoney(row?.[fields.amount]) === ONE_ROUBLE) {
      return [toOkLine(SECTION, `табличная часть «${section}» сохранена: одна строка на 1 рубль`)];
    }
    const detail = `в табличной части «${section}» строк: ${rows.length}, сумма документа ${row?.[fields.amount]}`;
    return [toFailedLine(SECTION, detail, "Проверьте вид операции акта и названия колонок в ONEC_MAPPING")];
  } catch (error) {
    return [toErrorLine(SECTION, error)];
  }
}

/** Tries a second act under the same reference. 1C's refusal protects a repeat from making a second act. */
async function tryKey({ act, card, parts }: Trial): Promise<CheckLine[]> {
  const { client, mapping, settings, today } = parts;
  const { constants, entity, fields, operation } = mapping.acts[settings.actDocument];
  const row = {
    Ref_Key: act,
    Date: formatMoment(today()),
    ...constants,
    ...(operation === null ? {} : { [operation.field]: operation.value }),
    [fields.counterparty]: card,
    [fields.comment]: TEST_NAME,
  };
  try {
    const second = await client.call((odata) => odata.create(entity, row));
    if (refOf(second) === act) return [toOkLine(KEY, "второй документ не появился: 1С перезаписала первый")];
    return [toFailedLine(KEY, "1С завела второй документ с другой ссылкой", TELL)];
  } catch (error) {
    if (!(error instanceof AdapterError) || error.outcome !== "rejected") return [toErrorLine(KEY, error)];
    return [toOkLine(KEY, `1С отказывает: ${error.detail ?? error.code}`)];
  }
}

async function tryVoid({ act, parts }: Trial): Promise<CheckLine[]> {
  const { client, mapping, settings, writes } = parts;
  const { entity } = mapping.acts[settings.actDocument];
  try {
    await unwrapAnswer(writes.voidAct({ ref: act, reason: TEST_NAME }, { id: act }));
    const row = await client.call((odata) => odata.get(entity, act));
    if (row?.Posted === false && row.DeletionMark === true) {
      return [toOkLine(VOID, "проведение отменено, документ помечен на удаление")];
    }
    const detail = `документ ${row?.Posted === true ? "остался проведённым" : "не помечен на удаление"}`;
    return [toFailedLine(VOID, detail, "Отмените его в 1С вручную и проверьте обработчики записи документа")];
  } catch (error) {
    return [toErrorLine(VOID, error)];
  }
}

/** Marks test objects, found by INN, also of a killed run or under 1C's own references; returns unmarked objects. */
async function clean(parts: OdataCheckParts): Promise<string[]> {
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
  const ofContract =
    contract === null
      ? []
      : await listLiveRows(parts, contract.entity, formatEquals(contract.fields.owner, formatGuid(card)));
  const byNumber = formatEquals(bankAccount.fields.number, quoteText(TEST_ACCOUNT));
  const ofAccount = await listLiveRows(parts, bankAccount.entity, byNumber);
  const accounts = (ofAccount ?? []).filter((row) => readRef(row[bankAccount.fields.owner]) === card);
  return [
    ...(ofAct ?? [])
      .filter(isOurs)
      .map((row) => ({ what: "акт", set: act.entity, row, more: { [comment]: TEST_NAME } })),
    ...(contract === null ? [] : (ofContract ?? []))
      .filter((row) => readRef(row[contract?.fields.owner ?? ""]) === card)
      .map((row) => ({ what: "договор", set: contract?.entity ?? "", row })),
    ...accounts.map((row) => ({ what: "банковский счёт", set: bankAccount.entity, row })),
  ];
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

/** The answer as a value: this adapter never answers later. */
async function unwrapAnswer<T>(answer: AdapterAnswer<T>): Promise<T> {
  return (await answer) as T;
}
