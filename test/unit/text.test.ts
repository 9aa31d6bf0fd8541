import { describe, expect, test } from "vitest";
import { RequestError } from "../../core/errors.ts";
import { toEvent } from "../../core/parse-event.ts";
import { DEFAULT_RULES } from "../../core/relay/options.ts";
import { makeRequestData, NOON } from "../support/builders.ts";

const read = (data: object, type = "act.requested") => {
  const timestamp = new Date(NOON).toISOString();
  return toEvent("platform", { type, timestamp, data }, DEFAULT_RULES, NOON);
};

/** Reads a request whose contractor has these fields. */
function readContractor(fields: object) {
  const { contractor, ...data } = makeRequestData();
  const event = read({ ...data, contractor: { ...contractor, ...fields } });
  if (event.type !== "act.requested") throw new Error("Another event");
  return event.request.contractor;
}

function issuesOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof RequestError) return error.issues;
    throw error;
  }
  return [];
}

const FIELDS = ["name", "fullName", "legalAddress", "phone"] as const;
const REFUSED = {
  NUL: "\0",
  tab: "\t",
  break: "\n",
  escape: "\u001b",
  C1: "\u0085",
  RTL: "\u202e",
  isolate: "\u2066",
  half: "\ud83d",
};

describe("a line of text at the door", () => {
  test.each(FIELDS)("is composed, without invisible marks and double spaces: %s", (field) => {
    expect(readContractor({ [field]: "  ООО «И\u0306о\u00adд\u200b»\u00a0 \u00a0и Ко\ufeff " })[field]).toBe(
      "ООО «Йод» и Ко",
    );
  });

  test.each(FIELDS.flatMap((field) => Object.entries(REFUSED).map(([name, mark]) => [field, name, mark] as const)))(
    "is refused in %s with a mark that forges lines: %s",
    (field, _name, mark) => {
      const issues = issuesOf(() => readContractor({ [field]: `ООО${mark}Ромашка` }));
      expect(issues).toContainEqual({
        path: `data.contractor.${field}`,
        code: "character",
        message: expect.any(String),
      });
    },
  );

  test("has the length of the cleaned text", () => {
    expect(readContractor({ phone: `+7 900${" ".repeat(60)}000` }).phone).toBe("+7 900 000");
  });
});

test("a reason of several lines becomes one line", () => {
  const event = read(
    { payoutId: "p", declinedAt: new Date(NOON).toISOString(), reason: "Сумма\r\nневерна\n" },
    "act.declined",
  );
  expect(event).toMatchObject({ reason: "Сумма неверна" });
});

test("a contract's link has no user name, and no line of its own", () => {
  const link = (url: string) => readContractor({ contract: { url } }).contract?.url;
  expect(link("https://user:secret@Cabinet.example/d 1")).toBe("https://cabinet.example/d%201");
  expect(issuesOf(() => link("https://cabinet.example/\nДоговор: другой"))).toMatchObject([
    { path: "data.contractor.contract.url" },
  ]);
});

test.each([
  ["№ 12", "12"],
  ["№ № 12-А", "12-А"],
  ["N 12", "12"],
  ["No. 12", "12"],
  ["N12/3", "N12/3"],
  ["НП-7", "НП-7"],
])("a contract's number is kept without the sign before the number: %s", (number, kept) => {
  expect(readContractor({ contract: { url: "https://cabinet.example/", number } }).contract?.number).toBe(kept);
});

test("a list of a hundred thousand wrong lines is refused by its length alone, and issues are few", () => {
  const services = (count: number) =>
    issuesOf(() => read({ ...makeRequestData(), services: Array.from({ length: count }, () => ({})) }));
  expect(services(100_000)).toEqual([{ path: "data.services", code: "too_long", message: expect.any(String) }]);
  expect(services(500)).toHaveLength(50);
});
