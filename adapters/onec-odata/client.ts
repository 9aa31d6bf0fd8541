import { runWithDeadline } from "../../core/deadline.ts";
import { AdapterError, INTERNAL_FAULT } from "../../core/errors.ts";
import { readOnecWords } from "../onec/errors.ts";
import {
  createTransport,
  type OnecAnswer,
  type OnecConnection,
  type OnecRequest,
  type OnecStream,
  textOf,
} from "../onec/transport.ts";
import { EMPTY_REF, formatGuid, isRef } from "./literals.ts";
import { createSessions } from "./sessions.ts";

/** An object of 1C in OData's JSON, with 1C's names of fields. */
export type Row = Readonly<Record<string, unknown>>;

export interface OdataQuery {
  readonly filter?: string;
  /** Names of fields to read; absent: all. A Cyrillic letter takes six of the 2048 characters of an address. */
  readonly select?: readonly string[];
  /** Such as `Date desc`; required with `top` or `skip`. */
  readonly orderBy?: string;
  readonly top?: number;
  readonly skip?: number;
}

/** Requests of one call under one deadline, with 1C's names (`Catalog_Контрагенты`). All throw {@link AdapterError}. */
export interface OdataCall {
  /** Reads one object; null when no object has this reference (404 with code 9). */
  get(entity: string, ref: string): Promise<Row | null>;
  /** Reads objects by a filter. Without `top` 1C returns all objects found. */
  list(entity: string, query: OdataQuery): Promise<readonly Row[]>;
  /** Makes an object under the `Ref_Key` of the row and returns the stored row. Never repeated. */
  create(entity: string, row: Row): Promise<Row>;
  /** Writes the given fields and returns the stored row. A tabular section is replaced as a whole. */
  update(entity: string, ref: string, row: Row): Promise<Row>;
  /** Posts a document (проведение); `unpost` cancels the posting. */
  post(entity: string, ref: string): Promise<void>;
  unpost(entity: string, ref: string): Promise<void>;
  /** Opens the description of the infobase (`$metadata`), 14–17 MB of XML. The caller must call `end()`. */
  openMetadata(): Promise<OnecStream>;
}

export interface OdataClient {
  /** Deadline of one call, milliseconds. */
  readonly timeoutMs: number;
  /**
   * Runs one call within one deadline, or until `stop` aborts. `unavailable` means no write, so an `unavailable` error
   * after a write becomes `uncertain`.
   */
  call<T>(work: (odata: OdataCall) => Promise<T>, stop?: AbortSignal): Promise<T>;
}

export interface OdataClientOptions extends OnecConnection {
  /** Keep 1C's sessions between requests, see `createSessions`. Default: false. */
  readonly keepSessions?: boolean;
  readonly timeoutMs: number;
}

const ROOT = "/odata/standard.odata/";
const JSON_HEADERS = { accept: "application/json;odata=nometadata" };

/** Creates a client of 1C's standard OData interface, version 3, JSON. The client repeats and caches nothing. */
export function createOdataClient(options: OdataClientOptions): OdataClient {
  const transport = createTransport(options, options.keepSessions ? createSessions() : undefined);
  const { timeoutMs } = options;
  return {
    timeoutMs,
    call: (work, stop) =>
      runWithDeadline(
        timeoutMs,
        async (signal) => {
          const run: Run = { transport, signal, wrote: false };
          try {
            return await work(requestsOf(run));
          } catch (error) {
            throw toCallError(error, run.wrote);
          }
        },
        stop,
      ),
  };
}

interface Run {
  readonly transport: ReturnType<typeof createTransport>;
  readonly signal: AbortSignal;
  wrote: boolean;
}

function requestsOf(run: Run): OdataCall {
  const get = async (entity: string, ref: string): Promise<Row | null> => {
    const request = toReadRequest(run, formatObjectPath(entity, ref));
    const answer = await run.transport.send(request);
    if (answer.status === 404 && readOnecWords(textOf(answer.body)).code === "9") return null;
    return objectOf(run, answer, request);
  };
  return {
    get,
    async list(entity, query) {
      const request = toReadRequest(run, `${encodeURIComponent(entity)}${formatQuery(query)}`);
      const { value } = objectOf(run, await run.transport.send(request), request);
      if (!Array.isArray(value)) throw createNotOdataError();
      return value as readonly Row[];
    },
    async create(entity, row) {
      const request = toWriteRequest(run, "POST", encodeURIComponent(entity), row);
      return saveObject(run, request, () => get(entity, String(row.Ref_Key ?? EMPTY_REF)));
    },
    async update(entity, ref, row) {
      const request = toWriteRequest(run, "PATCH", formatObjectPath(entity, ref), row);
      return saveObject(run, request, () => get(entity, ref));
    },
    // Posting is not operative (неоперативно): 1C refuses operative posting for any day but today.
    post: (entity, ref) => perform(run, `${formatObjectPath(entity, ref)}/Post?PostingModeOperational=false`),
    unpost: (entity, ref) => perform(run, `${formatObjectPath(entity, ref)}/Unpost`),
    async openMetadata() {
      const request = { ...toReadRequest(run, "$metadata"), headers: { accept: "application/xml" } };
      const stream = await run.transport.open(request);
      if (stream.status === 200) return stream;
      const head = await readFirstBytes(stream);
      throw run.transport.toRefusal({ status: stream.status, headers: stream.headers, body: head }, request);
    },
  };
}

