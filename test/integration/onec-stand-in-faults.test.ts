import { afterEach, describe, expect, test } from "vitest";
import { ask, errorOf } from "../onec-runtime/odata/ask.ts";
import type { Fault, OneC, OneCOptions } from "../onec-runtime/odata/index.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";

const CARDS = "Catalog_Контрагенты";
const open: OneC[] = [];

function onec(options: OneCOptions = {}): OneC {
  const made = createOneC(options);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const create = (base: OneC, name: string, over?: string) =>
  ask(base, CARDS, { method: "POST", body: { Description: name }, ...(over === undefined ? {} : { over }) });
const cards = (base: OneC) => base.state.all(CARDS).map((row) => row.Description);
const once = (base: OneC, fault: Fault) => base.faults.next(() => true, fault);
/** The error of a connection without an answer. */
const silence = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    (error: unknown) => error as Error,
  );

describe.each(["in process", "over HTTP"])("faults, %s", (face) => {
  const address = (base: OneC) => (face === "over HTTP" ? base.listen() : Promise.resolve(undefined));

  test("break the connection before or after the work", async () => {
    const base = onec();
    const over = await address(base);
    once(base, { kind: "drop", when: "before" });
    expect(await silence(create(base, "Альфа", over))).toMatchObject({ name: "TypeError", message: "fetch failed" });
    expect(cards(base)).toEqual([]);
    once(base, { kind: "drop", when: "after" });
    expect(await silence(create(base, "Бета", over))).toMatchObject({ message: "fetch failed" });
    expect(cards(base)).toEqual(["Бета"]);
    expect((await create(base, "Гамма", over)).status).toBe(201);
  });

  test("turn 1C off until somebody turns 1C on", async () => {
    const base = onec();
    const over = await address(base);
    base.faults.down(true);
    for (const name of ["Альфа", "Бета"]) expect(await silence(create(base, name, over))).not.toBeNull();
    base.faults.clear();
    expect((await create(base, "Гамма", over)).status).toBe(201);
    expect(cards(base)).toEqual(["Гамма"]);
  });

  test("turn 1C off after the first fault, on request", async () => {
    const base = onec();
    const over = await address(base);
    base.faults.next(({ isWrite }) => isWrite, { kind: "drop", when: "after" }, true);
    expect((await ask(base, CARDS, over === undefined ? {} : { over })).status).toBe(200);
    for (const name of ["Альфа", "Бета"]) expect(await silence(create(base, name, over))).not.toBeNull();
    expect(cards(base)).toEqual(["Альфа"]);
  });
});

describe("refusals that pass", () => {
  test("include a missing licence and a lock conflict: 1C's words with code −1, and nothing is done", async () => {
    const base = onec();
    for (const [kind, words] of [
      ["licence", "Не обнаружено свободной лицензии"],
      ["lock", "Конфликт блокировок при выполнении транзакции"],
    ] as const) {
      once(base, { kind });
      const error = errorOf(await create(base, "Альфа"));
      expect(error).toMatchObject({ status: 500, code: "-1" });
      expect(error.text).toContain(words);
    }
    expect(cards(base)).toEqual([]);
  });

  test("include maintenance: the platform's own exception, after a BOM", async () => {
    const base = onec();
    once(base, { kind: "maintenance" });
    const { status, text, json } = await create(base, "Альфа");
    expect(status).toBe(403);
    expect(text.startsWith("\uFEFF{")).toBe(true);
    expect(json.exception.inner.descr).toContain("Начало сеанса с информационной базой запрещено");
  });

  test("include a page with 200", async () => {
    const base = onec();
    once(base, { kind: "answer", status: 200, body: "<html>Войдите</html>" });
    const { status, headers, text } = await create(base, "Альфа");
    expect([status, headers.get("content-type"), text]).toEqual([
      200,
      "text/html; charset=utf-8",
      "<html>Войдите</html>",
    ]);
    expect(cards(base)).toEqual([]);
  });

  test("include a proxy that gives up on finished work", async () => {
    const base = onec();
    once(base, { kind: "answer", status: 504, body: "<html>Gateway Timeout</html>", when: "after" });
    expect((await create(base, "Альфа")).status).toBe(504);
    expect(cards(base)).toEqual(["Альфа"]);
  });

  test("include work that 1C does late, after the caller gave up", async () => {
    let now = 0;
    const base = onec({ clock: () => now });
    once(base, { kind: "late", ms: 60_000 });
    expect(await silence(create(base, "Альфа"))).toMatchObject({ name: "TimeoutError" });
    now = 59_999;
    await ask(base, CARDS);
    expect(cards(base)).toEqual([]);
    now = 60_000;
    await ask(base, CARDS);
    expect(cards(base)).toEqual(["Альфа"]);
  });

  test("include late work right before the next write", async () => {
    const base = onec({ clock: () => 0 });
    once(base, { kind: "late", ms: 60_000, race: true });
    expect(await silence(create(base, "Альфа"))).toMatchObject({ name: "TimeoutError" });
    await ask(base, CARDS);
    expect(cards(base)).toEqual([]);
    await create(base, "Бета");
    expect(cards(base)).toEqual(["Альфа", "Бета"]);
  });

  test("include a slow answer on the given clock; a caller that gives up does not stop the work", async () => {
    const waits: number[] = [];
    let wake = () => {};
    const sleep = (ms: number) => {
      waits.push(ms);
      return new Promise<void>((resolve) => {
        wake = resolve;
      });
    };
    const base = onec({ sleep });
    once(base, { kind: "slow", ms: 90_000 });
    const patience = new AbortController();
    const answer = silence(
      base.fetch(`${base.url}/odata/standard.odata/${encodeURI(CARDS)}`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`${base.user}:${base.password}`).toString("base64")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ Description: "Альфа" }),
        signal: patience.signal,
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(waits).toEqual([90_000]);
    patience.abort();
    expect(await answer).toMatchObject({ name: "AbortError" });
    wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(cards(base)).toEqual(["Альфа"]);
  });

  test("include a TimeoutError at once, in process", async () => {
    const base = onec();
    once(base, { kind: "timeout", when: "after" });
    expect(await silence(create(base, "Альфа"))).toMatchObject({ name: "TimeoutError" });
    expect(cards(base)).toEqual(["Альфа"]);
  });

  test("follow a plan by the kind of each request", async () => {
    const base = onec();
    const seen: string[] = [];
    base.faults.plan(({ n, kind, entity }) => {
      seen.push(`${n} ${kind} ${entity}`);
      return kind === "create" ? { kind: "rights" } : null;
    });
    expect((await ask(base, CARDS)).status).toBe(200);
    expect(errorOf(await create(base, "Альфа"))).toMatchObject({ status: 401, code: "20" });
    expect(seen).toEqual([`1 list ${CARDS}`, `2 create ${CARDS}`]);
  });
});

