import type { CheckLine } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import { toErrorLine, toFailedLine, toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { type Row, refOf } from "../client.ts";
import { formatMoment, readMoney } from "../literals.ts";
import type { Metadata } from "../metadata.ts";
import { clean } from "./clean.ts";
import { isMissingRight } from "./objects.ts";
import type { KnownOptions } from "./options.ts";
import type { OdataCheckParts } from "./parts.ts";
import { tryCashFlowItem, tryDraft } from "./probe.ts";
import { toMissingRightLine } from "./rights.ts";
import {
  cancelAct,
  createTrial,
  listChangedFields,
  ONE_ROUBLE,
  TEST_NAME,
  type Trial,
  writeAct,
  writeCard,
  writeOrder,
} from "./trial.ts";

const CARD = "Запись контрагента";
const ACT = "Запись акта";
export const POSTING = "Проведение акта";
const SECTION = "Строки акта";
const KEY = "Повтор под той же ссылкой";
const VOID = "Отмена и пометка удаления";
const ORDER = "Запись платёжного поручения";
const CHANGES = "Что 1С меняет при записи";
const CLEANING = "Уборка за проверкой";
const STEPS = [CARD, ACT, POSTING, SECTION, KEY, VOID, ORDER];

const TELL = "Не запускайте шлюз в работу: возможны дубли. Выясните, какой обработчик 1С меняет документ";

/** Results of a check with writes. */
export interface Written {
  readonly lines: readonly CheckLine[];
  readonly options: KnownOptions;
}

/**
 * Lines of a check without writes. Rights to write cannot be seen by reading, so each step stays open. `todo`: how to
 * run the checks.
 */
export function createSkippedLines(
  todo = "Запустите проверку с записью: doctor --write. Только она видит права на запись",
): CheckLine[] {
  return STEPS.map((name) => toUncheckedLine(name, todo));
}

/**
 * Makes a card of an entrepreneur with account and contract, a draft, and an act of one rouble of today. Makes an
 * unposted payment order. Posts the act, tries a second act under the same reference, and cancels the posting. Marks everything
 * for deletion, also after a failure and after a killed run.
 */
export async function checkWrite(parts: OdataCheckParts, metadata: Metadata | null): Promise<Written> {
  await clean(parts);
  const lines: CheckLine[] = [];
  let options: KnownOptions = {};
  let left: readonly string[] = [];
  try {
    const trial = await createTrial(parts);
    options = await tryAll(trial, metadata, lines);
    lines.push(toChangesLine(listChangedFields(trial)));
  } catch (error) {
    lines.push(toErrorLine(CARD, error));
  } finally {
    left = await clean(parts);
  }
  const names = new Set(lines.map(({ name }) => name));
  const skipped = STEPS.filter((name) => !names.has(name));
  const todo = "Исправьте предыдущее и повторите проверку";
  return { lines: [...lines, ...skipped.map((name) => toUncheckedLine(name, todo)), toCleanupLine(left)], options };
}

function toCleanupLine(left: readonly string[]): CheckLine {
  if (left.length === 0) return toOkLine(CLEANING, "всё, что создано проверкой, помечено на удаление");
  const todo = `Пометьте на удаление в 1С: «${TEST_NAME}»`;
  return toFailedLine(CLEANING, `осталось непомеченным: ${left.join(", ")}`, todo);
}

function toChangesLine(changed: readonly string[]): CheckLine {
  if (changed.length === 0) return toOkLine(CHANGES, "ничего: всё записанное шлюзом сохранено как есть");
  const todo = "Покажите бухгалтеру: эти поля в документах будут такими, как решила 1С";
  return toOkLine(CHANGES, changed.join(", "), todo);
}

/** Runs the steps. An act needs the card; an order needs the card, and not a posted act. */
async function tryAll(trial: Trial, metadata: Metadata | null, lines: CheckLine[]): Promise<KnownOptions> {
  const card = await tryCard(trial);
  lines.push(...card);
  if (card.some(({ ok }) => ok === false)) return {};
  // A failed draft leaves the options open; the act tells the reason.
  const ofAct = await tryDraft(trial, metadata).catch(ignoreRefusal);
  lines.push(...(await tryActSteps(trial)));
  const { line, options: ofOrder } = await tryOrder(trial, metadata);
  lines.push(line);
  return { ...ofAct, ...ofOrder };
}

function ignoreRefusal(error: unknown): KnownOptions {
  if (error instanceof AdapterError) return {};
  throw error;
}

/** A failed step with a written act still has its act cancelled by the cleaning. */
async function tryActSteps(trial: Trial): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  for (const step of [tryAct, trySection, tryKey, tryVoid]) {
    const found = await step(trial);
    lines.push(...found);
    if (found.some(({ ok }) => ok === false) && step !== tryKey && step !== trySection) break;
  }
  return lines;
}

