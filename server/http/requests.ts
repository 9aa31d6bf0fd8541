import * as v from "valibot";
import { isPlainDate } from "../../core/date.ts";
import { cleanLine, hasRefusedCharacter, joinLines } from "../../core/text.ts";

/* Fields of queries and bodies, as schemas. A message of a check here names the sentence in `input.ts`. */

/** Largest number of items on a page. */
export const limit = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^([1-9]\d?|100)$/, "limit"),
    v.transform(Number),
    // These checks always pass: they repeat the pattern for the OpenAPI document.
    v.number(),
    v.integer(),
    v.minValue(1),
    v.maxValue(100),
  ),
  "50",
);
/** `next` of the former page. */
export const cursor = v.optional(
  v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/, "cursor"), v.description("`next` of the former page")),
);
/** A line of text. */
export const text = createTextSchema(100, cleanLine);
/** A longer text; line breaks become spaces. */
export const longText = createTextSchema(1000, joinLines);
/** A UUID, in lower case after parsing. */
export const uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "uuid"),
  v.toLowerCase(),
);
/** A day in the business time zone. */
export const plainDate = v.pipe(v.string(), v.check(isPlainDate, "date"), v.description("Plain date, YYYY-MM-DD"));
/** The person behind a decision. */
export const actor = v.optional(
  v.pipe(text, v.description("Who decided; recorded in the history as person:<actor>")),
  "api",
);

/** Body of an operation without input. */
export const noBody = v.strictObject({});

function createTextSchema(maxLength: number, clean: (text: string) => string) {
  return v.pipe(
    v.string(),
    v.transform(clean),
    v.minLength(1),
    v.maxLength(maxLength),
    v.check((line) => !hasRefusedCharacter(line), "text"),
  );
}
