import { actsQuery, payAgainBody, retryBody, voidBody } from "../requests.ts";
import { BODY_PROBLEMS, type Operation } from "./operation.ts";

const RECEIVED = {
  202: { description: "New, durably stored: what was answered so is never lost", schema: "Received" },
  200: { description: "Known already, no second effect", schema: "Received" },
} as const;
const EVENT_PROBLEMS = [
  ...([
    "malformed",
    "signature_invalid",
    "timestamp_out_of_tolerance",
    "act_not_found",
    "webhook_id_conflict",
  ] as const),
  ...(["state_conflict", "body_too_large", "validation_failed", "unknown_event_type", "storage_unavailable"] as const),
];
const PDF = {
  200: { description: "The printed form", media: "application/pdf" },
  206: { description: "The part that was asked for", media: "application/pdf" },
  304: { description: "Not changed: the ETag is its sha256" },
  416: { description: "No such part" },
} as const;
const act = { 200: { description: "The act after the decision", schema: "ActDetails" } };

/** Events in, printed forms, and acts. */
export const ACT_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/webhooks/platform",
    id: "receivePlatformEvent",
    tag: "Events in",
    summary: "An event from the platform",
    access: "signature",
    events: "platform",
    answers: RECEIVED,
    problems: [...EVENT_PROBLEMS, "payout_conflict", "form_changed", "kind_not_allowed"],
  },
  {
    method: "post",
    path: "/webhooks/onec",
    id: "receiveOnecEvent",
    tag: "Events in",
    summary: "An event from 1C",
    description: "Answers 404 where no secret for 1C is set.",
    access: "signature",
    events: "onec",
    answers: RECEIVED,
    problems: [...EVENT_PROBLEMS, "not_found"],
  },
  {
    method: "get",
    path: "/documents/{file}",
    id: "openDocument",
    tag: "Printed form",
    summary: "The printed form behind a signed link",
    description: "`{file}` is `{actId}.pdf`. Take the whole link from act.ready or from the act; it cannot be made up.",
    access: "link",
    answers: PDF,
    problems: ["not_found", "link_invalid", "link_expired", "storage_unavailable"],
  },
  {
    method: "get",
    path: "/api/acts",
    id: "listActs",
    tag: "Acts",
    summary: "Acts, newest first",
    access: "read",
    query: actsQuery,
    answers: { 200: { description: "One page", schema: "ActPage" } },
    problems: ["malformed", "validation_failed", "storage_unavailable"],
  },
  {
    method: "get",
    path: "/api/acts/{actId}",
    id: "getAct",
    tag: "Acts",
    summary: "One act with its history and a fresh link to its form",
    access: "read",
    answers: { 200: { description: "The act", schema: "ActDetails" } },
    problems: ["act_not_found", "storage_unavailable"],
  },
  {
    method: "get",
    path: "/api/acts/{actId}/pdf",
    id: "getActPdf",
    tag: "Acts",
    summary: "The printed form of an act",
    access: "read",
    answers: PDF,
    problems: ["act_not_found", "form_not_found", "storage_unavailable"],
  },
  {
    method: "post",
    path: "/api/acts/{actId}/retry",
    id: "retryAct",
    tag: "Acts",
    summary: "Go on from a problem",
    description:
      "May carry a period or a card in 1C that a person decided on. The problem stands until the step succeeds.",
    access: "write",
    body: retryBody,
    answers: act,
    problems: [...BODY_PROBLEMS, "act_not_found", "state_conflict", "storage_unavailable"],
  },
  {
    method: "post",
    path: "/api/acts/{actId}/void",
    id: "voidAct",
    tag: "Acts",
    summary: "Void an act",
    access: "write",
    body: voidBody,
    answers: act,
    problems: [...BODY_PROBLEMS, "act_not_found", "state_conflict", "storage_unavailable"],
  },
  {
    method: "post",
    path: "/api/acts/{actId}/pay-again",
    id: "payAgain",
    tag: "Acts",
    summary: "A new payment order, once the former is confirmed rejected or deleted",
    access: "write",
    body: payAgainBody,
    answers: act,
    problems: [...BODY_PROBLEMS, "act_not_found", "state_conflict", "storage_unavailable"],
  },
];
