import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ONEC_EVENTS, OPERATOR_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "../../core/events.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test.each([
  ["In, from the platform", PLATFORM_EVENTS],
  ["In, from 1C", ONEC_EVENTS],
  ["Out, to `PLATFORM_URL`", OUTBOUND_EVENTS],
  ["Out, only to `OPS_URL`", OPERATOR_EVENTS],
])("the README lists every event: %s", (head, events) => {
  const [, item = ""] = README.split(`- ${head}: `);
  const [sentence = ""] = item.split(/\.(?:\s|$)/);
  expect([...sentence.matchAll(/`([^`]+)`/g)].map(([, type]) => type)).toEqual(Object.keys(events));
});
