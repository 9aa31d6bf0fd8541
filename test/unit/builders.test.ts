import { expect, test } from "vitest";
import {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkKpp,
  checkOgrn,
  checkSettlementAccount,
} from "../../core/requisites.ts";
import { aContractor, anOrganization, personInn } from "../support/builders.ts";

test("fixtures have requisites that pass the checks", () => {
  const organization = anOrganization();
  expect(checkOgrn(organization.ogrn ?? "")).toBeNull();
  expect(checkCorrespondentAccount(organization.bankAccount?.corrAccount ?? "", "044525225")).toBeNull();
  const contractors = [2, 3, 999, 1_234_567].map((n) => aContractor(n));
  for (const { inn, kpp, bankAccount } of [organization, ...contractors]) {
    expect(checkInn(inn)).toBeNull();
    expect(checkKpp(kpp ?? "")).toBeNull();
    expect(checkBic(bankAccount?.bic ?? "")).toBeNull();
    expect(checkSettlementAccount(bankAccount?.number ?? "", bankAccount?.bic ?? "")).toBeNull();
  }
  for (const n of [1, 77, 4321]) expect(checkInn(personInn(n))).toBeNull();
});