/** A line about a refused write: the missing right on the object, else 1C's own words. */
function toRefusedLine({ writes }: Trial, name: string, error: unknown, todo?: string): CheckLine {
  const last = writes.at(-1);
  if (!isMissingRight(error) || last === undefined) return toErrorLine(name, error, todo);
  return toMissingRightLine(name, last.entity, last.right, error);
}

async function tryCard(trial: Trial): Promise<CheckLine[]> {
  try {
    await writeCard(trial).catch((error: unknown) => repeatAfterConflict(trial, error));
    return [toOkLine(CARD, "карточка предпринимателя, счёт 40802 и договор созданы под ссылками шлюза")];
  } catch (error) {
    return [toRefusedLine(trial, CARD, error)];
  }
}

/** Repeats once after a version conflict, as the relay does: БП changes the card when its 40802 account is written. */
function repeatAfterConflict(trial: Trial, error: unknown): Promise<unknown> {
  if (error instanceof AdapterError && error.code === "onec_version_conflict") return writeCard(trial);
  throw error;
}

async function tryAct(trial: Trial): Promise<CheckLine[]> {
  try {
    const { number } = await writeAct(trial);
    return [toOkLine(ACT, `№ ${number}, ссылка шлюза сохранена`), toOkLine(POSTING, "проведён")];
  } catch (error) {
    if (isMissingRight(error) && trial.writes.at(-1)?.right === "Проведение") {
      return [toOkLine(ACT, "записан, ссылка шлюза сохранена"), toRefusedLine(trial, POSTING, error)];
    }
    if (!(error instanceof AdapterError) || error.code !== "act_not_posted") return [toRefusedLine(trial, ACT, error)];
    const todo =
      "Устраните причину, которую называет 1С: чаще всего это счета, статья затрат или договор в ONEC_MAPPING";
    return [toOkLine(ACT, "записан, ссылка шлюза сохранена"), toErrorLine(POSTING, error, todo)];
  }
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

async function tryVoid(trial: Trial): Promise<CheckLine[]> {
  const { act, parts } = trial;
  const { client, mapping, settings } = parts;
  const { entity } = mapping.acts[settings.actDocument];
  try {
    await cancelAct(trial);
    const row = await client.call((odata) => odata.get(entity, act));
    if (row?.Posted === false && row.DeletionMark === true) {
      return [toOkLine(VOID, "проведение отменено, документ помечен на удаление")];
    }
    const detail = `документ ${row?.Posted === true ? "остался проведённым" : "не помечен на удаление"}`;
    return [toFailedLine(VOID, detail, "Отмените его в 1С вручную и проверьте обработчики записи документа")];
  } catch (error) {
    return [toRefusedLine(trial, VOID, error)];
  }
}

/** Writes an unposted order of one rouble, and marks the order before any further check. */
async function tryOrder(
  trial: Trial,
  metadata: Metadata | null,
): Promise<{ readonly line: CheckLine; readonly options: KnownOptions }> {
  const { order, parts } = trial;
  const { entity, fields } = parts.mapping.paymentOrder;
  try {
    const { number } = await writeOrder(trial);
    const mark = { DeletionMark: true, [fields.comment]: TEST_NAME };
    const kept = await parts.client.call((odata) => odata.update(entity, order, mark));
    const options = await tryCashFlowItem(trial, metadata).catch(ignoreRefusal);
    if (kept.DeletionMark === true && kept.Posted !== true) {
      const line = toOkLine(ORDER, `№ ${number} записано непроведённым и сразу помечено на удаление`);
      return { line, options };
    }
    const detail = `поручение № ${number} ${kept.Posted === true ? "проведено" : "не помечено на удаление"}`;
    const todo = "Пометьте его на удаление в 1С и выясните, какой обработчик меняет поручение";
    return { line: toFailedLine(ORDER, detail, todo), options };
  } catch (error) {
    return { line: toRefusedLine(trial, ORDER, error), options: {} };
  }
}
