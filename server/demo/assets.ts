import type { Context } from "hono";

export type DemoAssets = Readonly<Record<string, { readonly type: string; readonly body: string }>>;

/**
 * Serves a file of the page by its path, with or without the prefix `/demo`. `relay`: the only address that may frame
 * printed forms. A browser treats «localhost» as another address, so the page redirects «localhost» to `relay`.
 */
export function servePage(c: Context, assets: DemoAssets, relay: URL): Response {
  const name = c.req.path.replace(/^\/(demo(\/|$))?/, "");
  const misnamed = new URL(c.req.url).hostname === "localhost" && relay.hostname !== "localhost";
  if (name === "" && misnamed) return c.redirect(new URL("/demo/", relay).href);
  return serveAsset(c, assets, name === "" ? "index.html" : name, relay.origin);
}

/** Serves a file with a security policy that forbids all other sources. */
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
