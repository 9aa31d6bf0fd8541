#!/usr/bin/env node
import module from "node:module";
import process from "node:process";

// Before anything else is imported: the database's native part crashes an older Node without a word.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 14)) {
  // Compiled modules are kept between starts: a start takes half the time.
  module.enableCompileCache?.();
  const { main } = await import("./cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(
    `onec-relay needs Node.js 22.14 or newer, this is ${process.versions.node}: install a newer one, or use the container image`,
  );
  process.exitCode = 1;
}