/** Query options in an address, with spaces as `%20`: 1C does not read `+` as a space. */
function formatQuery({ filter, select, orderBy, top, skip }: OdataQuery): string {
  const options = [
    filter === undefined ? [] : [`$filter=${encodeURIComponent(filter)}`],
    select === undefined ? [] : [`$select=${select.map(encodeURIComponent).join(",")}`],
    orderBy === undefined ? [] : [`$orderby=${encodeURIComponent(orderBy)}`],
    top === undefined ? [] : [`$top=${top}`],
    skip === undefined || skip === 0 ? [] : [`$skip=${skip}`],
  ].flat();
  return options.length === 0 ? "" : `?${options.join("&")}`;
}

function formatObjectPath(entity: string, ref: string): string {
  return `${encodeURIComponent(entity)}(${formatGuid(ref)})`;
}

function toReadRequest({ signal }: Run, path: string): OnecRequest {
  return { method: "GET", path: ROOT + path, headers: JSON_HEADERS, writes: false, signal };
}

function toWriteRequest({ signal }: Run, method: "POST" | "PATCH", path: string, row: Row): OnecRequest {
  const headers = { ...JSON_HEADERS, "content-type": "application/json;charset=utf-8" };
  return { method, path: ROOT + path, headers, body: JSON.stringify(row), writes: true, signal };
}

async function perform(run: Run, path: string): Promise<void> {
  const { transport, signal } = run;
  const request: OnecRequest = { method: "POST", path: ROOT + path, headers: JSON_HEADERS, writes: true, signal };
  const answer = await transport.send(request);
  if (!isFine(answer) || isPage(answer)) throw transport.toRefusal(answer, request);
  run.wrote = true;
}

/**
 * Sends a write and returns the stored object. An answer without a body or a reference says nothing about the object,
 * so the object is read again. Throws uncertain `onec_unavailable` when that read shows no object either.
 */
async function saveObject(run: Run, request: OnecRequest, reread: () => Promise<Row | null>): Promise<Row> {
  const answer = await run.transport.send(request);
  const done = isFine(answer) && !isPage(answer);
  if (done) run.wrote = true;
  const kept = done && answer.body.length === 0 ? null : objectOf(run, answer, request);
  if (kept !== null && refOf(kept) !== "") return kept;
  const there = await reread().catch(throwUncertain);
  if (there !== null && refOf(there) !== "") return there;
  const detail = "1С приняла запись, но не вернула ссылку объекта: шлюз проверит, что записано";
  throw new AdapterError("onec_unavailable", "A write was answered without a reference", {
    outcome: "uncertain",
    detail,
  });
}

/** The error of a failed read after a successful write: uncertain, since 1C did not refuse the write itself. */
function throwUncertain(error: unknown): never {
  if (!(error instanceof AdapterError)) throw error;
  const { code, message, detail } = error;
  throw new AdapterError(code, message, { outcome: "uncertain", cause: error, ...(detail === null ? {} : { detail }) });
}

function objectOf(run: Run, answer: OnecAnswer, request: OnecRequest): Row {
  if (!isFine(answer)) throw run.transport.toRefusal(answer, request);
  try {
    const parsed: unknown = JSON.parse(textOf(answer.body));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) && !("odata.error" in parsed)) {
      return parsed as Row;
    }
  } catch {
    // `toRefusal` below judges a text without JSON.
  }
  throw run.transport.toRefusal(answer, request);
}

function isFine({ status }: OnecAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Whether the answer is a page for people, such as a proxy's page or a login form. */
function isPage({ headers }: OnecAnswer): boolean {
  return headers.get("content-type")?.toLowerCase().includes("html") === true;
}

function createNotOdataError(): AdapterError {
  const detail = "По адресу 1С отвечает не стандартный интерфейс OData: проверьте ONEC_URL и публикацию";
  return new AdapterError("onec_not_published", "The answer is not OData's", { outcome: "unavailable", detail });
}

const HEAD_BYTES = 64 * 1024;

async function readFirstBytes({ body, end }: OnecStream): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  try {
    const { value = new Uint8Array() } = await reader.read();
    return value.slice(0, HEAD_BYTES);
  } catch {
    return new Uint8Array();
  } finally {
    await reader.cancel().catch(() => undefined);
    end();
  }
}

/** The error of a whole call. `wrote`: the call had written something before the error. */
function toCallError(error: unknown, wrote: boolean): AdapterError {
  if (!(error instanceof AdapterError)) {
    const facts = { outcome: "rejected", detail: INTERNAL_FAULT, cause: error } as const;
    return new AdapterError("onec_rejected", "A call failed in an unforeseen way", facts);
  }
  if (!wrote || error.outcome !== "unavailable") return error;
  const { code, message, detail, field, retryAfterMs } = error;
  return new AdapterError(code, message, {
    outcome: "uncertain",
    cause: error,
    ...(detail === null ? {} : { detail }),
    ...(field === null ? {} : { field }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

/** Reference of a row, in lower case; empty for a row without a reference. */
export function refOf(row: Row): string {
  const ref = row.Ref_Key;
  return typeof ref === "string" && isRef(ref) ? ref.toLowerCase() : "";
}
