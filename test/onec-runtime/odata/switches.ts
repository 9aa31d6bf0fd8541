import { coverPairs } from "../../support/covering.ts";
import type { OneCOptions } from "./options.ts";
import type { Settings } from "./settings.ts";

/** A value of a switch: the options of 1C, and what `ONEC_MAPPING` says beside the preset. */
interface Value extends OneCOptions {
  readonly mapping?: object;
}

/** One difference between real bases, each value by its name. */
interface Switch {
  readonly name: string;
  readonly values: readonly { readonly label: string; readonly value: Value }[];
}

function choose(name: string, values: Readonly<Record<string, Value>>): Switch {
  return { name, values: Object.entries(values).map(([label, value]) => ({ label, value })) };
}

const CASH_FLOW_ITEM = {
  entity: "Catalog_СтатьиДвиженияДенежныхСредств",
  element: "Оплата поставщикам (подрядчикам)",
};

/** A setting of 1C, the usual value first. */
function flip(name: BooleanSetting, usual: boolean): Switch {
  const set = (value: boolean): OneCOptions => ({ settings: { [name]: value } });
  return choose(name, { [String(usual)]: set(usual), [String(!usual)]: set(!usual) });
}

type BooleanSetting = {
  [Name in keyof Settings]: Settings[Name] extends boolean ? Name : never;
}[keyof Settings];

/** Differences between bases; the first value of each is the usual one. */
export const SWITCHES: readonly Switch[] = [
  choose("release", { "3.0.198": { release: "198" }, "3.0.151": { release: "151" } }),
  choose("actDocument", { receipt: { actDocument: "receipt" }, sale: { actDocument: "sale" } }),
  choose("contactKinds", {
    both: { contactKinds: "both" },
    new: { contactKinds: "new" },
    old: { contactKinds: "old" },
  }),
  choose("duplicateKey", { exception: { duplicateKey: "exception" }, code15: { duplicateKey: "code15" } }),
  choose("ifMatch", { ignored: { ifMatch: "ignored" }, honoured: { ifMatch: "honoured" } }),
  choose("sessions", { ignored: { sessions: "ignored" }, honoured: { sessions: "honoured" } }),
  choose("licences", { many: {}, two: { licences: 2 } }),
  choose("bom", { no: { bom: false }, yes: { bom: true } }),
  choose("refusesDelete", { no: { refusesDelete: false }, yes: { refusesDelete: true } }),
  choose("maxQuery", { iis: { maxQuery: 2048 }, none: { maxQuery: 0 } }),
  flip("hasContracts", true),
  flip("hasFixedTime", false),
  flip("hasCashFlowItems", true),
  choose("mapping", { preset: {}, cashFlowItem: { mapping: { paymentOrder: { cashFlowItem: CASH_FLOW_ITEM } } } }),
  flip("hasDivisions", true),
  flip("hasSeveralAccounts", false),
  flip("hasSeveralWarehouses", false),
  flip("hasSeparateVat", false),
  flip("hasShownAccounts", false),
  flip("hasBankExchange", false),
  flip("hasQuietRefusals", false),
  flip("hasFillValues", false),
  flip("fillsAfterSet", false),
];

/** One base of the covering set. */
export interface Base {
  /** Number and unusual values. */
  readonly name: string;
  readonly options: OneCOptions;
  /** `ONEC_MAPPING` of the relay at this base. */
  readonly mapping: object;
}

/** Bases in which every pair of values of any two switches occurs; the first is a usual one. */
export const BASES: readonly Base[] = coverPairs(SWITCHES.map(({ values }) => values.length)).map((row, at) => {
  const chosen = SWITCHES.map(({ name, values }, index) => {
    const value = values[row[index] ?? 0];
    if (value === undefined) throw new RangeError(`The switch ${name} has no value ${row[index]}`);
    return { ...value, name, isUsual: value === values[0] };
  });
  const unusual = chosen.filter(({ isUsual }) => !isUsual).map(({ name, label }) => `${name} ${label}`);
  const settings = Object.assign({}, ...chosen.map(({ value }) => value.settings ?? {}));
  const { mapping = {}, ...options }: Value = Object.assign({}, ...chosen.map(({ value }) => value));
  return { name: `base ${at + 1} (${unusual.join(", ") || "usual"})`, options: { ...options, settings }, mapping };
});

/** The bases in turn: each number takes the next one. */
export function takeBase(n: number): Base {
  const base = BASES[n % BASES.length];
  if (base === undefined) throw new RangeError(`There is no base for ${n}`);
  return base;
}
