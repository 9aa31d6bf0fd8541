import type { Operation } from "./operation.ts";

const PROTOCOL = "The messages are those of adapters/onec-http/protocol.openapi.json, signed both ways.";
const SIGNED_PROBLEMS = [
  ...(["malformed", "signature_invalid", "timestamp_out_of_tolerance", "not_found"] as const),
  ...(["body_too_large", "validation_failed", "storage_unavailable"] as const),
];

/** What 1C's extension calls in pull mode. */
export const ONEC_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/onec/commands/claim",
    id: "claimCommands",
    tag: "1C fetches commands",
    summary: "1C asks for work, and waits up to 25 seconds for it",
    description: `Answers 404 unless ONEC_TRANSPORT is pull. ${PROTOCOL}`,
    access: "signature",
    media: ["application/json"],
    answers: { 200: { description: "Commands to execute in this order, or none", media: "application/json" } },
    problems: [...SIGNED_PROBLEMS, "webhook_id_conflict"],
  },
  {
    method: "post",
    path: "/onec/commands/{id}/result",
    id: "postCommandResult",
    tag: "1C fetches commands",
    summary: "The result of a command",
    description: `A printed form is posted as it is. Posting a result again changes nothing. ${PROTOCOL}`,
    access: "signature",
    media: ["application/json", "application/pdf"],
    answers: { 200: { description: "Dealt with, durably: forget the command", media: "application/json" } },
    problems: SIGNED_PROBLEMS,
  },
];
