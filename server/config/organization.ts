import type { BankAccount, Organization, Signatory } from "../../core/parties.ts";
import type { Settings } from "./schema.ts";

/** Requisites from the settings, which replace the accounting system's on the form and in the payment order. */
export interface OrganizationOverrides {
  readonly name?: string;
  readonly fullName?: string;
  readonly inn?: string;
  readonly kpp?: string;
  readonly ogrn?: string;
  readonly address?: string;
  readonly bankAccount?: BankAccount;
  readonly signatory?: Partial<Signatory>;
}

export function toOrganizationOverrides(settings: Settings): OrganizationOverrides {
  const number = settings.ORGANIZATION_ACCOUNT;
  const bic = settings.ORGANIZATION_BIC;
  const signatory = omitUndefined({
    name: settings.ORGANIZATION_SIGNATORY_NAME,
    position: settings.ORGANIZATION_SIGNATORY_POSITION,
    basis: settings.ORGANIZATION_SIGNATORY_BASIS,
  });
  return {
    ...omitUndefined({
      name: settings.ORGANIZATION_NAME,
      fullName: settings.ORGANIZATION_FULL_NAME,
      inn: settings.ORGANIZATION_INN,
      kpp: settings.ORGANIZATION_KPP,
      ogrn: settings.ORGANIZATION_OGRN,
      address: settings.ORGANIZATION_ADDRESS,
    }),
    ...(number === undefined || bic === undefined
      ? {}
      : {
          bankAccount: {
            number,
            bic,
            ...omitUndefined({ bankName: settings.ORGANIZATION_BANK, corrAccount: settings.ORGANIZATION_CORR_ACCOUNT }),
          },
        }),
    ...(Object.keys(signatory).length === 0 ? {} : { signatory }),
  };
}

function omitUndefined<K extends string>(values: Readonly<Record<K, string | undefined>>): Partial<Record<K, string>> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Record<K, string>>;
}

/** Applies the overrides to `base`. Another INN is another company, so the KPP and OGRN of `base` are dropped. */
export function overrideOrganization(base: Organization, overrides: OrganizationOverrides): Organization {
  const { signatory: signer, ...more } = overrides;
  const { kpp, ogrn, signatory: own, ...rest } = base;
  const same = overrides.inn === undefined || overrides.inn === base.inn;
  const signatory = { ...own, ...signer };
  return {
    ...rest,
    ...(same ? omitUndefined({ kpp, ogrn }) : {}),
    ...more,
    ...(signatory.name === undefined ? {} : { signatory: { ...signatory, name: signatory.name } }),
  };
}
