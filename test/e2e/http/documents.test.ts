import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { RELAY_URL } from "../../support/harness.ts";
import { refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

const DAY = 86_400_000;

async function printed(options: Parameters<typeof createHttpHarness>[0] = {}) {
  const relay = await createHttpHarness(options);
  const actId = await relay.prepareAct();
  const ready = relay.delivered.find(({ type }) => type === "act.ready")!;
  const pdf = ready.data.pdf as { url: string; sha256: string; bytes: number; expiresAt: string };
  return { relay, actId, pdf };
}

const get = (relay: HttpHarness, url: string, headers: Record<string, string> = {}, method = "GET") =>
  relay.app.request(url, { method, headers });

function altered(url: string, name: string, change: (value: string) => string): string {
  const link = new URL(url);
  link.searchParams.set(name, change(link.searchParams.get(name)!));
  return link.href;
}

describe("a printed form", () => {
  it("opens by the link of act.ready, byte for byte as announced", async () => {
    const { relay, pdf } = await printed();
    const response = await get(relay, pdf.url);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(bytes.subarray(0, 5).toString()).toBe("%PDF-");
    expect(bytes.length).toBe(pdf.bytes);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(pdf.sha256);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/pdf",
      "content-length": String(pdf.bytes),
      etag: `"${pdf.sha256}"`,
      "accept-ranges": "bytes",
      "cache-control": "private, no-cache",
      "content-security-policy": "frame-ancestors https://cabinet.example",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });

  it("is shown in place, under a name in Russian and one in ASCII", async () => {
    const { relay, actId, pdf } = await printed();
    const act = (await relay.store.getAct(actId))!;
    const disposition = (await get(relay, pdf.url)).headers.get("content-disposition")!;
    const [, ascii, encoded] = /^inline; filename="([ -~]+)"; filename\*=UTF-8''([\w%.~-]+)$/.exec(disposition)!;
    expect(ascii).toMatch(/^act-[A-Za-z0-9-]+\.pdf$/);
    expect(decodeURIComponent(encoded!)).toBe(`Акт № ${act.document!.number} от 24.11.2026.pdf`);
  });

  it.each([
    ["ПТ00-000123/4", "act-00-000123-4.pdf", "Акт № ПТ00-000123-4 от 24.11.2026.pdf"],
    ['"; drop\r\nx: y', "act-drop-x-y.pdf", "Акт № -; drop--x- y от 24.11.2026.pdf"],
    ["('*')", null, "Акт № ('-') от 24.11.2026.pdf"],
    ["\ud800", null, "Акт № - от 24.11.2026.pdf"],
  ])("has a harmless name for the number %j", async (number, ascii, name) => {
    const { relay, actId, pdf } = await printed();
    const act = (await relay.store.getAct(actId))!;
    const store = { ...relay.store, getAct: async () => ({ ...act, document: { ...act.document!, number } }) };
    const other = await createHttpHarness({ store });
    const disposition = (await get(other, pdf.url)).headers.get("content-disposition")!;
    expect(disposition).toContain(`filename="${ascii ?? `act-${actId}.pdf`}"`);
    expect(decodeURIComponent(disposition.split("UTF-8''")[1]!)).toBe(name);
  });

  it("may be framed by nobody where no origin is set", async () => {
    const { relay, pdf } = await printed({ app: { frameAncestors: [] } });
    expect((await get(relay, pdf.url)).headers.get("content-security-policy")).toBe("frame-ancestors 'none'");
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const { relay, pdf } = await printed();
    const response = await get(relay, pdf.url, { range: "bytes=0-9" }, "HEAD");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String(pdf.bytes));
    expect(await response.text()).toBe("");
  });

  it.each(["%", "W/%", "*", '"other", %'])(
    "is not sent again to a client with the form: If-None-Match %s",
    async (tag) => {
      const { relay, pdf } = await printed();
      const response = await get(relay, pdf.url, { "if-none-match": tag.replace("%", `"${pdf.sha256}"`) });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe("");
      expect(response.headers.get("etag")).toBe(`"${pdf.sha256}"`);
      expect(response.headers.get("content-security-policy")).toContain("frame-ancestors");
    },
  );

  it("is sent to a client with another form", async () => {
    const { relay, pdf } = await printed();
    expect((await get(relay, pdf.url, { "if-none-match": '"other"' })).status).toBe(200);
  });
});

