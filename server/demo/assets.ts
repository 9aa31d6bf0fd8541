import type { Context } from "hono";

/** The page's files by name, as the runtime's own reader found them. */
export type DemoAssets = Readonly<Record<string, { readonly type: string; readonly body: string }>>;

/**
 * A file of the page by its path, whether the demo is mounted with its prefix or with the prefix taken off. `relay` is
 * where printed forms open: they may be framed by that address only, so «localhost», another one to a browser, is led there.
 */
export function servePage(c: Context, assets: DemoAssets, relay: URL): Response {
  const name = c.req.path.replace(/^\/(demo(\/|$))?/, "");
  const misnamed = new URL(c.req.url).hostname === "localhost" && relay.hostname !== "localhost";
  if (name === "" && misnamed) return c.redirect(new URL("/demo/", relay).href);
  return serveAsset(c, assets, name === "" ? "index.html" : name, relay.origin);
}

/** With the policy that lets it load nothing from anywhere else. */
function serveAsset(c: Context, assets: DemoAssets, name: string, origin: string): Response {
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (asset === undefined) return c.text("Такой страницы нет", 404);
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `frame-src 'self' ${origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return c.body(asset.body, 200, {
    "content-type": asset.type,
    "content-security-policy": policy.join("; "),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  });
}
