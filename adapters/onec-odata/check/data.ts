import type { CheckLine } from "../../../core/adapter.ts";
import { MENUS, toErrorLine, toFailedLine, toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { createRejection } from "../../onec/errors.ts";
import { createCache } from "../cache.ts";
import { getActMapping, type Infobase } from "../infobase.ts";
import { formatEquals, isRef, quoteText, readRef, readText, typeOf } from "../literals.ts";
import {
  findOrganizationAccount,
  getChartAccounts,
  getContactKinds,
  getCurrencyRef,
  getElementRef,
  getOrganizationCard,
  isLive,
} from "../lookups.ts";
import type { Mapping } from "../mapping-schema.ts";
import { isMissingRight } from "./objects.ts";
import type { OdataCheckParts } from "./parts.ts";
import { toHiddenRowsLine } from "./rights.ts";
import { titleOf, wordsOf } from "./uses.ts";

const CONTRACT_KIND = "Вид договора";
const OPERATION = "Вид операции акта";
/** Banks to look at; a filled catalogue has some live bank among these. */
const FIRST_BANKS = 50;
const BANKS_TODO =
  "Справочники → Банки → «Загрузить классификатор»: загрузите классификатор банков, затем повторите проверку";

/** Names of lines about values unseen in a new infobase. A posted test act proves these values. */
export const PROVEN_BY_POSTING: readonly string[] = [CONTRACT_KIND, OPERATION];

interface Check {
  readonly name: string;
  /** Names of the objects to read. */
  readonly needs: readonly string[];
  readonly todo: string;
  look(base: Infobase): Promise<CheckLine | string>;
}

/** Checks all data that the adapter finds by name, code or INN. `readable`: names of readable objects. */
export async function checkData(parts: OdataCheckParts, readable: ReadonlySet<string>): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  for (const check of checksOf(parts)) lines.push(await lineOf(parts, check, readable));
  return lines;
}

async function lineOf(parts: OdataCheckParts, check: Check, readable: ReadonlySet<string>): Promise<CheckLine> {
  const { look, name, needs, todo } = check;
  const closed = needs.find((entity) => !readable.has(entity));
  if (closed !== undefined) {
    return toUncheckedLine(name, "Исправьте доступ к нему и повторите проверку", `недоступен ${titleOf(closed)}`);
  }
  const { client, clock, mapping, settings } = parts;
  try {
    // Fresh caches, so that a repair of a moment ago shows.
    const createFreshCache = () => createCache({ keepMs: 60_000, clock });
    const found = await client.call((odata) =>
      look({ odata, mapping, settings, cache: createFreshCache(), recent: createFreshCache(), differences: [] }),
    );
    return typeof found === "string" ? toOkLine(name, found) : found;
  } catch (error) {
    // The objects themselves were readable a moment ago, so the refusal is about single rows.
    if (isMissingRight(error)) return toHiddenRowsLine(name, needs[0] ?? "");
    return toErrorLine(name, error, todo);
  }
}

function checksOf({ mapping, settings }: OdataCheckParts): Check[] {
  const { bank, bankAccount, chartOfAccounts, contacts, contract, currency, item, organization, paymentOrder } =
    mapping;
  const act = mapping.acts[settings.actDocument];
  const { cashFlowItem } = paymentOrder;
  const elements = [item, ...Object.values(act.lineAnalytics), ...(cashFlowItem === null ? [] : [cashFlowItem])];
  const mapped = "Название должно совпадать полностью; в ONEC_MAPPING можно указать другое или ссылку элемента";
  return [
    {
      name: "Организация",
      needs: [organization.entity],
      todo: `Проверьте ONEC_ORGANIZATION_INN и карточку: ${MENUS.organizations}`,
      look: checkOrganization,
    },
    {
      name: "Счёт организации",
      needs: [organization.entity, bankAccount.entity, bank.entity],
      todo: `Проверьте ONEC_ORGANIZATION_ACCOUNT и счета: ${MENUS.organizations} → Банковские счета`,
      look: checkOrganizationAccount,
    },
    {
      name: "Банки",
      needs: [bank.entity],
      todo: BANKS_TODO,
      look: checkBanks,
    },
    { name: "Валюта", needs: [currency.entity], todo: "Справочники → Валюты: загрузите рубль", look: checkCurrency },
    ...removeDuplicates(elements, ({ entity, element }) => `${entity} ${element}`).map((element) =>
      toElementCheck(element, mapped),
    ),
    {
      name: "Счета учёта",
      needs: [chartOfAccounts],
      todo: "Главное → План счетов: проверьте счета или укажите другие в ONEC_MAPPING",
      look: checkChartAccounts,
    },
    { name: "Виды контактной информации", needs: [contacts.entity], todo: mapped, look: checkContactKinds },
    ...(contract === null
      ? []
      : [
          {
            name: CONTRACT_KIND,
            needs: [contract.entity],
            todo: "Укажите вид договора этой конфигурации в ONEC_MAPPING",
            look: (base: Infobase) =>
              checkValueInUse(base, CONTRACT_KIND, contract.entity, contract.fields.kind, act.contractKind),
          },
        ]),
    ...(act.operation === null ? [] : [toOperationCheck(act.entity, act.operation)]),
  ];
}

