import type { Mapping } from "../mapping-schema.ts";

/** The adapter's use of one object of 1C. */
export interface Use {
  /** Name in OData: `Catalog_Контрагенты`. */
  readonly entity: string;
  readonly fields: readonly string[];
  /** Fields renamed between releases: any single field is enough. */
  readonly anyOf: readonly string[];
  /** Columns of tabular sections, by the section's name. */
  readonly sections: ReadonlyMap<string, readonly string[]>;
  /** Called functions: `Post`, `Unpost`. */
  readonly functions: readonly string[];
  /** Required right, for the administrator. */
  readonly access: "read" | "write";
}

interface Draft {
  readonly fields?: readonly (string | null)[];
  readonly anyOf?: readonly string[];
  readonly sections?: Readonly<Record<string, readonly (string | null)[]>>;
  readonly functions?: readonly string[];
  readonly access?: "write";
}

/** Lists every object of a mapping with all read and written fields. Only the configured act document counts. */
export function usesOf(mapping: Mapping, actDocument: "receipt" | "sale"): readonly Use[] {
  const uses = new Map<string, Use>();
  const add = (entity: string, draft: Draft) => void uses.set(entity, mergeUse(entity, uses.get(entity), draft));
  addCards(mapping, add);
  addReferences(mapping, add);
  addAct(mapping.acts[actDocument], add);
  addPayments(mapping, add);
  return [...uses.values()];
}

type Add = (entity: string, draft: Draft) => void;

function addCards({ counterparty, contacts, bankAccount, contract }: Mapping, add: Add): void {
  // 1C ignores a field that an older release lacks, and the adapter puts the loss on record.
  const { contacts: section, entrepreneur: _, ...fields } = counterparty.fields;
  add(counterparty.entity, {
    fields: ["DeletionMark", "IsFolder", ...Object.values(fields), ...Object.keys(counterparty.constants)],
    sections: { [section]: Object.values(contacts.fields) },
    access: "write",
  });
  add(bankAccount.entity, {
    fields: [
      "DeletionMark",
      ...Object.values(bankAccount.fields),
      `${bankAccount.fields.owner}_Type`,
      ...Object.keys(bankAccount.constants),
    ],
    access: "write",
  });
  if (contract === null) return;
  const { closed: _closed, tax: _tax, ...fieldsOfContract } = contract.fields;
  add(contract.entity, {
    fields: ["DeletionMark", ...Object.values(fieldsOfContract), ...Object.keys(contract.constants)],
    access: "write",
  });
}

function addReferences({ bank, chartOfAccounts, contacts, currency, item, organization }: Mapping, add: Add): void {
  const { contacts: section, ...fields } = organization.fields;
  add(organization.entity, {
    fields: ["DeletionMark", ...Object.values(fields)],
    sections: { [section]: [contacts.fields.kind, contacts.fields.text] },
  });
  add(bank.entity, { fields: ["DeletionMark", ...Object.values(bank.fields)] });
  add(contacts.entity, { fields: ["Description", contacts.fields.type], anyOf: contacts.nameFields });
  add(currency.entity, { fields: ["Code"] });
  add(chartOfAccounts, { fields: ["Code"] });
  add(item.entity, { fields: ["Description", "DeletionMark"] });
}

function addAct(act: Mapping["acts"]["receipt"], add: Add): void {
  const { lineAccounts, lineAnalytics, lineConstants, lineFields } = act;
  const analytics = Object.keys(lineAnalytics).flatMap((name) => [name, `${name}_Type`]);
  const line = [
    ...Object.values(lineFields),
    ...Object.keys(lineConstants),
    ...Object.keys(lineAccounts),
    ...analytics,
  ];
  add(act.entity, {
    fields: [
      ...listDocumentFields(act.fields),
      ...(act.operation === null ? [] : [act.operation.field]),
      ...Object.keys(act.constants),
      ...Object.keys(act.accounts),
    ],
    sections: { [act.section]: ["LineNumber", ...line] },
    functions: ["Post", "Unpost"],
    access: "write",
  });
  for (const { entity } of Object.values(lineAnalytics)) add(entity, { fields: ["Description", "DeletionMark"] });
}

function addPayments({ payment, paymentOrder }: Mapping, add: Add): void {
  add(paymentOrder.entity, {
    fields: [
      ...listDocumentFields(paymentOrder.fields),
      `${paymentOrder.fields.counterparty}_Type`,
      ...Object.keys(paymentOrder.constants),
    ],
    access: "write",
  });
  add(payment.entity, { fields: [...listDocumentFields(payment.fields), `${payment.fields.basis}_Type`] });
  const { cashFlowItem } = paymentOrder;
  if (cashFlowItem !== null) add(cashFlowItem.entity, { fields: ["Description", "DeletionMark"] });
}

function listDocumentFields(fields: Readonly<Record<string, string | null>>): (string | null)[] {
  return ["Number", "Date", "Posted", "DeletionMark", ...Object.values(fields)];
}

function mergeUse(entity: string, known: Use | undefined, draft: Draft): Use {
  const sections = new Map(known?.sections);
  for (const [name, columns] of Object.entries(draft.sections ?? {})) {
    sections.set(name, toUniqueNames([...(sections.get(name) ?? []), ...columns]));
  }
  return {
    entity,
    fields: toUniqueNames(["Ref_Key", ...(known?.fields ?? []), ...(draft.fields ?? [])]),
    anyOf: draft.anyOf ?? known?.anyOf ?? [],
    sections,
    functions: draft.functions ?? known?.functions ?? [],
    access: draft.access ?? known?.access ?? "read",
  };
}

/** Names without duplicates and without fields that this configuration lacks (null). */
function toUniqueNames(names: readonly (string | null)[]): string[] {
  return [...new Set(names.filter((name) => name !== null))];
}

const KINDS: Readonly<Record<string, string>> = {
  Catalog: "Справочник",
  Document: "Документ",
  ChartOfAccounts: "План счетов",
  InformationRegister: "Регистр сведений",
  AccumulationRegister: "Регистр накопления",
};

/** An object's name in the configurator: `Catalog_БанковскиеСчета` → «Справочник БанковскиеСчета». */
export function titleOf(entity: string): string {
  const at = entity.indexOf("_");
  return `${KINDS[entity.slice(0, at)] ?? entity.slice(0, at)} ${entity.slice(at + 1)}`;
}

/** A name of the configurator in words: `СписаниеСРасчетногоСчета` → «Списание с расчетного счета». */
export function wordsOf(entity: string): string {
  const name = entity.slice(entity.indexOf("_") + 1);
  const [first = "", ...rest] = name.split(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
  return [first, ...rest.map((word) => word.toLowerCase())].join(" ");
}
