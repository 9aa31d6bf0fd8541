import type { Operation } from "./operation.ts";
import { ACT_OPERATIONS } from "./operations-acts.ts";
import { ONEC_OPERATIONS } from "./operations-onec.ts";
import { UPKEEP_OPERATIONS } from "./operations-upkeep.ts";

/** Every operation of the server. A test holds that this table and the routes are the same. */
export const OPERATIONS: readonly Operation[] = [...ACT_OPERATIONS, ...ONEC_OPERATIONS, ...UPKEEP_OPERATIONS];
