#!/usr/bin/env node
import module from "node:module";
import process from "node:process";

// The check precedes all imports: the database's native part needs Node-API 10 and silently crashes an older Node.
// Node.js has Node-API 10 from 22.14 and 23.6 on.
if (Number(process.versions.napi) >= 10) {
  // The cache keeps compiled modules between starts, which halves the time of a start.
  module.enableCompileCache?.();
  const { runCommandLine: main } = await import("./cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(
    `onec-relay needs Node.js 22.14 or newer, this is ${process.versions.node}: install a newer one, or use the container image`,
  );
  process.exitCode = 1;
}
