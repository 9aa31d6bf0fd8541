import type { Act, Adapter, AdapterAnswer, AdapterFlags, LastAct, PaymentState } from "../../core/index.ts";
import { AdapterError, PENDING } from "../../core/index.ts";
import { actForm, createPrinter, parseActTemplate } from "../../core/print/index.ts";
import type { ActPrinter, RelayOptions, RelaySettings } from "../../core/relay/index.ts";
import { createMemoryStore, createRelay } from "../../core/relay/index.ts";
import { type Equals, requireTrue } from "./equals.ts";

declare const books: Adapter;

// Each method but printAct and listDocuments is needed.
const { findAct: _, ...blind } = books;
// @ts-expect-error: findAct is missing
blind satisfies Adapter;

const { printAct: __, listDocuments: ____, ...without } = books;
without satisfies Adapter;

// @ts-expect-error: an answer of another shape
({ ...books, findLastAct: async () => ({ ref: "1" }) }) satisfies Adapter;

// @ts-expect-error: null is an answer of the methods that look for something only
({ ...books, createAct: async () => null }) satisfies Adapter;

// Every call except check may be answered later, so callers handle PENDING.
({ ...books, createAct: async () => PENDING, findAct: async () => PENDING }) satisfies Adapter;
// @ts-expect-error: check is answered at once
({ ...books, check: async () => PENDING }) satisfies Adapter;
requireTrue<Equals<ReturnType<Adapter["findLastAct"]>, Promise<LastAct | null | typeof PENDING>>>();
requireTrue<Equals<AdapterAnswer<string>, Promise<string | typeof PENDING>>>();
// @ts-expect-error: any other symbol is no answer
({ ...books, createAct: async () => Symbol("later") }) satisfies Adapter;

({}) satisfies AdapterFlags;
// @ts-expect-error: a flag that there is not
({ prnts: true }) satisfies AdapterFlags;

// An adapter cannot change parameters.
({
  ...books,
  async voidAct(params) {
    // @ts-expect-error: read only
    params.reason = "";
    return { found: true };
  },
}) satisfies Adapter;

requireTrue<Equals<keyof Awaited<ReturnType<Adapter["check"]>>, "lines">>();
({ order: "executed" }) satisfies Record<string, PaymentState["state"]>;

// An error says what to do with the work: there is no default.
new AdapterError("onec_timeout", "No answer", { outcome: "uncertain" });
// @ts-expect-error: without an outcome
new AdapterError("onec_timeout", "No answer", {});
// @ts-expect-error: an outcome that there is not
new AdapterError("onec_timeout", "No answer", { outcome: "failed" });
// @ts-expect-error: a request's code is no problem of an act
new AdapterError("malformed", "No answer", { outcome: "rejected" });

// The fewest options of a relay.
const fewest = {
  store: createMemoryStore(),
  adapter: books,
  printer: createPrinter(),
  settings: { platformId: "cabinet", organizationInn: "7707083893" },
  clock: Date.now,
  random: Math.random,
};
createRelay(fewest);
// @ts-expect-error: nobody can guess who pays
({ platformId: "cabinet" }) satisfies RelaySettings;
const { clock: ___, ...timeless } = fewest;
// @ts-expect-error: core reads no clock of its own
createRelay(timeless);
// @ts-expect-error: absent, not undefined
({ ...fewest, fetch: undefined }) satisfies RelayOptions;

// The printer of `createPrinter` serves the relay.
createPrinter() satisfies ActPrinter;
/** Not every act has a number and a period; the printer checks both at run time. */
export function printAct(act: Act): Promise<unknown> {
  const organization = { name: "ООО «Платформа»", inn: "7707083893" };
  // @ts-expect-error: an act that may have no document
  actForm({ act, organization, template: parseActTemplate({}) });
  return createPrinter().print({ act, organization });
}
