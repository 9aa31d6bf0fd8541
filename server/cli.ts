#!/usr/bin/env node
import module from "node:module";
import process from "node:process";

// Before anything else is imported: the database's native part crashes an older Node without a word.
// What it needs is Node-API 10, which Node.js has from 22.14 and 23.6 on.
if (Number(process.versions.napi) >= 10) {
  // Compiled modules are kept between starts: a start takes half the time.
  module.enableCompileCache?.();
  const { runCommandLine: main } = await import("./cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(
    `onec-relay needs Node.js 22.14 or newer, this is ${process.versions.node}: install a newer one, or use the container image`,
  );
  process.exitCode = 1;
}
