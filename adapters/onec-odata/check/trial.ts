import type { CreateActParams, Difference } from "../../../core/adapter.ts";
import type { Contractor } from "../../../core/parties.ts";
import { createAct, voidAct } from "../acts.ts";
import { createCache } from "../cache.ts";
import type { OdataCall } from "../client.ts";
import { upsertCounterparty } from "../counterparties.ts";
import type { Infobase } from "../infobase.ts";
import { EMPTY_REF, isRef, readText } from "../literals.ts";
import { isLive } from "../lookups.ts";
import { createPaymentOrder } from "../payment-orders.ts";
import type { OdataCheckParts } from "./parts.ts";
import { type Right, visibleNameOf } from "./rights.ts";

export const TEST_NAME = "Проверка обмена onec-relay, можно удалить";
/** Start of the purpose of the test order, for people who see the order before its deletion. */
export const TEST_PURPOSE = "НЕ ОПЛАЧИВАТЬ: проверка обмена onec-relay, поручение пробное. Без НДС";

/** INN of no entrepreneur: regions of an INN begin with 01. */
export const TEST_INN = "000000000184";
/** Accounts of entrepreneurs begin with 40802, and such an account changes its owner's card in БП 3.0. */
export const TEST_ACCOUNT = "40802810000000000001";
export const ONE_ROUBLE = 100;

/** One write of the adapter, with the required right. */
interface Write {
  readonly entity: string;
  readonly right: Right;
}

/** Test objects of one run. The references are the relay's own, as for real objects. */
export interface Trial {
  readonly parts: OdataCheckParts;
  readonly act: string;
  readonly card: string;
  readonly draft: string;
  readonly order: string;
  readonly contractor: Contractor;
  /** Writes in order; the last write tells the object and the right of a refusal. */
  readonly writes: Write[];
  /** Fields with 1C's own decision. */
  readonly differences: Difference[];
  /** Runs work over the infobase as the adapter does, and records each write. */
  run<T>(work: (base: Infobase) => Promise<T>): Promise<T>;
}

export async function createTrial(parts: OdataCheckParts): Promise<Trial> {
  const { client, clock, mapping, settings } = parts;
  const writes: Write[] = [];
  const differences: Difference[] = [];
  const cache = createCache({ keepMs: 60_000, clock });
  const recent = createCache({ keepMs: 60_000, clock });
  return {
    parts,
    act: crypto.randomUUID(),
    card: crypto.randomUUID(),
    draft: crypto.randomUUID(),
    order: crypto.randomUUID(),
    contractor: await createTestContractor(parts),
    writes,
    differences,
    run: (work) =>
      client.call((odata) =>
        work({ odata: recordWrites(odata, writes), mapping, settings, cache, recent, differences }),
      ),
  };
}

function recordWrites(odata: OdataCall, writes: Write[]): OdataCall {
  return {
    ...odata,
    create(entity, row) {
      writes.push({ entity, right: "Добавление" });
      return odata.create(entity, row);
    },
    update(entity, ref, row) {
      writes.push({ entity, right: "Изменение" });
      return odata.update(entity, ref, row);
    },
    post(entity, ref) {
      writes.push({ entity, right: "Проведение" });
      return odata.post(entity, ref);
    },
    unpost(entity, ref) {
      writes.push({ entity, right: "Отмена проведения" });
      return odata.unpost(entity, ref);
    },
  };
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
    kind: "entrepreneur",
    name: TEST_NAME,
    inn: TEST_INN,
    bankAccount: { number: TEST_ACCOUNT, bic: bic ?? "" },
  };
}

export function writeCard({ card, contractor, run }: Trial): Promise<unknown> {
  return run((base) => upsertCounterparty(base, { ref: card, contractor }));
}

export function writeAct(trial: Trial): Promise<{ readonly number: string }> {
  return trial.run((base) => createAct(base, toActParams(trial)));
}

function toActParams({ act, card, contractor, parts }: Trial): CreateActParams {
  const date = parts.today();
  return {
    ref: act,
    payoutId: "doctor",
    counterpartyRef: card,
    contractor,
    date,
    period: { from: date, to: date },
    amount: ONE_ROUBLE,
    vat: "none",
    lines: [{ name: TEST_NAME, quantity: 1000, unit: "усл.", price: ONE_ROUBLE, amount: ONE_ROUBLE }],
  };
}

export function cancelAct({ act, run }: Trial): Promise<unknown> {
  return run((base) => voidAct(base, act));
}

export function writeOrder(trial: Trial): Promise<{ readonly number: string }> {
  const { act, card, contractor, order, parts } = trial;
  return trial.run((base) =>
    createPaymentOrder(base, {
      ref: order,
      actRef: act,
      counterpartyRef: card,
      contractor,
      date: parts.today(),
      amount: ONE_ROUBLE,
      vat: "none",
      purpose: TEST_PURPOSE,
    }),
  );
}

/** Describes the fields that 1C decided itself, once each: «документ «…»: Date («…» → «…»)». */
export function listChangedFields({ differences }: Trial): string[] {
  const found = differences.map(
    ({ field, kept, object, sent }) =>
      `${visibleNameOf(object)}: ${field} (${formatValue(sent)} → ${formatValue(kept)})`,
  );
  return [...new Set(found)];
}

/** A value for people: a reference says nothing to people. */
function formatValue(value: string): string {
  if (value === "" || value === EMPTY_REF) return "пусто";
  return isRef(value) ? "другой элемент" : `«${value}»`;
}
