import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactBody } from "../../../core/relay/redact.ts";
import { makeContractorData } from "../../support/builders.ts";
import { createHarness } from "../../support/harness.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const masked = (value: unknown) => JSON.parse(new TextDecoder().decode(redactBody(encode(JSON.stringify(value)))));
const maskedText = (text: string | Uint8Array) =>
  new TextDecoder().decode(redactBody(typeof text === "string" ? encode(text) : text));

/** Texts and numbers of a value, and names of fields that are no names. */
function leaves(value: unknown): (string | number)[] {
  if (typeof value === "string" || typeof value === "number") return [value];
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    /^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(name) ? leaves(inner) : [name, ...leaves(inner)],
  );
}

describe("a redacted body", () => {
  test("keeps shape, lengths and signs, and hides every name", () => {
    const body = {
      type: "act.requested",
      timestamp: "2026-11-24T12:00:00+03:00",
      data: {
        payoutId: "payout-17",
        revision: 2,
        amount: "15000.00",
        vat: "none",
        contractor: {
          kind: "entrepreneur",
          name: "ИП Ёжиков I. И.",
          inn: "77000000-23",
          kpp: null,
          phone: "+7 (912) 345-67-89",
          email: "ezh@example.com",
          signatory: {},
          bankAccount: { number: "40802810500000000002", bic: "044525225" },
        },
        services: [{ name: "Поездка 12.11 к Иванову", quantity: "1.5", urgent: true }],
      },
    };
    expect(masked(body)).toEqual({
      ...body,
      data: {
        ...body.data,
        contractor: {
          ...body.data.contractor,
          name: "яя яяяяяя x. я.",
          inn: "11111111-11",
          phone: "+1 (111) 111-11-11",
          email: "xxx@xxxxxxx.xxx",
          bankAccount: { number: "1".repeat(20), bic: "044525225" },
        },
        services: [{ name: "яяяяяяя 11.11 я яяяяяяя", quantity: "1.5", urgent: true }],
      },
    });
  });

  test("keeps a number a number of equal length", () => {
    expect(masked({ inn: 7700000023, sum: -12.5, many: 1e21, phone: 9123456789 })).toEqual({
      inn: 1111111111,
      sum: -11.1,
      many: 1,
      phone: 1111111111,
    });
  });

  test("hides a requisite in a wrong field, too", () => {
    const wrong = { payoutId: "7700000023", kind: "Иванов", amount: 79_123_456_789, date: ["79123456789"] };
    const seen = masked({ data: wrong });
    expect(seen.data.payoutId).toBe("1111111111");
    expect(seen.data.kind).toBe("яяяяяя");
    expect(seen.data.amount).toBe(11_111_111_111);
    expect(seen.data.date).toEqual(["11111111111"]);
  });

  test("keeps names of fields in the place of names", () => {
    expect(masked({ inn: "7", bank_account: "7", "Иванов И.": "7", "7700000023": "7", p79123456789: "7" })).toEqual({
      inn: "1",
      bank_account: "1",
      "яяяяяя я.": "1",
      "1111111111": "1",
      x11111111111: "1",
    });
  });

  test("is redacted whole when no JSON: text, other encodings, a cut body", () => {
    expect(maskedText("inn=7700000023&name=Ёжиков")).toBe("xxx=1111111111&xxxx=яяяяяя");
    expect(maskedText('{"inn":"7700000023","na')).toBe('{"xxx":"1111111111","xx');
    const windows1251 = Uint8Array.of(0x7b, 0xc8, 0xe2, 0xe0, 0xed, 0x37, 0x7d);
    expect(maskedText(windows1251)).toBe("{????1}");
    expect(maskedText("")).toBe("");
  });

  test("is redacted when nested deeper than a stack", () => {
    const deep = `${'[{"inn":"7700000023","in":'.repeat(20_000)}1${"}]".repeat(20_000)}`;
    const seen = maskedText(deep);
    expect(seen).toContain("1111111111");
    expect(seen).not.toContain("77");
  });

  test("lets no digit and no letter of a value through", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const leaf of leaves(masked({ field: value }))) {
          // A number with more digits than a double holds is rounded after the digits are replaced.
          if (typeof leaf === "number") expect(String(Math.abs(leaf)).replace(".", "").slice(0, 15)).toMatch(/^1+$/);
          else expect(leaf).not.toMatch(/[02-9]|(?![xя])\p{L}/u);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["bytes that are no text", new Uint8Array(3_000).fill(0xff)],
    ["numbers that are longer when they are written out", encode(`[${"1e20,".repeat(999)}1]`)],
    ["what lies too deep", encode(`${"[".repeat(30)}${"1,".repeat(999)}1${"]".repeat(30)}`)],
  ])("is never larger than the received body, so that the store can keep both: %s", (_, body) => {
    expect(redactBody(body).length).toBeLessThanOrEqual(body.length);
  });
});

test("a refused event is kept without personal data; an accepted event is kept unchanged", async () => {
  const world = await createHarness();
  const contractor = makeContractorData(2, { phone: "+7 912 345-67-89", email: "ezh@example.com" });
  const data = { payoutId: "p-1", requestedAt: new Date(world.now()).toISOString(), amount: "15000.00", contractor };
  await world.send("act.requested", data);
  const other = { ...data, amount: "16000.00" };
  await expect(world.send("act.requested", other)).rejects.toMatchObject({ code: "payout_conflict" });
  const personal = [
    contractor.inn,
    contractor.name,
    "912",
    "ezh",
    (contractor.bankAccount as { number: string }).number,
  ];
  const [refused, kept] = (await world.store.listInbox({ limit: 2 })).items;
  const text = (body: Uint8Array | null | undefined) => new TextDecoder().decode(body ?? new Uint8Array());
  expect(refused?.outcome).toBe("rejected");
  for (const each of personal) {
    expect(text(kept?.body)).toContain(String(each));
    expect(text(refused?.body)).not.toContain(String(each));
    expect(refused?.detail).not.toContain(String(each));
  }
  // The fields needed to find the cause are kept.
  expect(JSON.parse(text(refused?.body))).toMatchObject({
    type: "act.requested",
    data: { payoutId: "p-1", amount: "16000.00" },
  });
  expect(refused?.bodyHash).toMatch(/^[0-9a-f]{64}$/);
});

test("a type that is no name is not kept", async () => {
  const world = await createHarness();
  await expect(world.send("Иванов Иван", {})).rejects.toMatchObject({ code: "unknown_event_type" });
  await expect(world.send("act.forgotten", {})).rejects.toMatchObject({ code: "unknown_event_type" });
  const types = (await world.store.listInbox({ limit: 2 })).items.map(({ type }) => type);
  expect(types).toEqual(["act.forgotten", null]);
});
