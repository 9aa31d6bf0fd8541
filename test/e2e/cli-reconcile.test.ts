import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../adapters/mock/index.ts";
import { createOdataAdapter } from "../../adapters/onec-odata/index.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { companyInn } from "../support/builders.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import { createHarness, type Harness } from "../support/harness.ts";
import { odataEnv } from "../support/onec-cli.ts";

const ENV = { DATABASE_URL: "file:relay.db", ACCOUNTING: "mock" };
const SINCE = ["--since", "2026-01-01"];

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-reconcile-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Creates a relay with a database in the folder and the mock's file beside the database, where the command looks. */
async function world(
  database = "relay.db",
): Promise<{ world: Harness; mock: MockAdapter["mock"]; close(): Promise<void> }> {
  const path = join(folder, "mock-1c.jsonl");
  const journal = {
    read: () => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : []),
    append: (line: string) => appendFileSync(path, `${line}\n`),
  };
  const onec = createMockAdapter({ today: () => "2026-11-24", journal });
  const driver = openSqlite(join(folder, database));
  await migrate(driver);
  const store = createSqlStore(driver);
  return { world: await createHarness({ onec, store }), mock: onec.mock, close: () => store.close() };
}

async function accepted({ world: relay }: { world: Harness }, payoutId: string, n: number): Promise<string> {
  const id = await relay.request({ payoutId, n });
  await relay.settle();
  await relay.send("act.accepted", { payoutId, acceptedAt: new Date(relay.now()).toISOString() });
  await relay.settle();
  return id;
}

function reconcile(args: readonly string[] = SINCE, env: Record<string, string> = {}): Promise<CliResult> {
  return runCli(["reconcile", ...args], { cwd: folder, env: { ...ENV, ...env } });
}

function contents(): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

/** Replaces the non-breaking spaces inside sums by plain spaces. */
function plain(text: string): string {
  return text.replaceAll("\u00A0", " ");
}

describe("reconcile", () => {
  test("ends with 0 where both sides agree, and changes nothing", async () => {
    const one = await world();
    await accepted(one, "payout-1", 2);
    await one.close();
    const before = contents();
    const { code, stdout, stderr } = await reconcile();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("документы с 01.01.2026");
    expect(stdout).toContain(
      "в шлюзе 1 акт и 1 поручение; в 1С с отметкой шлюза 1 акт и 1 поручение.\nРасхождений нет.",
    );
    expect(contents()).toEqual(before);
  });

  test("names each finding with advice, in a table and as JSON", async () => {
    const one = await world();
    const ids = [];
    for (const n of [2, 3, 4, 5]) ids.push(await accepted(one, `payout-${n}`, n));
    const [unposted = "", changed = "", , ordered = ""] = ids;
    one.mock.unpost(unposted);
    one.mock.editAct(changed, { amount: 99_900, date: "2026-11-20" });
    const copied = one.mock.takeSnapshot().acts[2];
    const { counterpartyRef = "", comment = "" } = copied ?? {};
    one.mock.addActByHand({ counterpartyRef, comment, date: "2026-11-25", amount: 1_500_000 });
    one.mock.deletePaymentOrder((await one.world.store.getAct(ordered))?.paymentOrder?.ref ?? "");
    await one.close();

    const { code, stdout } = await reconcile();
    expect(code).toBe(1);
    const text = plain(stdout);
    for (const line of [
      /^✗ не проведён +акт № 0000-000001 от 24\.11\.2026 на 15 000,00; выплата payout-2$/m,
      /^✗ изменён в 1С +акт № 0000-000002 от 20\.11\.2026 на 999,00; выплата payout-3; сумма в шлюзе 15 000,00, в 1С 999,00; дата в шлюзе 24\.11\.2026, в 1С 20\.11\.2026$/m,
      /^✗ задвоен +акт № 0000-000005 от 25\.11\.2026 на 15 000,00; выплата payout-4; шлюз работает по № 0000-000003 от 24\.11\.2026$/m,
      /^✗ помечен на удаление +поручение № 0000-000004 от 24\.11\.2026 на 15 000,00; выплата payout-5$/m,
      /^Что делать:$/m,
      /^ {2}задвоен — /m,
      /^Расхождений: 4\.$/m,
    ]) {
      expect(text).toMatch(line);
    }

    const json = await reconcile([...SINCE, "--json"]);
    expect(json.code).toBe(1);
    const { since, findings, counts } = JSON.parse(json.stdout);
    expect(since).toBe("2026-01-01");
    expect(counts).toEqual({ acts: 4, orders: 4, listed: { acts: 5, orders: 4 }, findings: 4 });
    expect(findings).toContainEqual({
      kind: "changed",
      document: "act",
      actId: changed,
      payoutId: "payout-3",
      status: "payment_ordered",
      onec: expect.objectContaining({ ref: changed, amount: "999.00", posted: true }),
      differences: [
        { field: "amount", relay: "15000.00", onec: "999.00" },
        { field: "date", relay: "2026-11-24", onec: "2026-11-20" },
      ],
    });
  });

  test("finds documents absent from an older copy of the database, and documents lost in 1C", async () => {
    const one = await world();
    await accepted(one, "payout-1", 2);
    await one.close();
    const old = await world("old.db");
    await old.close();
    const unknown = await reconcile(SINCE, { DATABASE_URL: "file:old.db" });
    expect(unknown.code).toBe(1);
    expect(plain(unknown.stdout)).toMatch(
      /✗ неизвестен шлюзу +акт № 0000-000001 от 24\.11\.2026 на 15 000,00\n✗ неизвестен шлюзу +поручение № /,
    );
    rmSync(join(folder, "mock-1c.jsonl"));
    const missing = await reconcile([...SINCE, "--json"]);
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stdout).findings).toMatchObject([
      { kind: "missing", document: "act", onec: null },
      { kind: "missing", document: "payment_order", onec: null },
    ]);
  });

  test("looks at the last 90 days unless told otherwise", async () => {
    const one = await world();
    await accepted(one, "payout-1", 2);
    await one.close();
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const { since, findings } = JSON.parse((await reconcile(["--json"])).stdout);
    expect(findings).toEqual([]);
    // The zone may already have another day than UTC.
    expect([day(91), day(90), day(89)]).toContain(since);
  });

  test("names a missing setting or option in one line", async () => {
    const { code, stdout, stderr } = await reconcile();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("DATABASE_URL names relay.db, which is not there; expected the relay's database\n");
    expect(existsSync(join(folder, "relay.db"))).toBe(false);
    writeFileSync(join(folder, "relay.db"), "");
    const empty = await reconcile();
    expect(empty.code).toBe(1);
    expect(empty.stderr).toMatch(/^[^\n]*migrat[^\n]*\n$/i);
    for (const since of ["yesterday", "2026-02-30", "01.02.2026"]) {
      const wrong = await reconcile(["--since", since]);
      expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("--since takes a date") });
    }
  });
});

