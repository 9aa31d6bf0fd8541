import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { formatBasicAuthorization } from "../../../adapters/onec/transport.ts";
import type { OdataClient } from "../../../adapters/onec-odata/client.ts";
import { createOdataClient } from "../../../adapters/onec-odata/client.ts";
import { formatEquals, quoteText } from "../../../adapters/onec-odata/literals.ts";
import type { AdapterError } from "../../../core/errors.ts";
import { createOneC, type OneC, type OneCOptions } from "../../onec-runtime/odata/index.ts";
import { errorOf } from "../../support/odata.ts";

const CARDS = "Catalog_Контрагенты";
const REF = "5f0ec000-0000-5000-8000-000000000001";
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Over {
  readonly onec?: OneC;
  readonly fetch?: typeof fetch;
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly timeoutMs?: number;
  readonly maxConcurrency?: number;
}

function client(over: Over = {}): OdataClient {
  const { onec, ...more } = over;
  const ways = onec === undefined ? {} : { url: onec.url, fetch: onec.fetch, user: onec.user, password: onec.password };
  return createOdataClient({
    url: "http://onec.example/buh",
    user: "u",
    password: "secret",
    timeoutMs: 5_000,
    clock: () => 0,
    ...ways,
    ...more,
  });
}

/** Creates a `fetch` with a constant answer, and records the requests. */
function answering(body: string | null, init: ResponseInit = {}) {
  const asked: { url: string; init: RequestInit }[] = [];
  const send = async (input: unknown, given: RequestInit = {}) => {
    asked.push({ url: String(input), init: given });
    return new Response(body, { headers: { "content-type": "application/json" }, ...init });
  };
  return { asked, fetch: send as typeof fetch };
}

function standIn(options: OneCOptions = {}): OneC {
  const onec = createOneC(options);
  closing.push(() => onec.close());
  return onec;
}

/** Starts a server with the given handler. */
async function server(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const made: Server = createServer(handler as never);
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    made.closeAllConnections();
    await new Promise((resolve) => made.close(resolve));
  });
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/buh`;
}

describe("a request", () => {
  test("names everything in UTF-8, spaces as %20, never as a plus", async () => {
    const { asked, fetch } = answering('{"value":[]}');
    const filter = formatEquals("ИНН", quoteText("О'Генри + 1"));
    await client({ fetch }).call((odata) =>
      odata.list(CARDS, { filter, select: ["Ref_Key", "ИНН"], orderBy: "Date desc,Ref_Key desc", top: 5, skip: 10 }),
    );
    const url = asked[0]?.url ?? "";
    expect(url).not.toContain("+");
    expect(url).not.toContain(" ");
    expect(decodeURIComponent(url)).toBe(
      `http://onec.example/buh/odata/standard.odata/${CARDS}?$filter=ИНН eq 'О''Генри + 1'&$select=Ref_Key,ИНН&$orderby=Date desc,Ref_Key desc&$top=5&$skip=10`,
    );
  });

  test("asks for plain JSON, and names the type of the body", async () => {
    const { asked, fetch } = answering(JSON.stringify({ Ref_Key: REF }));
    await client({ fetch }).call((odata) => odata.create(CARDS, { Ref_Key: REF, Description: "Ёж" }));
    const { init } = asked[0]!;
    const headers = new Headers(init.headers);
    expect(headers.get("accept")).toBe("application/json;odata=nometadata");
    expect(headers.get("content-type")).toBe("application/json;charset=utf-8");
    expect(init.body).toBe(`{"Ref_Key":"${REF}","Description":"Ёж"}`);
    expect([init.method, init.redirect]).toEqual(["POST", "manual"]);
  });

  test("carries a Cyrillic name and password in UTF-8", async () => {
    const onec = standIn({ user: "Обмен", password: "Пароль-№1" });
    expect(await client({ onec }).call((odata) => odata.get(CARDS, REF))).toBeNull();
    expect(atob(formatBasicAuthorization("Обмен", "Пароль-№1").slice(6))).toBe(
      "\u00d0\u009e\u00d0\u00b1\u00d0\u00bc\u00d0\u00b5\u00d0\u00bd:\u00d0\u009f\u00d0\u00b0\u00d1\u0080\u00d0\u00be\u00d0\u00bb\u00d1\u008c-\u00e2\u0084\u00961",
    );
  });

  test("is never repeated by the client, a write least of all", async () => {
    for (const status of [408, 409, 429, 500, 502, 503, 504]) {
      const { asked, fetch } = answering("", { status });
      await errorOf(client({ fetch }).call((odata) => odata.create(CARDS, { Ref_Key: REF })));
      await errorOf(client({ fetch }).call((odata) => odata.get(CARDS, REF)));
      expect(asked).toHaveLength(2);
    }
  });

  test("is not sent when the reference is no UUID", async () => {
    const { asked, fetch } = answering("{}");
    const error = await errorOf(client({ fetch }).call((odata) => odata.get(CARDS, "x')/Post")));
    expect(error).toMatchObject({ code: "onec_rejected", outcome: "rejected" });
    expect(asked).toEqual([]);
  });
});

