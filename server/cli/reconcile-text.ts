import type { Act } from "../../core/act.ts";
import { type PlainDate, printDate } from "../../core/date.ts";
import { formatMoney, printMoney } from "../../core/money.ts";
import { pickPluralForm } from "../../core/words.ts";
import type { ReconcileCounts } from "../reconcile/index.ts";
import type { Difference, Finding, FindingKind, FoundDocument } from "../reconcile/judge.ts";

const KINDS: Readonly<Record<FindingKind, { readonly name: string; readonly todo: string }>> = {
  missing: {
    name: "нет в 1С",
    todo: "восстановите документ из копии базы 1С либо отмените акт в шлюзе (POST /api/acts/{actId}/void) и запросите его заново",
  },
  unposted: { name: "не проведён", todo: "проведите документ в 1С; если акт не нужен, отмените его через шлюз" },
  marked: {
    name: "помечен на удаление",
    todo: "снимите пометку и проведите документ; если его отменили намеренно, отмените акт и в шлюзе",
  },
  changed: {
    name: "изменён в 1С",
    todo: "сверьте с актом, который видел исполнитель: верните прежние данные либо отмените акт и сформируйте новый",
  },
  not_voided: {
    name: "отменён в шлюзе, в 1С действует",
    todo: "отмените проведение и пометьте документ на удаление в 1С либо повторите шаг (POST /api/acts/{actId}/retry)",
  },
  doubled: {
    name: "задвоен",
    todo: "оставьте документ, по которому работает шлюз, второй пометьте на удаление; если это копия для другого случая, сотрите в её комментарии отметку onec-relay",
  },
  unknown: {
    name: "неизвестен шлюзу",
    todo: "база шлюза, видимо, восстановлена из старой копии: попросите платформу прислать событие ещё раз, второго документа не появится; лишний документ пометьте на удаление",
  },
};

const DOCUMENTS = { act: "акт", payment_order: "поручение" } as const;
const FIELDS = { amount: "сумма", date: "дата", number: "номер", counterparty: "контрагент" } as const;
const NAME_WIDTH = Math.max(...Object.values(KINDS).map(({ name }) => name.length));

export function formatHeadline(since: PlainDate): string {
  return `Сверка шлюза с 1С: документы с ${printDate(since)}\n`;
}

export function formatFinding(finding: Finding): string {
  const { act, document, kind } = finding;
  const parts = [`${DOCUMENTS[document]} ${formatDocument(finding)}`];
  if (act !== null) parts.push(`выплата ${act.payoutId}`);
  if (finding.first !== undefined)
    parts.push(`шлюз работает по № ${finding.first.number} от ${printDate(finding.first.date)}`);
  for (const difference of finding.differences ?? []) parts.push(formatDifference(difference));
  return `✗ ${KINDS[kind].name.padEnd(NAME_WIDTH)}  ${parts.join("; ")}`;
}

function formatDocument({ act, document, found }: Finding): string {
  const { number, date } = found ?? findOwnDocument(act, document) ?? { number: null, date: null };
  const amount = found?.amount ?? act?.amount;
  return [
    number === null ? "без номера" : `№ ${number}`,
    ...(date === null ? [] : [`от ${printDate(date)}`]),
    ...(amount === undefined ? [] : [`на ${printMoney(amount)}`]),
  ].join(" ");
}

/** Finds the relay's own data of the document. */
function findOwnDocument(
  act: Act | null,
  document: Finding["document"],
): Pick<FoundDocument, "number" | "date"> | null {
  if (document === "act") return act?.document ?? null;
  const { number = null, date = null } = act?.paymentOrder ?? {};
  return number === null || date === null ? null : { number, date };
}

function formatDifference(difference: Difference): string {
  const { field, relay, onec } = difference;
  if (field === "amount") return `сумма в шлюзе ${printMoney(relay)}, в 1С ${printMoney(onec)}`;
  if (field === "date") return `дата в шлюзе ${printDate(relay)}, в 1С ${printDate(onec)}`;
  return `${FIELDS[field]} в шлюзе ${relay}, в 1С ${onec}`;
}

export function todoOf(kind: FindingKind): string {
  return `  ${KINDS[kind].name} — ${KINDS[kind].todo}.`;
}

export function formatSummary({ acts, orders, listed, findings }: ReconcileCounts): string {
  const compared = `Сверено: в шлюзе ${formatCounts(acts, orders)}`;
  const lines =
    listed === null
      ? [
          `${compared}.`,
          "Не проверено: задвоенные и неизвестные шлюзу документы; это подключение к 1С не умеет их перечислять.",
        ]
      : [`${compared}; в 1С с отметкой шлюза ${formatCounts(listed.acts, listed.orders)}.`];
  return [...lines, findings === 0 ? "Расхождений нет." : `Расхождений: ${findings}.`].join("\n");
}

function formatCounts(acts: number, orders: number): string {
  const ofActs = pickPluralForm(acts, "акт", "акта", "актов");
  const ofOrders = pickPluralForm(orders, "поручение", "поручения", "поручений");
  return `${acts} ${ofActs} и ${orders} ${ofOrders}`;
}

/** Converts a finding for programs: references in full, money as a decimal string. */
export function toFindingJson({ kind, document, act, found, first, differences }: Finding) {
  return {
    kind,
    document,
    ...(act === null ? {} : { actId: act.id, payoutId: act.payoutId, status: act.status }),
    onec: found === null ? null : toDocumentJson(found),
    ...(first === undefined ? {} : { first: toDocumentJson(first) }),
    ...(differences === undefined ? {} : { differences: differences.map(toDifferenceJson) }),
  };
}

function toDocumentJson({ ref, number, date, posted, deletionMark, amount, counterpartyRef }: FoundDocument) {
  const money = amount === undefined ? {} : { amount: formatMoney(amount) };
  return { ref, number, date, posted, deletionMark, ...money, counterpartyRef };
}

function toDifferenceJson(difference: Difference) {
  const { field, relay, onec } = difference;
  return field === "amount" ? { field, relay: formatMoney(relay), onec: formatMoney(onec) } : { field, relay, onec };
}