describe("people", () => {
  test("do work faster than a write, once", async () => {
    const base = onec();
    base.beforeWrite(CARDS, async () => void (await base.hands.addCard({ name: "Вручную", inn: "7700000016" })));
    await create(base, "Альфа");
    await create(base, "Бета");
    expect(cards(base)).toEqual(["Вручную", "Альфа", "Бета"]);
  });

  test("do something before the third request", async () => {
    const base = onec();
    base.beforeRequest(3, () => base.hands.forgetBank("044525974"));
    const banks = async () => (await ask(base, "Catalog_Банки/$count")).text;
    expect([await banks(), await banks(), await banks()]).toEqual(["2", "2", "1"]);
  });
});

describe("sessions and licences", () => {
  const session = (base: OneC, headers: Record<string, string>) => ask(base, "Catalog_Валюты", { headers });

  test("a session is started, used and finished under its cookie", async () => {
    const base = onec({ sessions: "honoured" });
    const started = await session(base, { ibsession: "start" });
    const cookie = started.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(cookie).toMatch(/^ibsession=/);
    expect((await session(base, { cookie })).status).toBe(200);
    expect(base.sessions.open()).toBe(1);
    expect((await session(base, { cookie, ibsession: "finish" })).status).toBe(200);
    expect(base.sessions.open()).toBe(0);
    expect((await session(base, { cookie })).status).toBe(400);
  });

  test("a session that cannot begin is 406, a stale cookie 400", async () => {
    const base = onec({ sessions: "honoured", licences: 1 });
    const started = await session(base, { ibsession: "start" });
    expect((await session(base, { ibsession: "start" })).status).toBe(406);
    base.sessions.forget();
    expect((await session(base, { cookie: started.headers.get("set-cookie") ?? "" })).status).toBe(400);
  });

  test("a publication that ignores the header sets no cookie", async () => {
    expect((await session(onec(), { ibsession: "start" })).headers.get("set-cookie")).toBeNull();
  });

  test("requests side by side take a licence each", async () => {
    let wake = () => {};
    const slow = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const base = onec({ licences: 1 });
    base.beforeWrite(CARDS, () => slow);
    const first = create(base, "Альфа");
    await new Promise((resolve) => setImmediate(resolve));
    expect(errorOf(await ask(base, CARDS)).text).toContain("лицензии");
    wake();
    expect((await first).status).toBe(201);
    expect((await ask(base, CARDS)).status).toBe(200);
    expect(base.counters.maxParallel()).toBe(2);
  });
});

test("requests are counted by kind, and kept in a log", async () => {
  const base = onec();
  await create(base, "Альфа");
  await ask(base, `${CARDS}(guid'00000000-0000-0000-0000-0000000000aa')`);
  expect(base.counters.total()).toBe(2);
  expect(base.counters.by.get(`create ${CARDS}`)).toBe(1);
  expect(base.counters.log.map(({ kind, status }) => [kind, status])).toEqual([
    ["create", 201],
    ["read", 404],
  ]);
  base.counters.reset();
  expect([base.counters.total(), base.counters.log]).toEqual([0, []]);
});
