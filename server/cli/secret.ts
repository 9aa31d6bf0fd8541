import { createSecret } from "../../core/webhook.ts";
import { HELP } from "../messages/help.ts";
import { type Command, parseCommand } from "./command.ts";

export const command: Command = {
  help: HELP.secret,
  async run(args) {
    parseCommand(args, {});
    console.log(createSecret());
    return 0;
  },
};
