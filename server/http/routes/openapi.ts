import { Hono } from "hono";
import { type OpenApi, openApi } from "../openapi/document.ts";
import { docsPage } from "../openapi/page.ts";

/** The OpenAPI document, and a page to read it. */
export function openApiRoutes({ version }: { readonly version: string }): Hono {
  // Made on the first request: most processes are never asked for it.
  let made: OpenApi | undefined;
  const document = () => {
    made ??= openApi(version);
    return made;
  };
  return new Hono()
    .get("/openapi.json", (c) => c.json(document()))
    .get("/docs", async (c) => {
      const { html, policy } = await docsPage(document());
      return c.html(html, 200, { "content-security-policy": policy });
    });
}