describe("an answer", () => {
  test("over real HTTP: a Location in raw Cyrillic breaks nothing", async () => {
    const onec = standIn();
    const made = await client({ onec, url: await onec.listen(), fetch }).call((odata) =>
      odata.create(CARDS, { Ref_Key: REF, Description: "Ёж" }),
    );
    expect(made).toMatchObject({ Ref_Key: REF, Description: "Ёж", ИНН: "" });
  });

  test("may begin with a BOM", async () => {
    const onec = standIn({ bom: true });
    expect(await client({ onec }).call((odata) => odata.list("Catalog_Валюты", {}))).toHaveLength(1);
  });

  test("is the same with minimal metadata, as some servers insist", async () => {
    const body = JSON.stringify({ "odata.metadata": "…", value: [{ Ref_Key: REF, "Банк@navigationLinkUrl": "x" }] });
    const { fetch } = answering(body);
    expect(await client({ fetch }).call((odata) => odata.list(CARDS, {}))).toMatchObject([{ Ref_Key: REF }]);
  });

  test("leaves the outcome of a write open when the answer is empty and the object is unreadable", async () => {
    let n = 0;
    const fetch = async () =>
      ++n === 1
        ? new Response(null, { status: 201 })
        : Response.json({ "odata.error": { code: "20", message: { value: "Ошибка прав доступа" } } }, { status: 401 });
    const error = await errorOf(client({ fetch }).call((odata) => odata.create(CARDS, { Ref_Key: REF })));
    expect(error).toMatchObject({ code: "onec_forbidden", outcome: "uncertain", detail: "Ошибка прав доступа" });
  });

  test("may be empty after a write: the object is then read", async () => {
    let n = 0;
    const send = async () =>
      ++n === 1 ? new Response(null, { status: 204 }) : Response.json({ Ref_Key: REF, ИНН: "1" });
    expect(await client({ fetch: send as typeof fetch }).call((odata) => odata.update(CARDS, REF, {}))).toMatchObject({
      ИНН: "1",
    });
  });

  test("404 is null for a missing object, and an error for an unpublished set", async () => {
    const onec = standIn({ published: ["Catalog_Валюты"] });
    expect(await client({ onec }).call((odata) => odata.get("Catalog_Валюты", REF))).toBeNull();
    expect(await errorOf(client({ onec }).call((odata) => odata.get(CARDS, REF)))).toMatchObject({
      code: "onec_not_published",
    });
  });

  test("401 is missing rights with code 20, else the login", async () => {
    const denied = standIn({ denied: [{ entity: CARDS, verb: "read" }] });
    const rights = await errorOf(client({ onec: denied }).call((odata) => odata.get(CARDS, REF)));
    const login = await errorOf(client({ onec: standIn(), password: "другой" }).call((odata) => odata.get(CARDS, REF)));
    expect([rights.code, login.code]).toEqual(["onec_forbidden", "onec_forbidden"]);
    expect(login.detail).toMatch(/парол/);
    expect(rights.detail).not.toMatch(/парол/);
  });

  test.each([
    ["a page with 200", "<html><body>Войдите в систему</body></html>", "text/html"],
    ["a page that says it is JSON", "<html></html>", "application/json"],
    ["JSON of something else", '{"status":"ok"}', "application/json"],
    ["a list alone", "[]", "application/json"],
    ["nothing", "", "application/json"],
  ])("is foreign when %s: a read list counts as no empty list", async (_, body, type) => {
    const { fetch } = answering(body, { headers: { "content-type": type } });
    expect(await errorOf(client({ fetch }).call((odata) => odata.list(CARDS, {})))).toMatchObject({
      code: "onec_not_published",
      outcome: "unavailable",
    });
  });

  test("leaves the outcome of a write open when the answer is a page", async () => {
    const { fetch } = answering("<html></html>", { headers: { "content-type": "text/html;charset=utf-8" } });
    for (const write of [
      (one: OdataClient) => one.call((odata) => odata.create(CARDS, { Ref_Key: REF })),
      (one: OdataClient) => one.call((odata) => odata.update(CARDS, REF, {})),
      (one: OdataClient) => one.call((odata) => odata.post("Document_X", REF)),
    ]) {
      expect(await errorOf(write(client({ fetch })))).toMatchObject({ outcome: "uncertain" });
    }
  });

  test("is refused when the answer redirects, and the password goes no further", async () => {
    let elsewhere = 0;
    const other = await server((_, response) => {
      elsewhere += 1;
      response.end("{}");
    });
    const url = await server((_, response) => response.writeHead(302, { location: `${other}/login` }).end());
    const error = await errorOf(client({ url, fetch }).call((odata) => odata.get(CARDS, REF)));
    expect(error).toMatchObject({ code: "onec_not_published", outcome: "unavailable" });
    expect(elsewhere).toBe(0);
  });

  test("larger than the limit is not held in memory", async () => {
    let sent = 0;
    const part = new Uint8Array(1024 * 1024).fill(32);
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          sent += 1;
          controller.enqueue(part);
        },
      });
    const send = async () => new Response(endless(), { headers: { "content-type": "application/json" } });
    const one = client({ fetch: send as typeof fetch });
    expect(await errorOf(one.call((odata) => odata.get(CARDS, REF)))).toMatchObject({
      code: "onec_rejected",
      outcome: "rejected",
    });
    expect(sent).toBeLessThan(40);
    expect(await errorOf(one.call((odata) => odata.update(CARDS, REF, {})))).toMatchObject({ outcome: "uncertain" });
  });
});

