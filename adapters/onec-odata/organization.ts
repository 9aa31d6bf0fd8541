import type { Organization } from "../../core/parties.ts";
import { readContactText } from "./contacts.ts";
import type { Infobase } from "./infobase.ts";
import { readText } from "./literals.ts";
import { findOrganizationAccount, getContactKinds, getOrganizationCard } from "./lookups.ts";

/** Reads the organisation's requisites, see {@link Adapter.getOrganization}. The signer comes from the settings. */
export async function getOrganization(base: Infobase): Promise<Organization> {
  const { fields } = base.mapping.organization;
  const card = await getOrganizationCard(base);
  const kinds = await getContactKinds(base);
  const account = await findOrganizationAccount(base);
  const readField = (field: string) => readText(card[field]).trim();
  const short = fields.shortName === null ? "" : readField(fields.shortName);
  const optional = {
    fullName: readField(fields.fullName),
    kpp: readField(fields.kpp),
    ogrn: readField(fields.ogrn),
    address: readContactText(base, card[fields.contacts], kinds.organizationLegalAddress),
    phone: readContactText(base, card[fields.contacts], kinds.organizationPhone),
  };
  const { ref: _, ...bankAccount } = account ?? { ref: "", number: "", bic: "" };
  return {
    name: short || readField(fields.name),
    inn: readField(fields.inn),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== "")),
    ...(account === null ? {} : { bankAccount }),
  };
}
