import { initial } from "./0001-initial.ts";
import { awaiting } from "./0002-awaiting.ts";
import { oldestFirst } from "./0003-oldest-first.ts";
import { innOwners } from "./0004-inn-owners.ts";
import { acceptedForm } from "./0005-accepted-form.ts";
import type { Migration } from "./migration.ts";

/** All migrations, oldest first. */
export const MIGRATIONS: readonly Migration[] = [initial, awaiting, oldestFirst, innOwners, acceptedForm];
