import * as v from "valibot";
import { ACT_STATUSES } from "../../core/act.ts";
import { isPlainDate, parseInstant } from "../../core/date.ts";
import { laneSchema, messageStateSchema } from "./answers.ts";

/*
 * What the API takes: queries and bodies as strict schemas. A message of a check here names the sentence in `input.ts`.
 */

const limit = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^([1-9]\d?|100)$/, "limit"),
    v.transform(Number),
    // Holds already; says in the OpenAPI document what the pattern says here.
    v.number(),
    v.integer(),
    v.minValue(1),
    v.maxValue(100),
  ),
  "50",
);
const cursor = v.optional(
  v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/, "cursor"), v.description("`next` of the former page")),
);
const plain = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100), v.regex(/^[^\p{Cc}\p{Cs}]+$/u, "text"));
const uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "uuid"),
  v.toLowerCase(),
);
const date = v.pipe(v.string(), v.check(isPlainDate, "date"), v.description("Plain date, YYYY-MM-DD"));
const actor = v.optional(v.pipe(plain, v.description("Who decided; recorded in the history as person:<actor>")), "api");

/** Query of `GET /api/acts`. */
export const actsQuery = v.strictObject({
  status: v.optional(v.picklist(ACT_STATUSES)),
  inn: v.optional(v.pipe(v.string(), v.regex(/^\d{10}(\d{2})?$/, "inn"))),
  payoutId: v.optional(plain),
  problem: v.optional(
    v.pipe(v.picklist(["true", "false"]), v.description("Only acts with a problem, or only those without")),
  ),
  cursor,
  limit,
});

/** Query of `GET /api/messages`. */
export const messagesQuery = v.strictObject({
  lane: v.optional(laneSchema),
  state: v.optional(messageStateSchema),
  actId: v.optional(uuid),
  cursor,
  limit,
});

/** Query of `GET /api/inbox`. */
export const inboxQuery = v.strictObject({ cursor, limit });

/** Query of `POST /api/messages/recover`. */
export const recoverQuery = v.strictObject({
  since: v.pipe(
    v.string(),
    v.check((text) => parseInstant(text) !== null, "instant"),
    v.description("RFC 3339 instant; messages made since are sent again"),
  ),
});

/** Body of `POST /api/acts/{actId}/retry`. */
export const retryBody = v.strictObject({
  period: v.optional(
    v.pipe(
      v.strictObject({ from: date, to: date }),
      v.check(({ from, to }) => from <= to, "period"),
    ),
  ),
  counterpartyRef: v.optional(v.pipe(uuid, v.description("The card in 1C to use; the binding is kept"))),
  actor,
});

/** Body of `POST /api/acts/{actId}/void`. */
export const voidBody = v.strictObject({
  reason: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000), v.regex(/^[^\p{Cs}\0]+$/u, "text")),
  actor,
});

/** Body of `POST /api/acts/{actId}/pay-again`. */
export const payAgainBody = v.strictObject({ actor });

/** Body of an operation that takes none. */
export const noBody = v.strictObject({});
