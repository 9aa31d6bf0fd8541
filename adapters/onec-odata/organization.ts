import type { Organization } from "../../core/counterparty.ts";
import { contactText } from "./contacts.ts";
import type { Infobase } from "./infobase.ts";
import { readText } from "./literals.ts";
import { contactKinds, organizationAccount, organizationCard } from "./lookups.ts";

/** {@link Adapter.organization} over OData. Who signs is not on the card: that is a setting. */
export async function organization(base: Infobase): Promise<Organization> {
  const { fields } = base.mapping.organization;
  const card = await organizationCard(base);
  const kinds = await contactKinds(base);
  const account = await organizationAccount(base);
  const text = (field: string) => readText(card[field]).trim();
  const short = fields.shortName === null ? "" : text(fields.shortName);
  const optional = {
    fullName: text(fields.fullName),
    kpp: text(fields.kpp),
    ogrn: text(fields.ogrn),
    address: contactText(base, card[fields.contacts], kinds.organizationLegalAddress),
    phone: contactText(base, card[fields.contacts], kinds.organizationPhone),
  };
  const { ref: _, ...bankAccount } = account ?? { ref: "", number: "", bic: "" };
  return {
    name: short || text(fields.name),
    inn: text(fields.inn),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== "")),
    ...(account === null ? {} : { bankAccount }),
  };
}
