import { EMPTY_GUID } from "../schema.ts";
import type { Row, SectionRow, Value } from "../state.ts";
import { findPredefined } from "../state.ts";
import { isEmpty, linesOf, listUnfilled, type Write } from "./write.ts";

const RECEIPTS = "Document_ПоступлениеТоваровУслуг";

/** Whether accounts are the user's own care: filled by nobody else, and checked at posting. A person sees accounts. */
export function canSeeAccounts({ settings, by }: Write): boolean {
  return by === "person" || settings.hasShownAccounts;
}

/**
 * Fills empty accounts and analytics at every write of a user who does not see accounts. Filled fields stay. Source:
 * БП 3.0.198, СчетаУчетаВДокументах, ЗаполнитьПередЗаписью.
 */
export function fillAccounts(write: Write): void {
  const { state, row, set, mode } = write;
  if (canSeeAccounts(write) || mode === "unpost") return;
  const findAccount = (code: string) =>
    String(state.all("ChartOfAccounts_Хозрасчетный").find(({ Code }) => Code === code)?.Ref_Key ?? EMPTY_GUID);
  const isReceipt = set === RECEIPTS;
  fill(row, {
    СчетУчетаРасчетовСКонтрагентом_Key: findAccount(isReceipt ? "60.01" : "62.01"),
    СчетУчетаРасчетовПоАвансам_Key: findAccount(isReceipt ? "60.02" : "62.02"),
  });
  for (const line of linesOf(row, "Услуги")) {
    fill(line, isReceipt ? listReceiptAccounts(write, line, findAccount) : listSaleAccounts(write, line, findAccount));
  }
}

type Accounts = Readonly<Record<string, Value>>;

function listReceiptAccounts({ state }: Write, line: SectionRow, findAccount: (code: string) => string): Accounts {
  const costItem = findPredefined(state, "Catalog_СтатьиЗатрат", "ПрочиеЗатраты");
  const type = "StandardODATA.Catalog_СтатьиЗатрат";
  const isOwnCost = isEmpty(line.СчетЗатрат_Key);
  return {
    СчетЗатрат_Key: findAccount("26"),
    СчетЗатратНУ_Key: isOwnCost ? findAccount("26") : (line.СчетЗатрат_Key ?? EMPTY_GUID),
    СчетУчетаНДС_Key: findAccount("19.04"),
    СпособУчетаНДС: "ПринимаетсяКВычету",
    ...(isEmpty(line.Субконто1) ? { Субконто1: costItem, Субконто1_Type: type } : {}),
    ...(isEmpty(line.СубконтоНУ1) ? { СубконтоНУ1: costItem, СубконтоНУ1_Type: type } : {}),
  };
}

function listSaleAccounts({ state }: Write, line: SectionRow, findAccount: (code: string) => string): Accounts {
  const item = state.get("Catalog_Номенклатура", String(line.Номенклатура_Key));
  const group = isEmpty(item?.НоменклатурнаяГруппа_Key)
    ? state.all("Catalog_НоменклатурныеГруппы")[0]?.Ref_Key
    : item?.НоменклатурнаяГруппа_Key;
  return {
    СчетДоходов_Key: findAccount("90.01.1"),
    СчетРасходов_Key: findAccount("90.02.1"),
    СчетУчетаНДСПоРеализации_Key: findAccount("90.03"),
    ...(isEmpty(line.Субконто)
      ? { Субконто: String(group ?? ""), Субконто_Type: "StandardODATA.Catalog_НоменклатурныеГруппы" }
      : {}),
  };
}

/** Sets values of empty fields that the row has. The type of a composite goes with the value. */
function fill(row: Row | SectionRow, values: Accounts): void {
  for (const [name, value] of Object.entries(values)) {
    if (row[name] === undefined) continue;
    if (name.endsWith("_Type") || isEmpty(row[name])) row[name] = value;
  }
}

/** Accounts that posting misses, where the user cares for accounts. */
export function listUnfilledAccounts(
  { settings, set, row }: Write,
  lines: readonly SectionRow[],
): { fields: string[]; lines: { at: number; label: string }[] } {
  const hasAdvances = row.СпособЗачетаАвансов !== "НеЗачитывать";
  const fields = listUnfilled(row, {
    СчетУчетаРасчетовСКонтрагентом_Key: "Счет учета расчетов с контрагентом",
    ...(hasAdvances ? { СчетУчетаРасчетовПоАвансам_Key: "Счет учета расчетов по авансам" } : {}),
  });
  const found = lines.flatMap((line, at) => {
    const hasVat = !isEmpty(line.СуммаНДС) && row.НДСВключенВСтоимость !== true;
    const columns: Readonly<Record<string, string>> =
      set === RECEIPTS
        ? {
            СчетЗатрат_Key: "Счет затрат",
            ...(hasVat ? { СчетУчетаНДС_Key: "Счет НДС" } : {}),
            ...(hasVat && settings.hasSeparateVat ? { СпособУчетаНДС: "Способ учета НДС" } : {}),
          }
        : {
            СчетДоходов_Key: "Счет доходов",
            Субконто: "Субконто",
            ...(hasVat ? { СчетУчетаНДСПоРеализации_Key: "Счет НДС" } : {}),
          };
    return listUnfilled(line, columns).map((label) => ({ at, label }));
  });
  return { fields, lines: found };
}
