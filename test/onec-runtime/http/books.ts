import type { MockAdapter } from "../../../adapters/mock/index.ts";
import type { Operation, Params, Settings } from "../../../adapters/onec-http/protocol.ts";
import { type CallContext, PENDING } from "../../../core/adapter.ts";
import { encodeBase64 } from "../../../core/base64.ts";
import { AdapterError } from "../../../core/errors.ts";
import { formatMoney, parseMoney, parseQuantity } from "../../../core/money.ts";
import type { Contractor, Organization } from "../../../core/parties.ts";

/** The form of the act with this number, as the played 1C prints it: nobody takes it for the standard one. */
export function formOf(number: string): Uint8Array<ArrayBuffer> {
  const content = `BT /F 12 Tf 60 760 Td (1C itself has printed act ${number.replace(/[^A-Za-z0-9-]/g, "?")}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let file = "%PDF-1.7\n";
  const offsets = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  const end = `trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`;
  return new TextEncoder().encode(`${file}${table}${end}`);
}

/** What the played extension does with an operation, over the books of the mock. */
export type Books = { readonly [O in Operation]: (params: Params<O>, settings: Settings) => Promise<object> };

const kopecks = (text: string) => parseMoney(text) ?? Number.NaN;

/**
 * The accounting brain of the played 1C: every operation of the protocol over the mock's infobase, whose refusals are
 * thrown as they are. `open` gives the mock as it stands now.
 */
export function createBooks(open: () => MockAdapter): Books {
  const call = async <T>(
    begin: (onec: MockAdapter, context: CallContext) => Promise<T | typeof PENDING>,
  ): Promise<T> => {
    const answer = await begin(open(), { id: "played" });
    if (answer === PENDING) throw new TypeError("The played 1C answers at once");
    return answer;
  };
  const row = (ref: string) =>
    open()
      .mock.takeSnapshot()
      .acts.find((act) => act.ref === ref);
  return {
    async ping({ write }, { organizationInn }) {
      const organization = await call<Organization>((onec, at) => onec.getOrganization(at));
      const checks = write ? (await open().check({ write })).lines : [];
      return {
        extension: "1.0.0",
        platform: "8.3.27.1606",
        configuration: { name: "Бухгалтерия предприятия (учебная)", version: "3.0.180.17" },
        organization: organization.inn === organizationInn ? organization : null,
        checks: checks.filter(({ name }) => name === "Запись"),
      };
    },
    counterparty: ({ contractor, ref, boundRef, confirmed, contractLine }) => {
      if (contractLine?.url !== contractor.contract?.url) throw new TypeError("The contract's line has another link");
      const bound = boundRef === undefined ? {} : { boundRef };
      const known = { ref, confirmed, ...bound, contractor: contractor as Contractor };
      return call((onec, at) => onec.upsertCounterparty(known, at));
    },
    async "latest-acts"({ counterpartyRef, exceptRef, exceptMarker }) {
      // Refuses, is slow or dies as every call of the mock.
      await call((onec, at) => onec.findLastAct({ counterpartyRef, exceptRef }, at));
      const acts = open()
        .mock.takeSnapshot()
        .acts.filter((act) => act.counterpartyRef === counterpartyRef && act.posted && !act.deletionMark)
        .filter((act) => act.ref !== exceptRef && !act.comment.includes(exceptMarker))
        .sort((a, b) => b.date.localeCompare(a.date) || b.moment - a.moment)
        .map(({ ref, date, comment }) => ({ ref, date, comment }));
      return { acts: acts.slice(0, 100) };
    },
    async act({ marker: _, comment, ...params }) {
      const isNew = row(params.ref) === undefined;
      const made = await call((onec, at) =>
        onec.createAct(
          {
            ...params,
            contractor: params.contractor as Contractor,
            amount: kopecks(params.amount),
            lines: params.lines.map(({ name, quantity, unit, price, amount }) => ({
              name,
              quantity: parseQuantity(quantity) ?? Number.NaN,
              unit,
              price: kopecks(price),
              amount: kopecks(amount),
            })),
          },
          at,
        ),
      );
      const written = row(made.ref);
      // The mock writes what 1C is told to write: the same words, or the relay sends wrong ones.
      const same =
        written?.comment === comment && params.lines.every(({ content }, n) => content === written.lines[n]?.content);
      if (isNew && !same) throw new TypeError("Comment or content are not what stands in the books");
      const kept =
        written === undefined ? {} : { amount: formatMoney(written.amount), counterpartyRef: written.counterpartyRef };
      return { ref: made.ref, number: made.number, date: made.date, comment: written?.comment ?? "", ...kept };
    },
    async "act-find"({ ref }) {
      const found = await call((onec, at) => onec.findAct({ ref }, at));
      if (found === null) return { act: null };
      const { period: _, amount, ...act } = found;
      return { act: { ...act, amount: formatMoney(amount), comment: row(act.ref)?.comment ?? "" } };
    },
    async "act-form"({ ref }) {
      const found = await call((onec, at) => onec.findAct({ ref }, at));
      if (found === null) throw refusal("print_failed", `Акт не найден: ${ref}`);
      return { pdf: encodeBase64(formOf(found.number)) };
    },
    "act-void": ({ ref, reason }) => call((onec, at) => onec.voidAct({ ref, reason }, at)),
    "payment-order": ({ marker: _, comment: __, amount, contractor, ...params }) =>
      call((onec, at) =>
        onec.createPaymentOrder({ ...params, contractor: contractor as Contractor, amount: kopecks(amount) }, at),
      ),
    async "payment-order-find"({ ref }) {
      return { order: await call((onec, at) => onec.findPaymentOrder({ ref }, at)) };
    },
    async "payment-states"({ orders }) {
      const refs = orders.map(({ ref }) => ref);
      const states = await call((onec, at) => onec.getPaymentStates(refs, at));
      return { states: Object.entries(states).map(([ref, state]) => ({ ref, ...state })) };
    },
    async documents({ kind, since, after, limit }) {
      const asked = { kind, since, limit, ...(after === null ? {} : { cursor: after }) };
      const page = await call((onec, at) => onec.listDocuments!(asked, at));
      const rows = kind === "act" ? open().mock.takeSnapshot().acts : open().mock.takeSnapshot().paymentOrders;
      const documents = page.documents.map(({ markedRefs: _, amount, ...document }) => {
        const comment = rows.find(({ ref }) => ref === document.ref)?.comment ?? "";
        return { ...document, amount: formatMoney(amount), comment };
      });
      return { documents, next: page.next };
    },
  };
}

function refusal(code: "print_failed", detail: string): AdapterError {
  return new AdapterError(code, "The played 1C refuses", { outcome: "rejected", detail });
}
