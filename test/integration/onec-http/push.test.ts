import { createServer, type Socket } from "node:net";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createOnecHttpAdapter } from "../../../adapters/onec-http/index.ts";
import type { Adapter } from "../../../core/adapter.ts";
import type { AdapterError, Outcome, ProblemCode } from "../../../core/errors.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { formOf } from "../../onec-runtime/http/books.ts";
import { publish } from "../../onec-runtime/http/publish.ts";
import { createService, type PlayedService, type ServiceFault } from "../../onec-runtime/http/service.ts";
import { actParams, bareContractor, newCall, refOf } from "../../support/accounting.ts";
import { NOON } from "../../support/builders.ts";
import { errorOf } from "../../support/mock-calls.ts";

const SECRET = `whsec_${btoa("s".repeat(32))}`;
const OTHER = `whsec_${btoa("t".repeat(32))}`;
const KEYS = await importSecrets(SECRET);
const LOGIN = { user: "Обмен", password: "пароль: ёж" };
const URL_OF_1C = "https://1c.example/buh";
const CARD = refOf("card", 1);
const ACT = refOf("act", 1);

interface Set {
  readonly adapter: Adapter;
  readonly service: PlayedService;
  readonly acts: () => number;
}

/** An adapter over a played 1C in this process, with a card in it. */
async function set(more: { keys?: string; password?: string; timeoutMs?: number } = {}): Promise<Set> {
  const onec = createMockAdapter();
  const service = createService({ open: () => onec, keys: KEYS, ...LOGIN, clock: () => NOON });
  await onec.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, newCall());
  const keys = await importSecrets(more.keys ?? SECRET);
  const { user, password = more.password ?? LOGIN.password } = LOGIN;
  const push = { url: URL_OF_1C, user, password: more.password ?? password, keys, clock: () => NOON };
  const adapter = createOnecHttpAdapter({
    organizationInn: MOCK_ORGANIZATION.inn,
    ...(more.timeoutMs === undefined ? {} : { timeoutMs: more.timeoutMs }),
    push: { ...push, newId: () => crypto.randomUUID(), fetch: service.fetch },
  });
  return { adapter, service, acts: () => onec.mock.takeSnapshot().acts.length };
}

const read = ({ adapter }: Set) => adapter.findAct({ ref: ACT }, newCall());
const write = ({ adapter }: Set) => adapter.createAct(actParams(CARD), newCall());

/** Expected outcomes of a reading and of a writing call, and the number of acts afterwards. */
interface Expected {
  readonly code: ProblemCode;
  /** Code of a writing call; default: `code`. */
  readonly writeCode?: ProblemCode;
  readonly read: Outcome;
  readonly write: Outcome;
  readonly done: boolean;
  readonly detail: RegExp;
}

