import { type OdataCall, type Row, refOf } from "../client.ts";
import { getActMapping, type Infobase } from "../infobase.ts";
import { formatMoment, readRef, writeMoney } from "../literals.ts";
import { getCurrencyRef, getElementRef, getOrganizationRef, isLive } from "../lookups.ts";
import type { Metadata } from "../metadata.ts";
import type { KnownOptions } from "./options.ts";
import { ONE_ROUBLE, TEST_NAME, type Trial } from "./trial.ts";

const DIVISIONS = "Catalog_ПодразделенияОрганизаций";
const DIVISION = "ПодразделениеОрганизации_Key";
const CASH_FLOW_ITEMS = "Catalog_СтатьиДвиженияДенежныхСредств";
const FIRST_ROWS = 20;
/** Time of the draft; a fixed time of БП 3.0 is a whole hour. */
const DRAFT_TIME = "11:22:33";

/** Catalogues to read for a probe, if published. */
export const PROBE_ENTITIES: readonly string[] = [DIVISIONS, CASH_FLOW_ITEMS];

/**
 * Writes a draft of an act without contract and accounts, and marks the draft at once. 1C's changes show the options.
 * 1C puts in a contract or accounts, sets another time, or wipes a division (БП 3.0.198, ПередЗаписью of the documents).
 * Throws errors of 1C.
 */
export async function tryDraft({ card, draft, parts, run }: Trial, metadata: Metadata | null): Promise<KnownOptions> {
  return run(async (base) => {
    const act = getActMapping(base);
    const division = await findDivision(base, metadata);
    const row = await toDraftRow(base, { card, division, date: formatMoment(parts.today(), DRAFT_TIME) });
    const kept = await base.odata.create(act.entity, { Ref_Key: draft, ...row });
    await base.odata.update(act.entity, refOf(kept), { DeletionMark: true });
    const [line] = toRows(kept[act.section]);
    const accounts = Object.keys(act.lineAccounts);
    return {
      contracts: readRef(kept[act.fields.contract]) === null,
      fixedTime: kept.Date !== row.Date,
      ...(accounts.length === 0 || line === undefined
        ? {}
        : { hiddenAccounts: accounts.some((field) => readRef(line[field]) !== null) }),
      ...(division === null ? {} : { divisions: readRef(kept[DIVISION]) !== null }),
    };
  });
}

interface Draft {
  readonly card: string;
  readonly division: string | null;
  readonly date: string;
}

async function toDraftRow(base: Infobase, { card, date, division }: Draft): Promise<Row> {
  const { mapping } = base;
  const { constants, fields, lineConstants, lineFields, operation, section } = getActMapping(base);
  return {
    Date: date,
    ...constants,
    ...(operation === null ? {} : { [operation.field]: operation.value }),
    [fields.organization]: await getOrganizationRef(base),
    [fields.counterparty]: card,
    [fields.currency]: await getCurrencyRef(base),
    [fields.comment]: TEST_NAME,
    ...(division === null ? {} : { [DIVISION]: division }),
    [section]: [
      {
        LineNumber: 1,
        ...lineConstants,
        [lineFields.item]: await getElementRef(base, mapping.item),
        [lineFields.content]: TEST_NAME,
        [lineFields.quantity]: 1,
        [lineFields.price]: writeMoney(ONE_ROUBLE),
        [lineFields.amount]: writeMoney(ONE_ROUBLE),
        [lineFields.vatRate]: mapping.vatRates.none,
        [lineFields.vatAmount]: 0,
      },
    ],
  };
}

/** Reference of some division of the organisation; null where divisions are not published or there is none. */
async function findDivision({ mapping, odata, settings }: Infobase, metadata: Metadata | null): Promise<string | null> {
  const act = metadata?.entities.get(mapping.acts[settings.actDocument].entity);
  if (metadata?.entities.has(DIVISIONS) !== true || act?.properties.has(DIVISION) !== true) return null;
  return findAnyRef(odata, DIVISIONS);
}

/**
 * Writes some cash-flow item into the test order. 1C wipes the item where the option is off (БП 3.0.198, ПередЗаписью
 * of ПлатежноеПоручение). Throws errors of 1C.
 */
export async function tryCashFlowItem({ order, parts }: Trial, metadata: Metadata | null): Promise<KnownOptions> {
  const { entity, fields } = parts.mapping.paymentOrder;
  const { cashFlowItem: field } = fields;
  if (field === null || metadata?.entities.has(CASH_FLOW_ITEMS) !== true) return {};
  return parts.client.call(async (odata) => {
    const item = await findAnyRef(odata, CASH_FLOW_ITEMS);
    if (item === null) return {};
    const kept = await odata.update(entity, order, { [field]: item });
    return { cashFlow: readRef(kept[field]) !== null };
  });
}

async function findAnyRef(odata: OdataCall, entity: string): Promise<string | null> {
  const rows = await odata.list(entity, { orderBy: "Ref_Key", top: FIRST_ROWS });
  const row = rows.find((one) => isLive(one) && one.IsFolder !== true);
  return row === undefined ? null : refOf(row);
}

function toRows(section: unknown): readonly Row[] {
  return Array.isArray(section) ? section : [];
}
