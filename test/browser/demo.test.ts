import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PDFDocument } from "pdf-lib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addDays } from "../../core/date.ts";
import {
  launchBrowser,
  listAccessibilityFaults,
  listContrastFaults,
  noBrowser,
  openPage,
  type WatchedPage,
} from "../support/browser.ts";
import type { DemoState } from "../support/demo.ts";
import { findFreePort, type Running, startProcess } from "../support/process.ts";

const PATIENCE = { timeout: 15_000 };

const title = `the demo in a browser${noBrowser === null ? "" : `: ${noBrowser}`}`;

describe.skipIf(noBrowser !== null)(title, { timeout: 60_000 }, () => {
  let folder = "";
  let env: Record<string, string>;
  let server: Running;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "relay-demo-"));
    const PORT = String(await findFreePort());
    env = { DATABASE_URL: `file:${join(folder, "relay.db")}`, PORT };
    [server, browser] = await Promise.all([startProcess(env, ["--demo"]), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.kill("SIGTERM");
    rmSync(folder, { recursive: true });
  });

  /** The cabinet, logged in as an agent. */
  async function enter(agentId: string, options: Parameters<typeof openPage>[2] = {}): Promise<WatchedPage> {
    const watched = await openPage(browser, server.url, options);
    await watched.page.goto(`${server.url}/demo/`);
    await watched.page.locator(`label:has(input[value="${agentId}"])`).click();
    return watched;
  }

  async function state(): Promise<DemoState> {
    return (await fetch(`${server.url}/demo/api/state`)).json() as Promise<DemoState>;
  }

  const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).first().click();
  const status = (page: Page, name: string) => page.locator(`[data-status="${name}"]`).first().waitFor(PATIENCE);

  async function closeCleanly({ page, faults }: WatchedPage): Promise<void> {
    expect(faults).toEqual([]);
    await page.context().close();
  }

  test("a new company: act, printed form, acceptance, payment order, payment", async () => {
    const watched = await enter("new");
    const { page, types } = watched;
    await press(page, "Сформировать акт");
    await status(page, "ready");
    const { payouts, today } = await state();
    expect(payouts.find(({ agentId }) => agentId === "new")?.act?.period).toEqual({
      from: addDays(today, -12),
      to: today,
    });

    const frame = page.locator("iframe.sheet");
    await frame.waitFor(PATIENCE);
    const link = (await frame.getAttribute("src"))?.split("#")[0] ?? "";
    await expect.poll(() => types.get(link), PATIENCE).toBe("application/pdf");
    const pdf = Buffer.from(await (await fetch(link)).arrayBuffer());
    expect(pdf.subarray(0, 5).toString("latin1")).toBe("%PDF-");
    expect(await page.getByRole("link", { name: "Открыть" }).getAttribute("href")).toBe(link);

    await press(page, "Принять акт");
    await status(page, "payment_ordered");
    const accepted = page.locator(".file", { hasText: "с протоколом принятия" }).getByText("Открыть");
    const sheet = await fetch((await accepted.getAttribute("href")) ?? "");
    expect((await PDFDocument.load(await sheet.arrayBuffer())).getPageCount()).toBe(2);
    const order = page.getByLabel("Платёжное поручение", { exact: true });
    expect(await order.textContent()).toMatch(/№ 0000-\d{6}[\s\S]*\d\d\.\d\d\.\d{4}[\s\S]*184\s500,00\s₽/);
    await press(page, "Провести списание");
    await status(page, "paid");
    expect(await page.locator(".steps .done").count()).toBe(6);
    expect(await page.locator("#live").textContent()).toContain("Оплачен");
    await closeCleanly(watched);
  });

  test("shows every event with the verified signature and the body", async () => {
    const watched = await enter("new");
    const { page } = watched;
    await page.locator(".event").first().waitFor(PATIENCE);
    const types = await page.locator(".event code").allTextContents();
    expect(types).toEqual(
      expect.arrayContaining([
        "act.requested",
        "act.ready",
        "act.accepted",
        "payment_order.created",
        "payment.executed",
      ]),
    );
    expect(await page.locator(".seal:not(.good)").count()).toBe(0);
    const event = page.locator(".event", { hasText: "act.ready" }).first();
    await event.locator("summary").click();
    expect(await event.locator("pre").first().textContent()).toContain('"sha256"');
    expect(await event.textContent()).toContain("проверена");
    await closeCleanly(watched);
  });

  test("a second act on one day waits for the accountant's period", async () => {
    const watched = await enter("new");
    const { page } = watched;
    await page.locator("details.payout summary").click();
    await press(page, "Сформировать акт");
    await page.locator(".callout").getByText("Период акта пуст").waitFor(PATIENCE);
    await press(page, "Указать период: сегодня");
    await status(page, "ready");
    await closeCleanly(watched);
  });

  test("a known entrepreneur: the period goes on from the day after the last act made by hand", async () => {
    const watched = await enter("known");
    const { page } = watched;
    expect(await page.locator("#onec").textContent()).toContain("вручную");
    await press(page, "Сформировать акт");
    await status(page, "ready");
    const { payouts, onec, today } = await state();
    const byHand = onec.known?.acts.map(({ date }) => date).filter((date) => date !== today) ?? [];
    const from = addDays(byHand.sort().at(-1) ?? "", 1);
    expect(payouts.find(({ agentId }) => agentId === "known")?.act?.period).toEqual({ from, to: today });
    await closeCleanly(watched);
  });

  test("two cards: the problem is shown, the accountant leaves one, the retry ends well", async () => {
    const watched = await enter("twins");
    const { page } = watched;
    await press(page, "Сформировать акт");
    const problem = page.locator(".act .callout");
    await problem.getByText("Решает бухгалтер").waitFor(PATIENCE);
    // The cabinet shows an agent no names of other people's cards.
    expect(await problem.textContent()).not.toContain("Вектор Плюс ООО");
    expect(await problem.textContent()).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(await listAccessibilityFaults(page)).toEqual([]);
    await press(page, "Оставить одну карточку");
    await page.locator("#onec .callout").waitFor({ state: "detached" });
    await press(page, "Повторить");
    await status(page, "ready");
    expect(await page.locator(".act .callout").count()).toBe(0);
    await closeCleanly(watched);
  });

  test("names the field of a slip in the account, takes the right account, and frees the period on a decline", async () => {
    const watched = await enter("slip");
    const { page } = watched;
    await press(page, "Сформировать акт");
    const account = page.getByLabel("Расчётный счёт");
    await page.locator("#account-error:not(:empty)").waitFor(PATIENCE);
    expect(await account.getAttribute("aria-invalid")).toBe("true");
    expect(await account.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await listAccessibilityFaults(page)).toEqual([]);
    await press(page, "Подставить верный счёт");
    expect(await account.getAttribute("aria-invalid")).toBeNull();
    await press(page, "Сформировать акт");
    await status(page, "ready");

    await press(page, "Отклонить");
    const dialog = page.getByRole("dialog", { name: "Отклонить акт" });
    await dialog.getByRole("button", { name: "Отклонить акт" }).click();
    expect(await dialog.getByRole("alert").textContent()).toContain("Напишите причину");
    await dialog.getByLabel("Причина").fill("Сумма не та");
    await dialog.getByRole("button", { name: "Отклонить акт" }).click();
    await status(page, "declined");
    expect(await page.locator(".act").first().textContent()).toContain("Сумма не та");
    await page.locator("#onec .marked").waitFor(PATIENCE);
    await press(page, "Сформировать акт");
    await status(page, "ready");
    await closeCleanly(watched);
  });

  test("refuses a self-employed agent at once, in words", async () => {
    const watched = await enter("self");
    const { page } = watched;
    await press(page, "Сформировать акт");
    await page.getByRole("alert").getByText("самозанятый").waitFor(PATIENCE);
    expect(await page.locator(".act").count()).toBe(0);
    await closeCleanly(watched);
  });

  test("adds up the lines of services to the sum", async () => {
    const watched = await enter("self");
    const { page } = watched;
    await press(page, "Расписать услуги по строкам");
    await press(page, "Добавить строку");
    const second = page.getByRole("group", { name: "Строка 2" });
    await second.getByLabel("Наименование").fill("Доставка документов");
    await second.getByLabel("Кол-во").fill("2,5");
    await second.getByLabel("Цена, ₽").fill("1 000");
    expect(await page.getByLabel("Сумма выплаты, ₽").inputValue()).toBe("20\u00A0500,00");
    await page.getByRole("button", { name: "Убрать строку 2" }).click();
    expect(await page.getByLabel("Сумма выплаты, ₽").inputValue()).toBe("18\u00A0000,00");
    await closeCleanly(watched);
  });

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
    ["dark", 320],
  ] as const)("is readable and accessible: %s, %i px", async (colorScheme, width) => {
    const phone = width < 700;
    const watched = await enter("twins", {
      colorScheme,
      viewport: { width, height: 844 },
      isMobile: phone,
      hasTouch: phone,
    });
    const { page } = watched;
    await page.locator(".act").first().waitFor(PATIENCE);
    for (const tab of phone ? ["Кабинет", "События", "1С"] : [null]) {
      if (tab !== null) await press(page, tab);
      expect(await listAccessibilityFaults(page)).toEqual([]);
      expect(await listContrastFaults(page)).toEqual([]);
      const [scroll, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(scroll).toBe(inner);
      expect(inner).toBe(width);
    }
    expect(await page.locator("iframe").count()).toBe(phone ? 0 : 1);
    expect(await page.getByRole("link", { name: "Скачать" }).count()).toBe(phone ? 0 : 1);
    await closeCleanly(watched);
  });

  test("works with the keyboard alone", async () => {
    const watched = await openPage(browser, server.url);
    const { page } = watched;
    await page.goto(`${server.url}/demo/`);
    await page.locator(".who").first().waitFor(PATIENCE);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("К актам и выплатам");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.locator('input[value="known"]:checked').waitFor(PATIENCE);
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe("known");
    await closeCleanly(watched);
  });

  test("polls when a proxy cuts the stream", async () => {
    const { page } = await openPage(browser, server.url);
    await page.route("**/api/stream", (route) => route.fulfill({ status: 404 }));
    await page.goto(`${server.url}/demo/#known`);
    await page.locator('#link[data-state="online"]').waitFor({ timeout: 30_000 });
    expect(await page.locator(".act").count()).toBeGreaterThan(0);
    await page.context().close();
  });

  test("comes back after a restart of the server, with a new story", async () => {
    const { page } = await enter("known");
    await page.locator('#link[data-state="online"]').waitFor(PATIENCE);
    const before = (await state()).start;
    await server.kill("SIGTERM");
    await page.locator('#link[data-state="offline"]').waitFor(PATIENCE);
    server = await startProcess(env, ["--demo"]);
    await page.locator('#link[data-state="online"]').waitFor(PATIENCE);
    await page.getByText("Актов пока нет").waitFor(PATIENCE);
    expect((await state()).start).not.toBe(before);
    await press(page, "Сформировать акт");
    await status(page, "ready");
    await page.context().close();
  });
});