describe("the client", () => {
  test("has one deadline for a request, the body too", async () => {
    const url = await server((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"value":');
    });
    const one = client({ url, fetch, timeoutMs: 150 });
    expect(await errorOf(one.call((odata) => odata.get(CARDS, REF)))).toMatchObject({
      code: "onec_timeout",
      outcome: "unavailable",
    });
    expect(await errorOf(one.call((odata) => odata.update(CARDS, REF, {})))).toMatchObject({
      code: "onec_timeout",
      outcome: "uncertain",
    });
  });

  test("has one deadline for all requests of a call, and for the wait for a free place", async () => {
    let begun = 0;
    const url = await server(() => {
      begun += 1;
    });
    const one = client({ url, fetch, timeoutMs: 150, maxConcurrency: 1 });
    const errors: AdapterError[] = [];
    await errorOf(
      one.call((odata) => {
        const write = () => odata.update(CARDS, REF, {}).catch((error: AdapterError) => errors.push(error));
        return Promise.all([write(), write()]).then(() => Promise.reject(new Error("over")));
      }),
    );
    // The second request was never sent.
    expect(errors.map(({ code, outcome }) => `${code} ${outcome}`).toSorted()).toEqual([
      "onec_timeout unavailable",
      "onec_timeout uncertain",
    ]);
    expect(begun).toBe(1);
  });

  test("gives the place in the line to the next caller when a caller gave up waiting", async () => {
    const held: (() => void)[] = [];
    const send = () => new Promise<Response>((resolve) => held.push(() => resolve(Response.json({ Ref_Key: REF }))));
    const shared = { fetch: send as unknown as typeof fetch, maxConcurrency: 1 };
    const one = client({ ...shared, timeoutMs: 60_000 });
    const first = one.call((odata) => odata.get(CARDS, REF));
    const late = one.call((odata) => odata.get(CARDS, REF));
    await expect.poll(() => held.length).toBe(1);
    held[0]?.();
    await first;
    await expect.poll(() => held.length).toBe(2);
    held[1]?.();
    expect(await late).toMatchObject({ Ref_Key: REF });
  });

  test("limits the requests side by side, whatever fails", async () => {
    let running = 0;
    let most = 0;
    let n = 0;
    const send = async () => {
      running += 1;
      n += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      if (n % 3 === 0) throw new TypeError("fetch failed");
      return n % 3 === 1 ? new Response("", { status: 500 }) : Response.json({ Ref_Key: REF });
    };
    const one = client({ fetch: send as typeof fetch, maxConcurrency: 3 });
    await Promise.allSettled(Array.from({ length: 30 }, () => one.call((odata) => odata.get(CARDS, REF))));
    expect([most, n]).toEqual([3, 30]);
  });
});

describe("the outcome of a call", () => {
  const away = Object.assign(new Error("x"), { code: "ECONNREFUSED" });

  test("is certain while nothing was written", async () => {
    const send = async () => {
      throw new TypeError("fetch failed", { cause: away });
    };
    const error = await errorOf(client({ fetch: send as typeof fetch }).call((odata) => odata.update(CARDS, REF, {})));
    expect(error).toMatchObject({ code: "onec_unavailable", outcome: "unavailable" });
    // ofetch's error knows the headers, and so the password.
    expect(String(error.cause)).not.toContain("onec.example");
  });

  test("is open when an outage follows a write", async () => {
    let n = 0;
    const send = async () => {
      if (++n > 1) throw new TypeError("fetch failed", { cause: away });
      return Response.json({ Ref_Key: REF });
    };
    const error = await errorOf(
      client({ fetch: send as typeof fetch }).call(async (odata) => {
        await odata.create(CARDS, { Ref_Key: REF });
        await odata.get(CARDS, REF);
      }),
    );
    expect(error).toMatchObject({ code: "onec_unavailable", outcome: "uncertain" });
  });

  test("names a mistake of the client, and not an answer of 1C", async () => {
    const error = await errorOf(client().call(() => Promise.reject(new TypeError("x is undefined"))));
    expect(error).toMatchObject({ code: "onec_rejected", outcome: "rejected" });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("carries the wish of 1C to wait", async () => {
    const { fetch } = answering("", { status: 503, headers: { "retry-after": "120" } });
    const error = await errorOf(client({ fetch }).call((odata) => odata.get(CARDS, REF)));
    expect(error.retryAfterMs).toBe(120_000);
  });
});

test("a refused description frees the place", async () => {
  const onec = standIn();
  const one = client({ onec, password: "другой", maxConcurrency: 1 });
  await errorOf(one.call((odata) => odata.openMetadata()));
  expect(await errorOf(one.call((odata) => odata.get(CARDS, REF)))).toMatchObject({ code: "onec_forbidden" });
});
