import process from "node:process";
import { readDatabase } from "../config/index.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { RESULTS } from "../messages/commands.ts";
import { HELP } from "../messages/help.ts";
import { readLanguage } from "../messages/text.ts";
import { type Command, parseCommand, SETTINGS_OPTIONS } from "./command.ts";
import { loadEnvironment } from "./settings.ts";

export const command: Command = {
  help: HELP.migrate,
  async run(args) {
    const { values } = parseCommand(args, SETTINGS_OPTIONS);
    loadEnvironment(values["env-file"]);
    const driver = await openDatabase(await readDatabase(process.env));
    try {
      const applied = await migrate(driver);
      console.log(RESULTS.migrated(applied)[readLanguage(process.env)]);
    } finally {
      await driver.close();
    }
    return 0;
  },
};
