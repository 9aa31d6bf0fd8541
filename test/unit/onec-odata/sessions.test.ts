import { describe, expect, test } from "vitest";
import { createOdataClient } from "../../../adapters/onec-odata/client.ts";
import { AdapterError } from "../../../core/errors.ts";
import type { OneCOptions } from "../../onec-runtime/odata/index.ts";
import { createOneC } from "../../onec-runtime/odata/index.ts";

function world(options: OneCOptions = {}) {
  const onec = createOneC(options);
  const cookies: string[] = [];
  const client = createOdataClient({
    url: onec.url,
    user: onec.user,
    password: onec.password,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      cookies.push(headers.get("cookie") ?? headers.get("ibsession") ?? "none");
      return onec.fetch(input, init);
    },
    keepSessions: true,
    timeoutMs: 5_000,
    clock: Date.now,
  });
  const banks = () => client.call((odata) => odata.list("Catalog_Банки", { top: 1, orderBy: "Code" }));
  return { onec, client, banks, cookies };
}

describe("kept sessions", () => {
  test("serve one request after another, at most one session for each running request", async () => {
    const { onec, banks, cookies } = world({ sessions: "honoured" });
    await banks();
    await banks();
    expect(cookies).toEqual(["start", "ibsession=session-1"]);
    await Promise.all(Array.from({ length: 6 }, banks));
    expect(onec.sessions.open()).toBe(2);
  });

  test("are forgotten at any answer that is not 2xx, since 1C answers a lost session in several ways", async () => {
    const { client, banks, cookies } = world({ sessions: "honoured" });
    await banks();
    const nobody = "00000000-0000-5000-8000-00000000dead";
    expect(await client.call((odata) => odata.get("Catalog_Банки", nobody))).toBeNull();
    await client.call((odata) => odata.list("Catalog_НетТакого", {})).catch(() => undefined);
    await banks();
    expect(cookies).toEqual(["start", "ibsession=session-1", "start", "start"]);
  });

  test("begin anew when 1C has forgotten one; the request between is refused as unavailable", async () => {
    const { onec, banks, cookies } = world({ sessions: "honoured" });
    await banks();
    onec.sessions.forget();
    const error = await banks().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ code: "onec_session_blocked", outcome: "unavailable" });
    await banks();
    expect(cookies).toEqual(["start", "ibsession=session-1", "start"]);
  });

  test("do not exist where the publication ignores the wish", async () => {
    const { banks, cookies } = world({ sessions: "ignored" });
    await banks();
    await banks();
    expect(cookies).toEqual(["start", "start"]);
  });

  test("are off by default", async () => {
    const onec = createOneC({ sessions: "honoured" });
    const { url, user, password, fetch } = onec;
    const client = createOdataClient({ url, user, password, fetch, timeoutMs: 5_000, clock: Date.now });
    await client.call((odata) => odata.list("Catalog_Банки", { top: 1 }));
    expect(onec.sessions.open()).toBe(0);
  });
});
