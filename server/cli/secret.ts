import { createSecret } from "../../core/webhook.ts";
import { type Command, parseCommand } from "./command.ts";

export const command: Command = {
  help: `Usage: onec-relay secret

Prints a new whsec_… secret: 32 random bytes. It fits every setting that ends with _SECRET.
Set one and the same on both sides. To replace one, put the new one before the old one
("NEW,OLD") on the side that verifies, then change the side that signs, then drop the old one.

Options:
  -h, --help         show this help`,
  async run(args) {
    parseCommand(args, {});
    console.log(createSecret());
    return 0;
  },
};