function toElementCheck(element: Mapping["item"], todo: string): Check {
  return {
    name: `${wordsOf(element.entity)}: «${element.element}»`,
    needs: [element.entity],
    todo,
    look: (base) => checkElement(base, element),
  };
}

/** Reads an element of the mapping. The adapter itself trusts a reference in the mapping without a read. */
async function checkElement(base: Infobase, element: Mapping["item"]): Promise<string> {
  const ref = await getElementRef(base, element);
  const row = await base.odata.get(element.entity, ref);
  if (row !== null && isLive(row)) return isRef(element.element) ? readText(row.Description) : "есть в справочнике";
  const detail = `В справочнике ${element.entity} нет действующего элемента ${element.element}`;
  throw createRejection("onec_rejected", "An element of a catalogue is not found", detail);
}

function toOperationCheck(entity: string, { field, value }: { readonly field: string; readonly value: string }): Check {
  const name = OPERATION;
  const todo = "Укажите вид операции этой конфигурации в ONEC_MAPPING";
  return { name, needs: [entity], todo, look: (base) => checkValueInUse(base, name, entity, field, value) };
}

function removeDuplicates<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

async function checkOrganization(base: Infobase): Promise<string> {
  const { inn, kpp, name } = base.mapping.organization.fields;
  const card = await getOrganizationCard(base);
  const ofKpp = readText(card[kpp]) === "" ? "" : `, КПП ${readText(card[kpp])}`;
  return `${readText(card[name])}, ИНН ${readText(card[inn])}${ofKpp}`;
}

async function checkOrganizationAccount(base: Infobase): Promise<CheckLine | string> {
  const account = await findOrganizationAccount(base);
  if (account !== null) return `${account.number}, БИК ${account.bic}`;
  const numbers = await listOwnNumbers(base);
  const detail =
    numbers.length === 0
      ? "у организации нет основного банковского счёта"
      : `основной банковский счёт не выбран, а счетов ${numbers.length}: ${numbers.join(", ")}`;
  const todo = `Выберите основной счёт (${MENUS.organizations} → Основной банковский счет) или назовите его в ONEC_ORGANIZATION_ACCOUNT`;
  return toFailedLine("Счёт организации", detail, todo);
}

/** Numbers of the organisation's live accounts. The owner is composite, and 1C filters only by the owner's type. */
async function listOwnNumbers(base: Infobase): Promise<string[]> {
  const { bankAccount, organization } = base.mapping;
  const { number, owner } = bankAccount.fields;
  const ref = readRef((await getOrganizationCard(base)).Ref_Key);
  const filter = formatEquals(`${owner}_Type`, quoteText(typeOf(organization.entity)));
  const rows = await base.odata.list(bankAccount.entity, { filter }).catch(() => []);
  return rows.filter((row) => isLive(row) && readRef(row[owner]) === ref).map((row) => readText(row[number]));
}

/** Checks that some bank has a BIC: without banks no account of a contractor can be written. */
async function checkBanks(base: Infobase): Promise<CheckLine | string> {
  const { entity, fields } = base.mapping.bank;
  const banks = await base.odata.list(entity, { orderBy: "Ref_Key", top: FIRST_BANKS });
  const count = banks.filter((bank) => isLive(bank) && /^\d{9}$/.test(readText(bank[fields.bic]))).length;
  if (count > 0) return "справочник заполнен";
  return toFailedLine("Банки", "справочник «Банки» пуст: ни один счёт исполнителя записать нельзя", BANKS_TODO);
}

async function checkCurrency(base: Infobase): Promise<string> {
  await getCurrencyRef(base);
  return `найдена по коду ${base.mapping.currency.code}`;
}

async function checkChartAccounts(base: Infobase): Promise<string> {
  const { accounts, lineAccounts } = getActMapping(base);
  const codes = [...new Set([...Object.values(accounts), ...Object.values(lineAccounts)])];
  await getChartAccounts(base, codes);
  return `найдены: ${codes.join(", ")}`;
}

const KIND_NAMES = { legalAddress: "юридический адрес", phone: "телефон", email: "электронная почта" } as const;

async function checkContactKinds(base: Infobase): Promise<CheckLine | string> {
  const found = await getContactKinds(base);
  const missing = Object.entries(KIND_NAMES).flatMap(([kind, name]) =>
    found[kind as keyof typeof KIND_NAMES] === undefined ? [name] : [],
  );
  if (missing.length === 0) return `найдены: ${Object.values(KIND_NAMES).join(", ")}`;
  const todo = "Назовите вид в ONEC_MAPPING (contacts.kinds): без него эти данные не попадут в карточку";
  return toFailedLine("Виды контактной информации", `не найдены: ${missing.join(", ")}`, todo);
}

/** Checks a value of an enumeration. No description lists such values, so only use of the value proves the spelling. */
async function checkValueInUse(
  base: Infobase,
  name: string,
  entity: string,
  field: string,
  value: string,
): Promise<CheckLine | string> {
  const filter = formatEquals(field, quoteText(value));
  const rows = await base.odata.list(entity, { filter, select: ["Ref_Key"], orderBy: "Ref_Key", top: 1 });
  if (rows.length > 0) return `«${value}» в этой базе встречается`;
  const todo = "Проверьте запуском doctor --write";
  return toUncheckedLine(name, todo, `«${value}»: ни одного такого объекта ещё нет`);
}
