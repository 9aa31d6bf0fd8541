import type { OneC } from "./index.ts";

/** An answer, read. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the answer; a member that is not there reads as undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at JSON of any shape
  readonly json: any;
}

/** What to ask; `query` goes out as it is, `path` is encoded. */
export interface Question {
  readonly method?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Over this infobase's address instead of in-process. */
  readonly over?: string;
}

/** Asks a stand-in with nothing in between: JSON is asked for and sent unless the headers say otherwise. */
export async function ask(onec: OneC, path: string, question: Question = {}): Promise<Answered> {
  const { method = "GET", query, body, headers = {}, over } = question;
  const address = `${over ?? onec.url}/odata/standard.odata${path === "" ? "" : `/${encodeURI(path)}`}`;
  const response = await (over === undefined ? onec.fetch : fetch)(
    query === undefined ? address : `${address}?${query}`,
    {
      method,
      headers: {
        authorization: login(onec.user, onec.password),
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    },
  );
  // `text()` would drop a BOM.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    return {};
  }
}

/** Basic authentication, its text in an encoding. */
export function login(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

/** A filter as a query. */
export function filter(text: string): string {
  return `$filter=${encodeURIComponent(text)}`;
}

/** Code and text of an error in JSON. */
export function errorOf({ status, json }: Answered): { status: number; code: string; text: string } {
  const error = json["odata.error"];
  return { status, code: error?.code, text: error?.message?.value ?? "" };
}
