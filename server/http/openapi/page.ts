import { html, raw } from "hono/html";
import { encodeBase64 } from "../../../core/base64.ts";
import { PROBLEMS } from "../../../core/errors.ts";
import { type ProblemKind, REQUEST_PROBLEMS } from "../problem.ts";
import type { Json, OpenApi } from "./schemas.ts";

type Html = ReturnType<typeof html>;

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; }
main, header, nav { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; }
h2 { margin: 3rem 0 1rem; font-size: 1.35rem; }
h3 { margin: 0; font: 600 1rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 1rem; }
section:target { outline: 2px solid currentColor; }
p { margin: .4rem 0; }
code { font: .92em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: .25em; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin-top: .75rem; font-size: .92rem; }
td { border-top: 1px solid var(--line); padding: .4rem .75rem .4rem 0; vertical-align: top; }
td:first-child { width: 13rem; }
.note { opacity: .75; font-size: .9rem; }
`;

/** Renders the document as one page, with a policy that forbids scripts and outside sources. */
export async function renderDocsPage(document: OpenApi): Promise<{ readonly html: string; readonly policy: string }> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
  const hash = encodeBase64(new Uint8Array(digest));
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html: String(await renderPage(document)), policy };
}

function renderPage(document: OpenApi): Html {
  const groups = document.tags.map(({ name }) => renderGroup(document, name));
  const schemas = Object.entries((document.components.schemas ?? {}) as Record<string, Json>);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>onec-relay API</title><style>${raw(STYLE)}</style></head><body>
<header><h1>onec-relay API</h1><p class="note">Version ${document.info.version} · <a href="/openapi.json">openapi.json</a></p>
<p>${document.info.description}</p></header>
<nav><ul>${document.tags.map(({ name }) => html`<li><a href="#${toAnchor(name)}">${name}</a></li>`)}
<li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li></ul></nav>
<main>${groups}
<h2 id="problems">Problems of a request</h2>${Object.entries(REQUEST_PROBLEMS).map(renderRequestProblem)}
<h2 id="act-problems">Problems of an act</h2>${Object.entries(PROBLEMS).map(renderActProblem)}
<h2 id="schemas">Schemas</h2>${schemas.map(([name, schema]) => html`<section id="schema-${name}"><h3>${name}</h3>${renderTable(schema)}</section>`)}
</main></body></html>`;
}

function renderGroup(document: OpenApi, tag: string): Html {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]) => ({ title: `${method.toUpperCase()} ${path}`, call })),
  );
  const notices = Object.entries(document.webhooks).map(([type, { post }]) => ({ title: type, call: post }));
  const shown = [...calls, ...notices].filter(({ call }) => (call.tags as string[]).includes(tag));
  return html`<h2 id="${toAnchor(tag)}">${tag}</h2>${shown.map(({ title, call }) => renderOperation(title, call))}`;
}

function renderOperation(title: string, call: Json): Html {
  const parameters = ((call.parameters ?? []) as Json[]).filter(({ name }) => name !== undefined);
  const body = (call.requestBody as Json | undefined)?.content as Record<string, { schema: Json }> | undefined;
  const schema = body?.["application/json"]?.schema;
  const answers = Object.entries(call.responses as Record<string, Json>);
  const access = (call.security as Json[]).flatMap((scheme) => Object.keys(scheme));
  return html`<section id="${String(call.operationId)}"><h3>${title}</h3><p>${renderCode(String(call.summary))}</p>
${call.description === undefined ? "" : html`<p>${renderCode(String(call.description))}</p>`}
<p class="note">${access.length === 0 ? "Open" : `Access: ${access.join(" or ")}`}</p>
<table>${parameters.map((parameter) => renderRow(`${parameter.in}: ${parameter.name}`, typeOf(parameter.schema as Json), parameter.description))}
${schema === undefined ? "" : renderRow("body", typeOf(schema), "")}
${answers.map(([status, answer]) => renderRow(status, describeAnswer(answer), answer.description))}</table></section>`;
}

function renderRequestProblem([name, { status, title, when }]: [string, ProblemKind]): Html {
  return html`<section id="problem-${name}"><h3>${name}</h3><p>${status} ${title}</p><p>${when}</p></section>`;
}

function renderActProblem([name, { resolver, message }]: [string, { resolver: string; message: string }]): Html {
  return html`<section id="problem-${name}"><h3>${name}</h3><p lang="ru">${message}</p><p class="note">Mended by: ${resolver}</p></section>`;
}

function renderTable(schema: Json): Html {
  const required = (schema.required ?? []) as string[];
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  if (properties.length === 0) return html`<p>${typeOf(schema)}</p>`;
  const rows = properties.map(([name, part]) =>
    renderRow(required.includes(name) ? name : `${name}?`, typeOf(part), part.description),
  );
  return html`<table>${rows}</table>`;
}

function renderRow(name: string, type: Html | string, description: unknown): Html {
  return html`<tr><td><code>${name}</code></td><td>${type}</td><td>${renderCode(String(description ?? ""))}</td></tr>`;
}

function describeAnswer(answer: Json): Html | string {
  const [entry] = Object.entries((answer.content ?? {}) as Record<string, { schema: Json }>);
  if (entry === undefined) return "";
  const [media, { schema }] = entry;
  return schema.$ref === undefined ? media : typeOf(schema);
}

/** Describes a schema in a few words; a named schema is a link. */
function typeOf(schema: Json): Html | string {
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const union = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (union !== undefined) return html`${union.map((part, n) => html`${n === 0 ? "" : " | "}${typeOf(part)}`)}`;
  if (schema.type === "array") return html`${typeOf(schema.items as Json)}[]`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (Array.isArray(schema.enum)) return schema.enum.join(" | ");
  if (schema.properties !== undefined) {
    const parts = Object.entries(schema.properties as Record<string, Json>);
    return html`{ ${parts.map(([name, part], n) => html`${n === 0 ? "" : ", "}${name}: ${typeOf(part)}`)} }`;
  }
  const format = schema.format === undefined ? "" : ` (${String(schema.format)})`;
  return `${String(schema.type ?? "any")}${format}`;
}

/** Shows words in backticks as code. */
function renderCode(text: string): Html {
  return html`${text.split("`").map((part, n) => (n % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

function toAnchor(tag: string): string {
  return tag.toLowerCase().replaceAll(" ", "-");
}
