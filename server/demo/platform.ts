import type { Agent } from "./agents.ts";
import type { Changes } from "./feed.ts";
import { DEMO_BANKS } from "./fictitious.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type ActNotice, type Payout, type PayoutView, toPayoutView } from "./payout.ts";
import type { PlatformEvent, Refusal, Sender, Sent } from "./sender.ts";

/** A line of services from the form; decimals are strings. */
export interface ServiceInput {
  readonly name: string;
  readonly quantity: string;
  readonly unit: string;
  readonly price: string;
  readonly amount: string;
}

export interface PayoutInput {
  readonly amount: string;
  readonly vat: string;
  readonly account: string;
  readonly bic: string;
  readonly services: readonly ServiceInput[];
}

export type Done = { readonly ok: true; readonly payoutId: string } | { readonly ok: false; readonly refusal: Refusal };

export interface PlatformOptions {
  readonly agents: readonly Agent[];
  readonly sender: Sender;
  readonly changes: Changes;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly newId: () => string;
}

export interface Platform {
  request(agent: Agent, input: PayoutInput): Promise<Done>;
  /** Sends an unanswered request again, to the byte. */
  resend(payoutId: string): Promise<Done>;
  accept(payoutId: string): Promise<Done>;
  decline(payoutId: string, reason: string): Promise<Done>;
  /** Retries a problem as the relay's operator; `period`: the accountant's decision, or null. */
  retry(payoutId: string, period: { readonly from: string; readonly to: string } | null): Promise<Done>;
  /** Takes a verified event of the relay; returns the agent's id, or null for an unknown payout. */
  notice(payoutId: unknown, notice: ActNotice): string | null;
  /** Lists payouts, newest first, without payouts that still wait for the relay's first answer. */
  listViews(): readonly PayoutView[];
}

const MAX_EVENTS = 100;

export function createPlatform(options: PlatformOptions): Platform {
  const ledger = createLedger(options.changes);
  return {
    ...createUserActions(options, ledger),
    notice(payoutId, event) {
      const payout = ledger.get(String(payoutId));
      if (payout === undefined) return null;
      // The relay has the request, even if the relay's answer was lost.
      ledger.patch(payout.payoutId, { delivery: "sent", notices: [...payout.notices, event].slice(-MAX_EVENTS) });
      return payout.agentId;
    },
    listViews: ledger.listViews,
  };
}

function createUserActions(options: PlatformOptions, ledger: Ledger): Omit<Platform, "notice" | "listViews"> {
  const { agents, sender, clock } = options;

  /** Sends an event about a payout, and updates the payout after the relay's acceptance. */
  async function tell(payoutId: string, type: string, data: object, after: Partial<Payout>): Promise<Done> {
    const payout = ledger.get(payoutId);
    if (payout === undefined) return refuseUnknownPayout();
    const sent = await sender.send(createEvent(options, payout.agentId, type, { payoutId, ...data }));
    if (sent.kind === "accepted") ledger.patch(payoutId, after);
    return toDone(payoutId, sent);
  }

  return {
    request(agent, input) {
      const payoutId = `pay-${options.newId()}`;
      const requestedAt = clock();
      const event = createEvent(
        options,
        agent.id,
        "act.requested",
        createRequestData(payoutId, requestedAt, agent, input),
      );
      const { amount, vat } = input;
      const fresh = { delivery: "sending", acceptedAt: null, declined: null, notices: [] } as const;
      ledger.open({ payoutId, agentId: agent.id, amount, vat, requestedAt, ...fresh }, event);
      return sendRequest(sender, ledger, payoutId);
    },
    resend: (payoutId) => sendRequest(sender, ledger, payoutId),
    accept(payoutId) {
      const payout = ledger.get(payoutId);
      const pdfSha256 = payout && toPayoutView(payout).act?.pdf.sha256;
      const agent = agents.find(({ id }) => id === payout?.agentId);
      const at = clock();
      const acceptedAt = new Date(at).toISOString();
      const acceptedBy = agent?.contractor.name;
      const data = { acceptedAt, acceptedBy, pdfSha256, evidence: createEvidence(agent, acceptedAt) };
      return tell(payoutId, "act.accepted", data, { acceptedAt: at });
    },
    decline(payoutId, reason) {
      const at = clock();
      const data = { declinedAt: new Date(at).toISOString(), reason };
      return tell(payoutId, "act.declined", data, { declined: { at, reason } });
    },
    async retry(payoutId, period) {
      const payout = ledger.get(payoutId);
      const actId = payout && toPayoutView(payout).actId;
      if (!actId) return refuseUnknownPayout();
      return toDone(payoutId, await sender.retry(actId, period === null ? {} : { period }));
    },
  };
}

/** The demo's cabinet knows its agent by a password alone. */
function createEvidence(agent: Agent | undefined, confirmedAt: string) {
  if (agent === undefined) return undefined;
  const { name, email, contract } = agent.contractor;
  const agreement = { url: contract.url, date: contract.date };
  return { by: { id: agent.id, name, contact: email }, means: "password", agreement, confirmedAt };
}

function createEvent(
  { clock, newId }: PlatformOptions,
  agentId: string,
  type: string,
  data: Readonly<Record<string, unknown>>,
): PlatformEvent {
  const body = JSON.stringify({ type, timestamp: new Date(clock()).toISOString(), data });
  return { webhookId: `evt_${newId().replaceAll("-", "")}`, type, body, agentId };
}

async function sendRequest(sender: Sender, ledger: Ledger, payoutId: string): Promise<Done> {
  const request = ledger.getRequest(payoutId);
  if (request === undefined) return refuseUnknownPayout();
  const sent = await sender.send(request);
  // A refused payout is deleted, and its form stays open.
  if (sent.kind === "refused") ledger.forget(payoutId);
  else if (sent.kind === "accepted") ledger.patch(payoutId, { delivery: "sent" });
  else if (ledger.get(payoutId)?.delivery === "sending") ledger.patch(payoutId, { delivery: "unsent" });
  return toDone(payoutId, sent);
}

function createRequestData(payoutId: string, at: number, { contractor }: Agent, input: PayoutInput) {
  const { account: number, bic, amount, vat, services } = input;
  const bank = Object.values(DEMO_BANKS).find((known) => known.bic === bic);
  return {
    payoutId,
    revision: 1,
    requestedAt: new Date(at).toISOString(),
    amount,
    vat,
    contractor: { ...contractor, bankAccount: { number, bic, ...bank } },
    ...(services.length === 0 ? {} : { services }),
  };
}

function toDone(payoutId: string, sent: Sent): Done {
  if (sent.kind === "accepted") return { ok: true, payoutId };
  if (sent.kind === "refused") return { ok: false, refusal: sent.refusal };
  const detail = "Шлюз сейчас не отвечает. Ничего не потеряно: отправьте ещё раз, второго акта не будет.";
  return { ok: false, refusal: { status: 502, code: "relay_unreachable", detail, errors: [] } };
}

function refuseUnknownPayout(): Done {
  const detail = "Такой выплаты нет: возможно, демонстрацию перезапустили. Обновите страницу.";
  return { ok: false, refusal: { status: 404, code: "payout_unknown", detail, errors: [] } };
}
