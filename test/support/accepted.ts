import type { AcceptedAct } from "../../core/accepted-act.ts";
import type { AcceptanceEvidence, Act } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import { sha256Hex } from "../../core/ids.ts";
import { createPrinter, pdfBytes } from "../../core/print/index.ts";
import { anAct } from "./builders.ts";
import { makePrintableAct, organization } from "./print.ts";

const printer = createPrinter();
const toTime = (minute: number) => Date.UTC(2026, 10, 24, 9, minute, 12);

/** Complete evidence of an acceptance. */
export const EVIDENCE: AcceptanceEvidence = {
  by: { id: "user-7", name: "Ковалёв Пётр Ильич", contact: "+7 916 000-00-00" },
  means: "sms_code",
  ip: "203.0.113.7",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0",
  agreement: { url: "https://platform.example/agreement", version: "3", date: "2026-01-15" },
  confirmedAt: "2026-11-24T09:05:10.000Z",
};

interface Accepting {
  readonly largest?: number;
  readonly evidence?: AcceptanceEvidence | undefined;
  readonly pdfSha256?: string | null;
  readonly act?: Partial<Act>;
}

/** Makes the input of an accepted form: a file as the form of an act, and the act's history. */
export async function makeAcceptedAct(form: Uint8Array<ArrayBuffer>, options: Accepting = {}): Promise<AcceptedAct> {
  const { largest = Number.POSITIVE_INFINITY, evidence = "evidence" in options ? undefined : EVIDENCE } = options;
  const sha256 = await sha256Hex(form);
  const shown = { sha256, bytes: form.length, printedAt: toTime(1) };
  const act = anAct({ ...makePrintableAct(), ...options.act, status: "accepted", form: shown, payoutId: "pay-17" });
  const { pdfSha256 = sha256 } = options;
  const acceptance = {
    acceptedAt: toTime(5),
    acceptedBy: "Ковалёв П. И.",
    pdfSha256,
    ...(evidence ? { evidence } : {}),
  };
  const history = [
    { type: "act.requested", revision: 1, seq: 1, at: toTime(0) },
    { type: "act.created", seq: 3, at: toTime(1) },
    { type: "act.printed", form: { ...shown, sha256: "0".repeat(64) }, seq: 4, at: toTime(1) },
    { type: "act.printed", form: shown, seq: 5, at: toTime(2) },
    { type: "act.accepted", ...acceptance, seq: 6, at: toTime(5) },
  ] as unknown as RecordedEvent[];
  return { act, organizationInn: organization.inn, form, history, timeZone: "Europe/Moscow", largest };
}

/** Accepts a file as the form of an act, and joins the sheet. */
export async function acceptForm(form: Uint8Array<ArrayBuffer>, options: Accepting = {}) {
  const printed = await printer.printAccepted(await makeAcceptedAct(form, options));
  return { ...printed, file: pdfBytes(printed) };
}
