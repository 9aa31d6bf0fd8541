import type { Context } from "hono";

/** The page's files by name, as the runtime's own reader found them. */
export type DemoAssets = Readonly<Record<string, { readonly type: string; readonly body: string }>>;

/** A file of the page, with the policy that lets it load nothing from anywhere else; `origin`: where printed forms open. */
export function serveAsset(c: Context, assets: DemoAssets, name: string, origin: string): Response {
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
