import { uuidV5 } from "../../core/ids.ts";

/** Namespace for references of objects made along with a card. */
const NAMESPACE = "6f6e6563-7265-5c61-8000-6f6461746100";

/** Reference of a bank account: one per owner, number and bank, so that a repeat cannot make a second account. */
export function deriveBankAccountRef(owner: string, number: string, bic: string): Promise<string> {
  return uuidV5(NAMESPACE, JSON.stringify(["bank_account", owner, number, bic]));
}

/** Reference of a contract: one per counterparty, organisation, kind and number. */
export function deriveContractRef(
  counterparty: string,
  organization: string,
  kind: string,
  number: string,
): Promise<string> {
  return uuidV5(NAMESPACE, JSON.stringify(["contract", counterparty, organization, kind, number]));
}
