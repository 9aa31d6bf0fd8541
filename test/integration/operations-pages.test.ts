import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { PROBLEMS } from "../../core/errors.ts";
import { SETTING_NAMES } from "../../server/config/schema.ts";
import { createMetrics } from "../../server/http/metrics.ts";
import { createOpenApi } from "../../server/http/openapi/document.ts";
import { OPERATIONS } from "../../server/http/routes/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGES = ["OPERATIONS.md", "OPERATIONS.ru.md", "SCALE.md", "EDGE.md"].map((name) => {
  const path = join(ROOT, "server", name);
  return { name, path, text: readFileSync(path, "utf8") };
});
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const SOURCES = ["core", "server"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => read(join(folder, name))),
);
/** Finds the codes of a page: texts between backquotes and in blocks. */
const codes = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
const found = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, one = ""]) => one))];

/** Whether a route of the API's description, `/api/acts/{actId}`, is this one. */
const matches = (pattern: string, route: string) =>
  new RegExp(`^${pattern.replace(/\./g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`).test(route);

/** Returns every metric of a server with some history. */
function metrics(): string {
  const seen = createMetrics();
  seen.countRequest({ method: "GET", route: "/", status: 200, ms: 1 });
  seen.countWebhook("platform", "accepted");
  const oldestDueAt = { accounting: 1, webhook: 1 };
  const stats = { acts: {}, problems: { bank_unknown: 1 }, messages: {}, oldestDueAt, failedCommits: 1 };
  const breaker = { state: "closed", probeAt: null, capacity: 1, code: null } as const;
  return seen.render({ stats, breaker, running: { accounting: 0, webhook: 0 }, at: 2, version: "0", adapter: "mock" });
}

describe.each(PAGES)("$name", ({ path, text }) => {
  test("names existing settings", () => {
    const named = found(text, /\b((?:ONEC|PLATFORM|DOCUMENT|API|DATABASE|RETENTION|OPS|LOG|ORGANIZATION)_[A-Z_]+)\b/g);
    expect(named.length).toBeGreaterThan(1);
    expect(SETTING_NAMES).toEqual(expect.arrayContaining(named));
  });

  test("names existing commands, benchmarks and tests", () => {
    const commands = found(text, /npm run (?:--silent )?relay -- ([a-z]+)/g);
    for (const name of commands) expect(existsSync(join(ROOT, `server/cli/${name}.ts`)), name).toBe(true);
    for (const name of found(text, /npm run bench -- ([a-z]+)/g))
      expect(read("test/bench/bench.ts")).toContain(`${name}: async`);
    for (const file of found(text, /npx vitest run (\S+\.ts)/g)) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  test("names existing metrics, states and codes", () => {
    const shown = metrics();
    for (const name of found(text, /\b(onec_relay_[a-z_]+)\b/g))
      expect(shown).toMatch(new RegExp(`^# TYPE ${name} `, "m"));
    for (const [, pair = ""] of text.matchAll(/onec_relay_[a-z_]+\{((?:state|lane)="[a-z_]+")\}/g))
      expect(shown).toContain(pair);
    for (const code of found(text, /(?:^|[^\w])`?((?:onec|ref_key)_[a-z_]+)\b/g)) {
      if (!code.startsWith("onec_relay")) expect(Object.keys(PROBLEMS)).toContain(code);
    }
  });

  test("names existing routes", () => {
    const routes = Object.entries(createOpenApi(OPERATIONS, "0").paths);
    for (const code of codes(text)) {
      const [, method = "get", route = ""] =
        /^(?:(GET|POST) )?(\/(?:api|health|metrics|documents)[^?\s]*)/.exec(code) ?? [];
      if (route === "") continue;
      const isThere = routes.some(([pattern, known]) => matches(pattern, route) && method.toLowerCase() in known);
      expect([code, isThere]).toEqual([code, true]);
    }
  });

  test("links to existing files", () => {
    const links = found(text, /\]\((?!http)([^)#]+)\)/g);
    for (const file of links) expect([file, existsSync(join(dirname(path), file))]).toEqual([file, true]);
  });
});

test("lines for cron stand as cron reads them: an unescaped per cent sign would end the command", () => {
  const lines = PAGES.flatMap(({ text }) =>
    [...text.matchAll(/^[\d*].*\bnpm run --silent relay -- .*$/gm)].map(([line]) => line),
  );
  expect(lines).toEqual([expect.stringMatching(/^(?:[\d*,/-]+ ){5}[^%]*(?:\\%[^%]*)*$/)]);
});

test("the pages name existing log events for alerts", () => {
  const section = PAGES[0]?.text.split("\n## Logs\n")[1] ?? "";
  const events = codes(section.split("Worth an alert")[1] ?? "").filter((code) => /^[a-z_]+$/.test(code));
  expect(events.length).toBeGreaterThan(4);
  for (const event of events) {
    const isLogged = SOURCES.some((source) => new RegExp(`"(?:warn|error)",\\s*"${event}"`).test(source));
    expect([event, isLogged]).toEqual([event, true]);
  }
});

test("the figures are those of the scale page", () => {
  const [guide, short, scale] = PAGES.map(({ text }) => text) as [string, string, string];
  const value = (what: string) =>
    scale
      .split("\n")
      .find((line) => line.includes(what))
      ?.split("|")
      .at(-2)
      ?.trim();
  const measured = (letter: string) =>
    Number(new RegExp(`^\\| ${letter} \\|.*\\| ([\\d ]+) \\|`, "m").exec(scale)?.[1]?.replaceAll(" ", ""));
  const acts = value("whole lives a second");
  const slow = value("acts a second that 1C takes by default");
  expect(guide).toContain(`${acts} acts a second, ${measured("M")} MB of memory`);
  expect(short).toContain(`${acts} актов в секунду, ${measured("M")} МБ памяти`);
  expect(guide).toContain(`by default ${slow} acts a`);
  expect(short).toContain(`${slow?.replace(".", ",")} акта в секунду`);
  expect(guide).toContain(`${measured("D") / 1000} KB an act, ${measured("K") / 1000} KB after retention`);
  expect(short).toContain(`${measured("D") / 1000} КБ диска на акт (${measured("K") / 1000} КБ после очистки)`);
  expect(guide).toContain(`${measured("Q")} MB a second`);
});