const FAULTS: readonly (readonly [string, ServiceFault, Expected])[] = [
  [
    "the user or password is wrong",
    { status: 401 },
    { code: "onec_forbidden", read: "unavailable", write: "unavailable", done: false, detail: /401.*ONEC_USER/ },
  ],
  [
    "the role is missing",
    { status: 403 },
    { code: "onec_forbidden", read: "unavailable", write: "unavailable", done: false, detail: /403.*рол/ },
  ],
  [
    "the service is not published",
    { status: 404 },
    { code: "onec_not_published", read: "unavailable", write: "unavailable", done: false, detail: /404.*опубликуйте/ },
  ],
  [
    "POST is not allowed",
    { status: 405 },
    { code: "onec_not_published", read: "unavailable", write: "unavailable", done: false, detail: /405/ },
  ],
  [
    "the session has run out",
    { status: 406, body: "Истекло время ожидания сеанса" },
    { code: "onec_session_blocked", read: "unavailable", write: "unavailable", done: false, detail: /сеанс/ },
  ],
  [
    "there is no licence",
    { status: 500, body: "<html>Не обнаружено свободной лицензии!</html>" },
    { code: "onec_no_license", read: "unavailable", write: "unavailable", done: false, detail: /лицензи/ },
  ],
  [
    "one operation crashes",
    { status: 500 },
    { code: "onec_unavailable", read: "unavailable", write: "uncertain", done: false, detail: /500/ },
  ],
  [
    "the web server is up and 1C is not",
    { status: 503 },
    { code: "onec_unavailable", read: "unavailable", write: "unavailable", done: false, detail: /503/ },
  ],
  [
    "a proxy gave up",
    { status: 504 },
    { code: "onec_timeout", read: "unavailable", write: "uncertain", done: false, detail: /504/ },
  ],
  [
    "a login page answers 200",
    "html",
    {
      code: "onec_not_published",
      writeCode: "onec_unavailable",
      read: "unavailable",
      write: "uncertain",
      done: false,
      detail: /без подписи/,
    },
  ],
  [
    "the answer has no signature",
    "no_signature",
    {
      code: "onec_not_published",
      writeCode: "onec_unavailable",
      read: "unavailable",
      write: "uncertain",
      done: true,
      detail: /без подписи/,
    },
  ],
  [
    "the signature is wrong",
    "bad_signature",
    {
      code: "onec_forbidden",
      writeCode: "onec_unavailable",
      read: "unavailable",
      write: "uncertain",
      done: true,
      detail: /ONEC_OUTBOUND_SECRET/,
    },
  ],
  [
    "the answer is signed for another request",
    "other_id",
    {
      code: "onec_forbidden",
      writeCode: "onec_unavailable",
      read: "unavailable",
      write: "uncertain",
      done: true,
      detail: /другого запроса/,
    },
  ],
  [
    "the answer is about another operation",
    "other_operation",
    {
      code: "onec_forbidden",
      writeCode: "onec_unavailable",
      read: "unavailable",
      write: "uncertain",
      done: true,
      detail: /другого запроса/,
    },
  ],
  [
    "the extension is of another protocol",
    "other_protocol",
    {
      code: "onec_not_published",
      writeCode: "onec_unavailable",
      read: "unavailable",
      write: "uncertain",
      done: true,
      detail: /версии протокола/,
    },
  ],
  [
    "the result is not what was promised",
    "senseless",
    { code: "onec_rejected", read: "uncertain", write: "uncertain", done: true, detail: /неполный ответ/ },
  ],
  [
    "the answer is too large",
    "oversized",
    {
      code: "onec_rejected",
      writeCode: "onec_unavailable",
      read: "rejected",
      write: "uncertain",
      done: true,
      detail: /больше 4 МБ/,
    },
  ],
  [
    "the answer breaks off",
    "half",
    { code: "onec_unavailable", read: "unavailable", write: "uncertain", done: true, detail: /прервалась/ },
  ],
  [
    "the connection drops before the work",
    "dropped_before",
    { code: "onec_unavailable", read: "unavailable", write: "uncertain", done: false, detail: /прервалась/ },
  ],
  [
    "the connection drops after the work",
    "dropped_after",
    { code: "onec_unavailable", read: "unavailable", write: "uncertain", done: true, detail: /прервалась/ },
  ],
  [
    "the clocks differ",
    { skewSeconds: 301 },
    { code: "onec_forbidden", read: "unavailable", write: "unavailable", done: false, detail: /Часы/ },
  ],
  [
    "the extension cannot read this message",
    { status: 400, body: JSON.stringify({ refused: "malformed", time: 1 }) },
    { code: "onec_rejected", read: "rejected", write: "rejected", done: false, detail: /не смогло прочитать/ },
  ],
  [
    "the extension is too old for the operation",
    "operation_unknown",
    { code: "onec_not_published", read: "rejected", write: "rejected", done: false, detail: /обновите/ },
  ],
];

