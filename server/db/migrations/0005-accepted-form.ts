import type { Migration } from "./migration.ts";

/** Keeps the accepted form with the acceptance sheet, beside the printed form. */
export const acceptedForm: Migration = {
  name: "0005-accepted-form",
  statements: ({ bytes, tableOptions }) => [
    `create table accepted_form (
      act_id text not null primary key,
      sha256 text not null,
      bytes integer not null,
      prefix_hash text references form_prefix (hash),
      tail ${bytes} not null
    ) ${tableOptions}`,
  ],
};
