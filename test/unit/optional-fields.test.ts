import { describe, expect, test } from "vitest";
import { makeContractorData } from "../support/builders.ts";
import { createHarness } from "../support/harness.ts";

const refusal = async (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => error as { code: string; issues: unknown },
  );

describe("an optional contact", () => {
  test.each([
    "info@ромашка.рф",
    "info@xn--80aa0aebnilejl.xn--p1ai",
    "a@my--site.ru",
    "d'artagnan@example.com",
    "first.last+tag@sub.example.com",
  ])("is taken as 1C's own library takes addresses: %s", async (email) => {
    const world = await createHarness();
    const id = await world.request({ contractor: makeContractorData(2, { email }) });
    const act = await world.store.getAct(id);
    expect([act?.contractor.email, act?.warnings]).toEqual([email, undefined]);
  });

  test.each([
    "нет почты",
    "a@b",
    "a b@example.com",
    "@example.com",
    "a@@example.com",
    "a..b@example.com",
    "a@example..com",
  ])("is left out and told if unusable, and the payout goes on: %s", async (email) => {
    const world = await createHarness();
    const warnings = [{ path: "data.contractor.email", code: "ignored", message: expect.any(String) }];
    const contractor = makeContractorData(2, { email });
    const data = { payoutId: "p1", requestedAt: new Date(world.now()).toISOString(), amount: "100.00", contractor };
    const received = await world.send("act.requested", data);
    expect(received).toMatchObject({ duplicate: false, warnings });
    await world.settle();
    const act = await world.store.getAct(received.actId ?? "");
    expect(act).toMatchObject({ status: "ready", warnings });
    expect(act?.contractor).not.toHaveProperty("email");
    expect(world.delivered.find(({ type }) => type === "act.ready")?.data).toMatchObject({ warnings });
    expect(await world.send("contractor.updated", { contractor })).toMatchObject({ warnings });
  });

  test("makes no warning in an answer without left-out contacts", async () => {
    const world = await createHarness();
    const contractor = makeContractorData(2);
    expect(await world.send("contractor.updated", { contractor })).toEqual({ actId: null, duplicate: false });
  });
});

test.each(["0", "-", "—", "000000000", "нет", "None"])("a spelling of «none» gives no field: %s", async (none) => {
  const world = await createHarness();
  const fields = { kind: "entrepreneur", inn: "500100732259", kpp: none, ogrn: none, email: none, phone: none };
  const id = await world.request({ contractor: makeContractorData(2, fields) });
  const contractor = (await world.store.getAct(id))?.contractor;
  for (const field of ["kpp", "ogrn", "email", "phone"]) expect(contractor).not.toHaveProperty(field);
});

describe("a misspelt name of a field", () => {
  test.each([
    [{ VAT: "20" }, "data.VAT"],
    [{ service: [] }, "data.service"],
    [
      { contractor: makeContractorData(2, { legalAdress: "Москва", legalAddress: undefined }) },
      "data.contractor.legalAdress",
    ],
    [{ contractor: makeContractorData(2, { Email: "a@example.com", email: undefined }) }, "data.contractor.Email"],
    [
      { contractor: makeContractorData(2, { contarct: { url: "https://a.example/" }, contract: undefined }) },
      "data.contractor.contarct",
    ],
    [
      { contractor: makeContractorData(2, { contract: { url: "https://a.example/", numer: "1" } }) },
      "data.contractor.contract.numer",
    ],
  ])("is refused by its path: %#", async (fields, path) => {
    const world = await createHarness();
    const error = await refusal(world.request(fields));
    expect(error).toMatchObject({ code: "validation_failed", issues: [{ path, code: "unknown" }] });
  });

  test("is not seen in names that only the platform knows", async () => {
    const world = await createHarness();
    const contractor = makeContractorData(2, { ip: "192.0.2.1", manager: "Анна", nameEn: "Fir Tree" });
    await expect(world.request({ contractor, comment: "x" })).resolves.toMatch(/^[0-9a-f-]{36}$/);
  });
});
