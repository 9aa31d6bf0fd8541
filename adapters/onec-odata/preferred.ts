import { getActMapping, type Infobase } from "./infobase.ts";

/**
 * Lists the preferred fields of an object. 1C may keep another value: a difference goes on record, and the work goes on.
 * Every other field is a must: sums, parties, accounts of both sides, the day, purpose, lines, and our marker. A must
 * that differs stops the work. Source: БП 3.0.198, БП 3.0.151, event handlers of these objects.
 */
export function listPreferredFields(base: Infobase, entity: string): readonly string[] {
  const { counterparty, bankAccount, contract, paymentOrder } = base.mapping;
  const act = getActMapping(base);
  switch (entity) {
    case counterparty.entity:
      return namesOf(listCardFields(counterparty), counterparty.constants);
    case bankAccount.entity:
      return namesOf([bankAccount.fields.name], bankAccount.constants);
    case contract?.entity:
      return namesOf([contract?.fields.name, contract?.fields.tax], contract?.constants);
    case act.entity:
      return namesOf(
        [act.fields.contract, act.fields.organizationAccount],
        ...[act.constants, act.accounts, act.lineConstants, act.lineAccounts, act.lineAnalytics],
      );
    case paymentOrder.entity:
      return namesOf(listOrderFields(paymentOrder));
    default:
      return [];
  }
}

type Names = readonly (string | null | undefined)[];

function listCardFields({ fields }: Infobase["mapping"]["counterparty"]): Names {
  return [fields.fullName, fields.ogrn, fields.head, fields.entrepreneur];
}

function listOrderFields({ fields }: Infobase["mapping"]["paymentOrder"]): Names {
  const { contract, cashFlowItem, payeeName, payeeKpp, payerName, payerKpp } = fields;
  return [contract, cashFlowItem, payeeName, payeeKpp, payerName, payerKpp];
}

function namesOf(names: Names, ...records: readonly (object | undefined)[]): string[] {
  const known = names.flatMap((name) => (name == null ? [] : [name]));
  return [...known, ...records.flatMap((record) => Object.keys(record ?? {}))];
}
