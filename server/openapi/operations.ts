import type { RequestCode } from "../../core/errors.ts";
import {
  actsQuery,
  inboxQuery,
  messagesQuery,
  noBody,
  payAgainBody,
  recoverQuery,
  retryBody,
  voidBody,
} from "../requests.ts";

/** Who may call an operation. */
export type Access = "open" | "link" | "signature" | "read" | "write";

/** One operation of the server, as the document describes it. */
export interface Operation {
  readonly method: "get" | "post";
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly query?: typeof actsQuery | typeof messagesQuery | typeof inboxQuery | typeof recoverQuery;
  readonly body?: typeof retryBody | typeof voidBody | typeof payAgainBody | typeof noBody;
  /** Source whose events the body holds. */
  readonly events?: "platform" | "onec";
  /** Answers by status: what it means, and the schema or media type of its body. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly RequestCode[];
}

/** {@link Operation.answers} */
export interface Answer {
  readonly description: string;
  /** A name of the document's schemas. */
  readonly schema?: string;
  readonly media?: string;
}

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
const BODY_PROBLEMS = ["malformed", "body_too_large", "validation_failed"] as const;
const act = { 200: { description: "The act after the decision", schema: "ActDetails" } };

/** Every operation of the server. A test holds that this table and the routes are the same. */
export const OPERATIONS: readonly Operation[] = [
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
  {
    method: "get",
    path: "/api/messages",
    id: "listMessages",
    tag: "Messages",
    summary: "Outgoing messages, newest first",
    access: "read",
    query: messagesQuery,
    answers: { 200: { description: "One page", schema: "MessagePage" } },
    problems: ["malformed", "validation_failed", "storage_unavailable"],
  },
  {
    method: "get",
    path: "/api/messages/{id}",
    id: "getMessage",
    tag: "Messages",
    summary: "One message with every attempt",
    access: "read",
    answers: { 200: { description: "The message", schema: "MessageDetails" } },
    problems: ["message_not_found", "storage_unavailable"],
  },
  {
    method: "post",
    path: "/api/messages/{id}/retry",
    id: "retryMessage",
    tag: "Messages",
    summary: "Send one message again",
    description: "A step of an act in 1C is repeated at the act, not here.",
    access: "write",
    body: noBody,
    answers: { 200: { description: "The message, due now", schema: "MessageDetails" } },
    problems: [...BODY_PROBLEMS, "message_not_found", "state_conflict", "storage_unavailable"],
  },
  {
    method: "post",
    path: "/api/messages/recover",
    id: "recoverMessages",
    tag: "Messages",
    summary: "Send every dead webhook made since an instant again, paced",
    access: "write",
    query: recoverQuery,
    body: noBody,
    answers: { 200: { description: "How many were put back", schema: "Recovered" } },
    problems: [...BODY_PROBLEMS, "storage_unavailable"],
  },
  {
    method: "get",
    path: "/api/endpoints",
    id: "listEndpoints",
    tag: "Messages",
    summary: "Outside addresses and whether they are stopped",
    access: "read",
    answers: { 200: { description: "The endpoints", schema: "EndpointList" } },
    problems: ["storage_unavailable"],
  },
  {
    method: "post",
    path: "/api/endpoints/{name}/resume",
    id: "resumeEndpoint",
    tag: "Messages",
    summary: "Open an endpoint that was stopped, for one by 410",
    access: "write",
    body: noBody,
    answers: { 200: { description: "The endpoint, open", schema: "Endpoint" } },
    problems: [...BODY_PROBLEMS, "not_found", "storage_unavailable"],
  },
  {
    method: "get",
    path: "/api/inbox",
    id: "listInbox",
    tag: "Inbox",
    summary: "Signed events received and their outcome, newest first",
    access: "read",
    query: inboxQuery,
    answers: { 200: { description: "One page", schema: "InboxPage" } },
    problems: ["malformed", "validation_failed", "storage_unavailable"],
  },
  {
    method: "get",
    path: "/health/live",
    id: "live",
    tag: "Operation",
    summary: "The process answers",
    access: "open",
    answers: { 200: { description: "It does", schema: "Live" } },
    problems: [],
  },
  {
    method: "get",
    path: "/health/ready",
    id: "ready",
    tag: "Operation",
    summary: "The storage can be used",
    description: "1C being down is shown in the body and does not make the server not ready: events are queued.",
    access: "open",
    answers: { 200: { description: "It can", schema: "Ready" } },
    problems: ["storage_unavailable"],
  },
  {
    method: "get",
    path: "/metrics",
    id: "metrics",
    tag: "Operation",
    summary: "Prometheus metrics",
    access: "read",
    answers: { 200: { description: "Prometheus text", media: "text/plain" } },
    problems: ["storage_unavailable"],
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "openapi",
    tag: "Operation",
    summary: "This document",
    access: "open",
    answers: { 200: { description: "OpenAPI 3.1", media: "application/json" } },
    problems: [],
  },
  {
    method: "get",
    path: "/docs",
    id: "docs",
    tag: "Operation",
    summary: "This document as a page",
    access: "open",
    answers: { 200: { description: "A page", media: "text/html" } },
    problems: [],
  },
  {
    method: "get",
    path: "/",
    id: "about",
    tag: "Operation",
    summary: "What this server is; leads to the demo where there is one",
    access: "open",
    answers: { 200: { description: "Name, version and addresses", media: "application/json" } },
    problems: [],
  },
];
