import { describe, expect, it } from "vitest";
import { checkInn } from "../../core/requisites.ts";
import { newCall } from "../support/accounting.ts";
import { actRules } from "./adapter-acts.ts";
import { counterpartyRules } from "./adapter-counterparties.ts";
import type { HarnessSetup, Rule } from "./adapter-harness.ts";
import { now } from "./adapter-harness.ts";
import { listingRules } from "./adapter-listing.ts";
import { paymentRules } from "./adapter-payments.ts";
import { repeatRules } from "./adapter-repeats.ts";

export type {
  AccountantHands,
  ActView,
  AdapterHarness,
  CardView,
  HarnessSettings,
  HarnessSetup,
  NewCard,
  OrderView,
  WriteCall,
} from "./adapter-harness.ts";

/**
 * States every rule of an adapter once. A rule needs the adapter's methods and the accountant only. So any stand-in
 * of 1C and 1C itself can run the rule. `setup` gives an empty infobase for each rule. Runs under vitest.
 *
 * @example
 * adapterContract("mock", async (settings) => {
 *   const adapter = createMockAdapter(settings);
 *   return { adapter, hands: mockHands(() => adapter), teardown: async () => {} };
 * });
 */
export function adapterContract(name: string, setup: HarnessSetup): void {
  const rule: Rule = (title, body, settings = { updateExisting: "always" }) => {
    it(title, async (context) => {
      const harness = await setup(settings);
      try {
        await body(harness, context);
      } finally {
        await harness.teardown();
      }
    });
  };
  describe(`adapter contract: ${name}`, () => {
    describe("organisation, flags and check", () => generalRules(rule));
    describe("counterparties", () => counterpartyRules(rule));
    describe("acts", () => actRules(rule));
    describe("payment orders", () => paymentRules(rule));
    describe("repeats and lost answers", () => repeatRules(rule));
    describe("the listing of our documents", () => listingRules(rule));
  });
}

function generalRules(rule: Rule): void {
  rule("reports the paying organisation, the same each time", async ({ adapter }) => {
    const organization = await now(adapter.getOrganization(newCall()));
    expect(checkInn(organization.inn)).toBeNull();
    expect(organization.name).not.toBe("");
    expect(await now(adapter.getOrganization(newCall()))).toEqual(organization);
  });

  rule("has a name, a time limit, and printAct exactly where the adapter prints", async ({ adapter }) => {
    expect(adapter.name).not.toBe("");
    expect(adapter.timeoutMs).toBeGreaterThan(0);
    expect(adapter.printAct !== undefined).toBe(adapter.flags.prints === true);
  });

  rule("checks itself without writing, in lines for a person", async ({ adapter }) => {
    const { lines } = await adapter.check({ write: false });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.ok === false)).toEqual([]);
    for (const line of lines) expect(`${line.name} ${line.detail}`).toMatch(/[а-яё]/i);
  });

  rule("checks the right to write, as often as the relay asks", async ({ adapter }) => {
    for (const _ of [1, 2]) {
      const { lines } = await adapter.check({ write: true });
      expect(lines.filter((line) => line.ok === false)).toEqual([]);
    }
  });

  rule("names each line of a check once, and tells what to do about each failed line", async ({ adapter }) => {
    const { lines } = await adapter.check({ write: false });
    const names = lines.map((line) => line.name);
    expect(new Set(names).size).toBe(names.length);
    for (const line of lines) if (line.ok !== true) expect(line.todo).toMatch(/[а-яё]/i);
  });
}
