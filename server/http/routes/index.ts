import type { Operation } from "../operation.ts";
import { actOperations } from "./acts.ts";
import { documentOperations } from "./documents.ts";
import { inboxOperations } from "./inbox.ts";
import { messageOperations } from "./messages.ts";
import { onecOperations } from "./onec.ts";
import { serverOperations } from "./server.ts";
import { webhookOperations } from "./webhooks.ts";

/** Every operation of the server, in the order of the OpenAPI document. */
export const OPERATIONS: readonly Operation[] = [
  ...webhookOperations,
  ...documentOperations,
  ...actOperations,
  ...onecOperations,
  ...messageOperations,
  ...inboxOperations,
  ...serverOperations,
];
