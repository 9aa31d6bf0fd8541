import { createMockAdapter } from "../../adapters/mock/index.ts";
import type { Act } from "../../core/act.ts";
import type { MarkedDocument } from "../../core/adapter.ts";
import { reconcile } from "../../server/reconcile/index.ts";
import { anAct } from "./builders.ts";

/*
 * Compares many acts, made page by page on demand, and prints time and memory. A separate process measures nothing else.
 */

const MANY = 300_000;
const TEMPLATE = anAct();

function idOf(n: number): string {
  return `${(n * 2_654_435_761).toString(16).slice(-8).padStart(8, "0")}-0000-5000-8000-${n.toString(16).padStart(12, "0")}`;
}

function actOf(n: number): Act {
  const document = { ref: idOf(n), number: String(n), date: "2026-11-24" };
  return { ...TEMPLATE, id: idOf(n), payoutId: `payout-${n}`, status: "ready", document, paymentOrder: null };
}

function documentOf(n: number): MarkedDocument {
  const { amount, counterparty } = TEMPLATE;
  const state = { posted: true, deletionMark: false, amount, counterpartyRef: counterparty?.ref ?? "" };
  return { ref: idOf(n), markedRefs: [idOf(n)], number: String(n), date: "2026-11-24", ...state };
}

function page<T>(
  cursor: string | undefined,
  limit: number,
  make: (n: number) => T,
): { items: T[]; next: string | null } {
  const from = Number(cursor ?? 0);
  const to = Math.min(from + limit, MANY);
  return { items: Array.from({ length: to - from }, (_, n) => make(from + n)), next: to < MANY ? String(to) : null };
}

let findings = 0;
const counts = await reconcile({
  store: {
    getAct: async (id) => actOf(Number.parseInt(id.slice(-12), 16)),
    listActs: async ({ cursor, limit }) => page(cursor, limit, actOf),
    getActByPaymentOrder: async () => null,
  },
  adapter: {
    ...createMockAdapter(),
    async listDocuments({ kind, cursor, limit }) {
      if (kind !== "act") return { documents: [], next: null };
      const { items, next } = page(cursor, limit, documentOf);
      return { documents: items, next };
    },
    findAct: async () => {
      throw new Error("Nothing has to be looked up one by one");
    },
  },
  since: "2026-01-01",
  newId: () => "id",
  onFinding: () => {
    findings += 1;
  },
});
const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ acts: counts.acts, listed: counts.listed?.acts, findings, peakMegabytes }));
