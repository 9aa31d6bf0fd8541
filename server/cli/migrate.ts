import process from "node:process";
import { readDatabase } from "../config/index.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { type Command, parseCommand, SETTINGS_HELP, SETTINGS_OPTIONS } from "./command.ts";
import { loadEnvironment } from "./settings.ts";

export const command: Command = {
  help: `Usage: onec-relay migrate [--env-file PATH]

Applies the migrations that the database of DATABASE_URL still lacks. "serve" does the same at its start.

Options:
${SETTINGS_HELP}`,
  async run(args) {
    const { values } = parseCommand(args, SETTINGS_OPTIONS);
    loadEnvironment(values["env-file"]);
    const driver = await openDatabase(await readDatabase(process.env));
    try {
      const applied = await migrate(driver);
      console.log(applied.length === 0 ? "Nothing to apply" : `Applied: ${applied.join(", ")}`);
    } finally {
      await driver.close();
    }
    return 0;
  },
};