describe("a failure in push", () => {
  test.each(FAULTS)("has a name: %s", async (_, fault, expected) => {
    for (const kind of ["read", "write"] as const) {
      const played = await set();
      played.service.next(fault);
      const error = await errorOf(kind === "read" ? read(played) : write(played));
      const code = kind === "write" ? (expected.writeCode ?? expected.code) : expected.code;
      expect({ kind, code: error.code, outcome: error.outcome }).toEqual({ kind, code, outcome: expected[kind] });
      expect(error.detail).toMatch(expected.detail);
      if (kind === "write") expect(played.acts()).toBe(expected.done ? 1 : 0);
      // After any fault, the same call again goes on from the existing documents.
      expect(await write(played)).toMatchObject({ ref: ACT, number: "0000-000001" });
      expect(played.acts()).toBe(1);
    }
  });

  test("is an extension that does not compile when every answer is 500", async () => {
    const played = await set();
    played.service.always({ status: 500 });
    const [reading, writing] = [await errorOf(read(played)), await errorOf(write(played))];
    for (const error of [reading, writing]) expect(error.detail).toContain("не компилируется");
    expect([reading.code, writing.code]).toEqual(["onec_rejected", "onec_unavailable"]);
    expect([reading.outcome, writing.outcome]).toEqual(["unavailable", "uncertain"]);
  });

  test("is no proof of an undone write when unsigned, and a proof when signed", async () => {
    const played = await set();
    for (const status of [401, 403, 404, 405, 418]) {
      played.service.next({ status });
      expect((await errorOf(write(played))).cause).toBeInstanceOf(Error);
    }
    const signed = await errorOf(played.adapter.createAct(actParams(refOf("card", 9)), newCall()));
    expect(signed).toMatchObject({ code: "onec_rejected", outcome: "rejected" });
    expect(signed.cause).toBeUndefined();
  });

  test("names the secrets of both sides when they differ", async () => {
    const error = await errorOf(read(await set({ keys: OTHER })));
    expect(error).toMatchObject({ code: "onec_forbidden", detail: expect.stringContaining("ONEC_OUTBOUND_SECRET") });
  });

  test("shows no wrong password", async () => {
    const error = await errorOf(read(await set({ password: "совсем другой" })));
    expect(error.code).toBe("onec_forbidden");
    expect(JSON.stringify([error.detail, error.message, String(error.cause)])).not.toContain("другой");
  });

  test("is uncertain when a write gets no answer in time", async () => {
    const played = await set({ timeoutMs: 20 });
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    const push = {
      url: `http://127.0.0.1:${port}/buh`,
      ...LOGIN,
      keys: KEYS,
      clock: () => NOON,
      newId: () => crypto.randomUUID(),
    };
    const adapter = createOnecHttpAdapter({ organizationInn: "1", timeoutMs: 50, push });
    expect(await errorOf(write({ ...played, adapter }))).toMatchObject({ code: "onec_timeout", outcome: "uncertain" });
    expect(await errorOf(read({ ...played, adapter }))).toMatchObject({ code: "onec_timeout", outcome: "unavailable" });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test("is unavailable when nobody listens", async () => {
    const service = await publish({ handle: async () => new Response() });
    await service.close();
    const push = { url: service.url, ...LOGIN, keys: KEYS, clock: () => NOON, newId: () => crypto.randomUUID() };
    const adapter = createOnecHttpAdapter({ organizationInn: "1", push });
    const error: AdapterError = await errorOf(adapter.createAct(actParams(CARD), newCall()));
    expect(error).toMatchObject({ code: "onec_unavailable", outcome: "unavailable" });
  });
});

describe("a tolerated answer", () => {
  test("has a BOM before the JSON", async () => {
    const played = await set();
    played.service.always("bom");
    expect(await write(played)).toMatchObject({ ref: ACT });
    expect(await read(played)).toMatchObject({ ref: ACT, posted: true });
  });

  test("has a form in base64 with line breaks", async () => {
    const played = await set();
    await write(played);
    played.service.next("base64_lines");
    expect(await played.adapter.printAct!({ ref: ACT }, newCall())).toEqual(formOf("0000-000001"));
    expect(await played.adapter.printAct!({ ref: ACT }, newCall())).toEqual(formOf("0000-000001"));
  });
});

describe("the signature", () => {
  test("verifies in any library of Standard Webhooks, over the raw bytes, with every secret", async () => {
    const bodies: Request[] = [];
    const keys = await importSecrets(`${OTHER},${SECRET}`);
    const push = { url: URL_OF_1C, ...LOGIN, keys, clock: Date.now, newId: () => crypto.randomUUID() };
    const adapter = createOnecHttpAdapter({
      organizationInn: "7709123453",
      push: {
        ...push,
        fetch: async (input, init) => {
          bodies.push(new Request(input, init));
          return new Response(null, { status: 503 });
        },
      },
    });
    await errorOf(adapter.voidAct({ ref: ACT, reason: "Ошибка № 1 😀" }, { id: "msg_1:void:0" }));
    const [request] = bodies;
    const headers = Object.fromEntries(request?.headers ?? []);
    const text = await request?.text();
    for (const secret of [SECRET, OTHER]) {
      expect(new Webhook(secret).verify(text ?? "", headers)).toMatchObject({
        operation: "act-void",
        id: "msg_1:void:0",
      });
    }
    expect(headers["webhook-id"]).toMatch(/^act-void:msg_1:void:0:[0-9a-f-]{36}$/);
    expect(headers.authorization).toBe(`Basic ${Buffer.from("Обмен:пароль: ёж").toString("base64")}`);
    expect(request?.url).toBe(`${URL_OF_1C}/hs/relay/v1/act-void`);
    expect(request?.method).toBe("POST");
  });

  test("makes the former answer to the very same call worthless", async () => {
    const played = await set();
    const call = newCall();
    const find = () => played.adapter.findAct({ ref: ACT }, call);
    expect(await find()).toBeNull();
    await write(played);
    await find();
    played.service.next("replayed");
    expect(await errorOf(find())).toMatchObject({ code: "onec_forbidden", detail: expect.stringContaining("другого") });
  });

  test("fails for a form with a changed byte", async () => {
    const played = await set();
    await write(played);
    played.service.next("tampered_pdf");
    const error = await errorOf(played.adapter.printAct!({ ref: ACT }, newCall()));
    expect(error).toMatchObject({ code: "onec_forbidden", outcome: "unavailable" });
  });

  test("is never a bearer token", async () => {
    const played = await set();
    await write(played);
    await played.adapter.check({ write: true });
    expect(played.service.requests.length).toBeGreaterThan(1);
    for (const headers of played.service.requests) expect(headers.get("authorization")).toMatch(/^Basic /);
  });
});

test("an existing act answers with the act's own period, which 1C keeps in the comment", async () => {
  const played = await set();
  const period = { from: "2026-10-01", to: "2026-10-31" };
  expect(await write(played)).toMatchObject({ period });
  const other = actParams(CARD, 1, { period: { from: "2026-10-16", to: "2026-10-31" } });
  expect(await played.adapter.createAct(other, newCall())).toMatchObject({ ref: ACT, period });
});

describe("forms", () => {
  test("are refused by name when too large", async () => {
    const played = await set();
    await write(played);
    played.service.next("oversized");
    const error = await errorOf(played.adapter.printAct!({ ref: ACT }, newCall()));
    expect(error).toMatchObject({ outcome: "rejected", detail: expect.stringMatching(/больше \d+ МБ/) });
  });
});

describe("the check", () => {
  const lineOf = async ({ adapter }: Set, name: string, write = false) =>
    (await adapter.check({ write })).lines.find((line) => line.name === name);

  test("reports version, configuration, organisation, account and clocks", async () => {
    const played = await set();
    expect(await lineOf(played, "Связь")).toMatchObject({ ok: true, detail: expect.stringContaining("1.0.0") });
    expect(await lineOf(played, "1С")).toMatchObject({ ok: true, detail: expect.stringContaining("3.0.180.17") });
    expect(await lineOf(played, "Организация")).toMatchObject({ detail: expect.stringContaining("Северный мост") });
    expect(await lineOf(played, "Счёт организации")).toMatchObject({ ok: true });
    expect(await lineOf(played, "Часы")).toMatchObject({ ok: true });
    played.service.next({ skewSeconds: 90 });
    expect(await lineOf(played, "Часы")).toMatchObject({ ok: false, detail: "часы 1С спешат на 90 с" });
    played.service.next({ skewSeconds: -90 });
    expect(await lineOf(played, "Часы")).toMatchObject({ ok: false, detail: "часы 1С отстают на 90 с" });
  });

  test("tells honestly whether the check wrote a document", async () => {
    const played = await set();
    expect(await lineOf(played, "Запись")).toMatchObject({ ok: null, todo: expect.stringContaining("--write") });
    expect(await lineOf(played, "Запись", true)).toMatchObject({ ok: true });
  });

  test("gives advice on each failure, and leaves unknown lines unknown", async () => {
    for (const [, fault] of FAULTS.filter(([, one]) => typeof one !== "object" || !("skewSeconds" in one))) {
      const played = await set();
      played.service.next(fault, fault);
      const { lines } = await played.adapter.check({ write: false });
      expect(lines[0]).toMatchObject({ name: "Связь", ok: false, todo: expect.stringMatching(/[а-яё]/) });
      expect(lines.slice(1).map(({ ok }) => ok)).toEqual([null, null, null, null]);
    }
  });

  test("finds a missing organisation", async () => {
    const { service } = await set();
    const push = {
      url: URL_OF_1C,
      ...LOGIN,
      keys: KEYS,
      clock: () => NOON,
      newId: () => crypto.randomUUID(),
      fetch: service.fetch,
    };
    const adapter = createOnecHttpAdapter({ organizationInn: "7700000000", push });
    const { lines } = await adapter.check({ write: false });
    expect(lines.find(({ name }) => name === "Организация")).toMatchObject({
      ok: false,
      todo: expect.stringContaining("INN"),
    });
    expect(await errorOf(adapter.getOrganization(newCall()))).toMatchObject({ code: "onec_rejected" });
  });
});