describe("reconcile over OData", () => {
  test("compares the fields of real documents, and does not take documents of doctor's check for strangers", async () => {
    const onec = createOneC();
    const url = await onec.listen();
    const { user, password } = onec;
    const adapter = createOdataAdapter({ url, user, password, organizationInn: companyInn(1) });
    const driver = openSqlite(join(folder, "relay.db"));
    await migrate(driver);
    const store = createSqlStore(driver);
    // Nothing here steers a mock.
    const relay = { world: await createHarness({ onec: adapter as MockAdapter, store }) };
    const ids = [];
    for (const n of [2, 3, 4]) ids.push(await accepted(relay, `payout-${n}`, n));
    const [kept = "", unposted = "", lost = ""] = ids;
    const order = (await store.getAct(kept))?.paymentOrder?.ref ?? "";
    await store.close();
    const env = odataEnv(onec, url);
    expect(await reconcile(SINCE, env)).toMatchObject({ code: 0, stderr: "" });

    await onec.hands.unpostAct(unposted);
    await onec.hands.markPaymentOrder(order);
    onec.state.remove("Document_ПоступлениеТоваровУслуг", lost);
    const doctor = await runCli(["doctor", "--write"], { cwd: folder, env });
    expect(doctor.code).toBe(0);
    const before = onec.state.snapshot();
    const { code, stdout } = await reconcile(SINCE, env);
    expect(code).toBe(1);
    expect(plain(stdout)).toMatch(/^✗ не проведён +акт № \S+ от 24\.11\.2026 на 15 000,00; выплата payout-3$/m);
    expect(plain(stdout)).toMatch(
      /^✗ помечен на удаление +поручение № \S+ от 24\.11\.2026 на 15 000,00; выплата payout-2$/m,
    );
    expect(plain(stdout)).toMatch(/^✗ нет в 1С +акт № \S+ от 24\.11\.2026 на 15 000,00; выплата payout-4$/m);
    expect(stdout).toMatch(/^Расхождений: 3\.$/m);
    expect(onec.state.snapshot()).toEqual(before);

    const wrong = await reconcile(SINCE, { ...env, ONEC_PASSWORD: "h1dden" });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/Пользователю 1С не хватает прав.*\nОтвет 1С: .*неверное имя/);
    expect(wrong.stderr).not.toContain("h1dden");
    await onec.close();
  });
});