describe("a part of a form", () => {
  it.each([
    ["bytes=0-9", 0, 9],
    ["bytes=5-5", 5, 5],
    ["bytes=100-", 100, -1],
    ["bytes=-7", -7, -1],
    ["bytes=0-99999999", 0, -1],
    ["bytes=-99999999", 0, -1],
    ["BYTES=1-2", 1, 2],
  ])("%s is answered 206", async (range, from, to) => {
    const { relay, pdf } = await printed();
    const whole = Buffer.from(await (await get(relay, pdf.url)).arrayBuffer());
    const [first, last] = [from, to].map((at) => (at < 0 ? pdf.bytes + at : at)) as [number, number];
    const response = await get(relay, pdf.url, { range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${first}-${last}/${pdf.bytes}`);
    expect(response.headers.get("content-length")).toBe(String(last + 1 - first));
    expect(Buffer.from(await response.arrayBuffer()).equals(whole.subarray(first, last + 1))).toBe(true);
  });

  it.each(["bytes=99999999-", "bytes=-0"])("%s cannot be: 416 with the length", async (range) => {
    const { relay, pdf } = await printed();
    const response = await get(relay, pdf.url, { range });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe(`bytes */${pdf.bytes}`);
  });

  it.each(["bytes=9-5", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=0x1-2", "bytes=1-2 junk", ""])(
    "answers an unreadable Range %j with the whole form",
    async (range) => {
      const { relay, pdf } = await printed();
      const response = await get(relay, pdf.url, { range });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-length")).toBe(String(pdf.bytes));
    },
  );

  it("is given under If-Range only while the form is the same", async () => {
    const { relay, pdf } = await printed();
    const status = async (tag: string) => (await get(relay, pdf.url, { range: "bytes=0-1", "if-range": tag })).status;
    expect(await status(`"${pdf.sha256}"`)).toBe(206);
    expect(await status('"other"')).toBe(200);
    expect(await status(`W/"${pdf.sha256}"`)).toBe(200);
    expect(await status("Tue, 24 Nov 2026 09:00:00 GMT")).toBe(200);
  });
});

describe("a link", () => {
  it("ends after the set number of days, to the second", async () => {
    const { relay, pdf } = await printed({ documentTtlDays: 90 });
    expect(Date.parse(pdf.expiresAt)).toBe(relay.now() + 90 * DAY);
    relay.advance(90 * DAY - 1);
    expect((await get(relay, pdf.url)).status).toBe(200);
    relay.advance(1);
    await refused(await get(relay, pdf.url), 410, "link_expired");
  });

  it.each([
    ["a later expiry", (url: string) => altered(url, "expires", (value) => String(Number(value) + 1))],
    ["an earlier expiry", (url: string) => altered(url, "expires", (value) => String(Number(value) - 1))],
    ["no expiry", (url: string) => altered(url, "expires", () => "")],
    ["an expiry that is no number", (url: string) => altered(url, "expires", (value) => `${value}e9`)],
    ["another signature", (url: string) => altered(url, "signature", (value) => `${value.slice(0, -2)}AA`)],
    ["a signature of wrong length", (url: string) => altered(url, "signature", (value) => value.slice(0, -1))],
    ["a signature in padded base64", (url: string) => altered(url, "signature", (value) => `${value}=`)],
    ["no signature", (url: string) => url.replace(/&signature=.*/, "")],
    ["no parameters", (url: string) => url.replace(/\?.*/, "")],
    ["a parameter given twice", (url: string) => `${url}&signature=AAAA`],
    ["bad percent-encoding", (url: string) => `${url}%ZZ%`],
    ["another act", (url: string) => url.replace(/documents\/.{8}/, "documents/00000000")],
  ])("is invalid with %s", async (_, change) => {
    const { relay, pdf } = await printed();
    await refused(await get(relay, change(pdf.url)), 403, "link_invalid");
  });

  it("is invalid after an alteration, also when out of date", async () => {
    const { relay, pdf } = await printed({ documentTtlDays: 1 });
    relay.advance(2 * DAY);
    await refused(
      await get(
        relay,
        altered(pdf.url, "signature", (value) => `A${value.slice(1)}`),
      ),
      403,
      "link_invalid",
    );
  });

  it("may carry parameters of other sites", async () => {
    const { relay, pdf } = await printed();
    expect((await get(relay, `${pdf.url}&utm_source=mail`)).status).toBe(200);
  });

  it("is invalid once the form is printed anew, and the new link opens", async () => {
    const { relay, actId, pdf } = await printed();
    const former = (await relay.store.getAct(actId))!;
    relay.onec.mock.editAct(actId, { number: "0000-777777" });
    expect((await relay.post({ type: "act.changed", data: { actRef: actId } }, { source: "onec" })).status).toBe(202);
    await relay.settle();
    expect((await relay.store.getAct(actId))!.form!.sha256).not.toBe(former.form!.sha256);
    await refused(await get(relay, pdf.url), 403, "link_invalid");
    const fresh = relay.delivered.findLast(({ type }) => type === "act.ready")!.data.pdf as { url: string };
    expect((await get(relay, fresh.url)).status).toBe(200);
  });

  it("answers for an act without a form like a wrong link", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.request();
    const { url } = await relay.links.sign(actId, "");
    await refused(await get(relay, url), 403, "link_invalid");
  });

  it("opens with a former secret until the secret is removed", async () => {
    const { relay, actId, pdf } = await printed({ documentSecrets: ["former"] });
    const open = async (documentSecrets: string[]) =>
      get(await createHttpHarness({ store: relay.store, documentSecrets }), pdf.url);
    expect((await open(["new", "former"])).status).toBe(200);
    await refused(await open(["new"]), 403, "link_invalid");
    const rotated = await createHttpHarness({ store: relay.store, documentSecrets: ["new", "former"] });
    const { url } = await rotated.links.sign(actId, pdf.sha256);
    expect((await get(await createHttpHarness({ store: relay.store, documentSecrets: ["new"] }), url)).status).toBe(
      200,
    );
  });

  it.each(["x.pdf", "0193a000-0000-7000-8000-000000000001", "..%2f..%2fetc%2fpasswd", "%00.pdf", "%FF%FE.pdf"])(
    "is not found: /documents/%s",
    async (file) => {
      const relay = await createHttpHarness();
      await refused(await get(relay, `${RELAY_URL}/documents/${file}`), 404, "not_found");
    },
  );
});

describe("an accepted form", () => {
  async function accepted() {
    const { relay, actId, pdf } = await printed();
    const payoutId = (await relay.store.getAct(actId))?.payoutId;
    await relay.post({ type: "act.accepted", data: { payoutId, acceptedAt: new Date(relay.now()).toISOString() } });
    await relay.settle();
    const told = relay.delivered.find(({ type }) => type === "payment_order.created")?.data.acceptedPdf;
    return { relay, actId, pdf, told: told as typeof pdf };
  }

  it("opens by the link of payment_order.created, by the link of the API and through the API", async () => {
    const { relay, actId, told } = await accepted();
    const shown = (await (await relay.call(`/api/acts/${actId}`)).json()) as { acceptedPdf: typeof told };
    expect(shown.acceptedPdf).toMatchObject({ sha256: told.sha256, bytes: told.bytes });
    for (const response of [
      await get(relay, told.url),
      await get(relay, shown.acceptedPdf.url),
      await relay.call(`/api/acts/${actId}/accepted-pdf`),
    ]) {
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(response.status).toBe(200);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(told.sha256);
      expect(decodeURIComponent(response.headers.get("content-disposition")!)).toContain("с протоколом принятия.pdf");
    }
  });

  it("opens by its own link only, and so does the shown form", async () => {
    const { relay, pdf, told } = await accepted();
    const swap = (from: string, to: string) => {
      const link = new URL(from);
      link.pathname = new URL(to).pathname;
      return link.href;
    };
    expect((await get(relay, pdf.url)).status).toBe(200);
    expect((await get(relay, swap(pdf.url, told.url))).status).toBe(403);
    expect((await get(relay, swap(told.url, pdf.url))).status).toBe(403);
  });

  it("is not there before the acceptance", async () => {
    const { relay, actId } = await printed();
    const response = await relay.call(`/api/acts/${actId}/accepted-pdf`);
    expect(await response.json()).toMatchObject({ status: 404, code: "form_not_found" });
    expect(await (await relay.call(`/api/acts/${actId}`)).json()).toMatchObject({ acceptedPdf: null });
  });
});
