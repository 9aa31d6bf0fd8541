import type { Address } from "./address.ts";
import { describe, readAddress, readKey } from "./address.ts";
import { deleteObject } from "./business.ts";
import { errorJson, errorXml, exception, OneCError, refusal } from "./errors.ts";
import type { Counting, Fault, Faults, RequestInfo } from "./faults.ts";
import { errorOf, NoAnswer, platformException, WORDS } from "./faults.ts";
import { metadata } from "./metadata.ts";
import type { Writing } from "./objects.ts";
import { createObject, postDocument, unpostDocument, updateObject } from "./objects.ts";
import type { Format } from "./query.ts";
import { pageOf, readExpand, readFormat, readOptions, readSelect } from "./query.ts";
import { readRows, readSlice, sectionRows } from "./reading.ts";
import { addressOf, atom, collectionJson, objectJson, type View } from "./render.ts";
import type { Entity } from "./schema.ts";
import type { Sessions } from "./sessions.ts";
import type { Row } from "./state.ts";
import type { Body } from "./values.ts";

/** A request as both faces of the stand-in see it. Header names are in lower case. */
export interface OneCRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** `http://host` for links. */
  readonly origin: string;
}

/** An answer; header values are raw UTF-8 text. A stream is `$metadata`. */
export interface OneCAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Iterable<string>;
}

/** Everything that answers requests. */
export interface Infobase extends Writing {
  readonly faults: Faults;
  readonly counters: Counting;
  readonly sessions: Sessions;
  readonly hidden: ReadonlySet<string>;
  /** Does what became due of what was put off. */
  catchUp(request: RequestInfo): Promise<void>;
  /** Puts work off until a moment (epoch ms); `race`: until the next write, if that comes first. */
  putOff(late: { dueAt: number; race: boolean; work: () => Promise<unknown> }): void;
  beforeRequest(request: RequestInfo): Promise<void>;
  beforeWrite(set: string): Promise<void>;
}

const HTML = "text/html; charset=utf-8";

/** Answers one request. Throws {@link NoAnswer} where the connection gives none. */
export async function handle(base: Infobase, request: OneCRequest): Promise<OneCAnswer> {
  const { setup, counters } = base;
  let address: Address | null;
  try {
    address = readAddress(setup.root, request.target);
  } catch (error) {
    if (error instanceof OneCError) return failure(error, "minimal", base);
    throw error;
  }
  // The web server's own answer: this address is nothing of the interface.
  if (address === null) return page(404, "<html><body>404 - File or directory not found.</body></html>");
  const info = describe(counters.total() + 1, request.method, address);
  counters.begin();
  let status: number | null = null;
  try {
    await base.catchUp(info);
    await base.beforeRequest(info);
    const answer = await faulty(base, info, request, () => secured(base, address, info, request));
    status = answer.status;
    return answer;
  } finally {
    counters.end(info, status);
  }
}

async function faulty(
  base: Infobase,
  info: RequestInfo,
  request: OneCRequest,
  proceed: () => Promise<OneCAnswer>,
): Promise<OneCAnswer> {
  const fault: Fault | null = base.faults.of(info);
  if (fault === null) return proceed();
  switch (fault.kind) {
    case "down":
      throw new NoAnswer("down");
    case "slow":
      await base.setup.sleep(fault.ms);
      return proceed();
    case "drop":
    case "timeout":
      if (fault.when === "after") await proceed();
      throw new NoAnswer(fault.kind);
    case "late":
      base.putOff({ dueAt: base.setup.clock() + fault.ms, race: fault.race === true, work: proceed });
      throw new NoAnswer("timeout");
    case "answer":
      if (fault.when === "after") await proceed();
      return { status: fault.status, headers: [["Content-Type", fault.type ?? HTML]], body: fault.body };
    case "maintenance":
      return {
        status: 403,
        headers: [["Content-Type", "application/json; charset=utf-8"]],
        body: platformException(WORDS.maintenance, request.target),
      };
    default:
      return failure(errorOf(fault.kind), formatOf(request, new Map()), base);
  }
}

/** The web server in front: length of the query, login, session. */
async function secured(base: Infobase, address: Address, info: RequestInfo, request: OneCRequest): Promise<OneCAnswer> {
  const { setup } = base;
  if (setup.maxQuery > 0 && address.query.length > setup.maxQuery) {
    // IIS, request filtering, `maxQueryString` (404.15): its default is 2048.
    return page(404, "<html><body>HTTP Error 404.15 - Not Found. The query string is too long.</body></html>");
  }
  const login = `Basic ${Buffer.from(`${setup.user}:${setup.password}`, "utf8").toString("base64")}`;
  if (request.headers.get("authorization") !== login) {
    const wrong = page(401, "<html><body>401 - Unauthorized</body></html>");
    return { ...wrong, headers: [...wrong.headers, ["WWW-Authenticate", 'Basic realm="1C:Enterprise 8.3"']] };
  }
  let options: ReadonlyMap<string, string> = new Map();
  let leave = () => {};
  try {
    const session = base.sessions.enter(request.headers);
    leave = session.leave;
    options = readOptions(address.query);
    const format = readFormat(options.get("$format"), request.headers.get("accept"));
    if (format instanceof OneCError) throw format;
    const answer = await answerTo(base, address, info, request, options, format);
    return session.cookie === null
      ? answer
      : { ...answer, headers: [...answer.headers, ["Set-Cookie", session.cookie]] };
  } catch (error) {
    if (!(error instanceof OneCError)) throw error;
    return failure(error, formatOf(request, options), base);
  } finally {
    leave();
  }
}

function formatOf(request: OneCRequest, options: ReadonlyMap<string, string>): Format {
  const asked = options.get("$format") ?? /[?&]\$format=([^&]*)/.exec(request.target)?.[1];
  const format = readFormat(asked, request.headers.get("accept"));
  return format instanceof OneCError ? "atom" : format;
}

async function answerTo(
  base: Infobase,
  address: Address,
  info: RequestInfo,
  request: OneCRequest,
  options: ReadonlyMap<string, string>,
  format: Format,
): Promise<OneCAnswer> {
  const { setup, state } = base;
  const root = request.origin + setup.root;
  const published = (name: string) => setup.published === null || setup.published.includes(name);
  const shown = [...state.entities.values()].filter(({ name }) => published(name));
  if (info.kind === "service") return serviceDocument(base, shown, root, format);
  if (info.kind === "metadata") {
    return { status: 200, headers: [["Content-Type", "application/xml"]], body: metadata(shown, setup.metadataBytes) };
  }
  const section = address.set === null ? null : sectionRows(state, address.set);
  if (section !== null && published(section.owner)) {
    return answerSection(base, section.entity, section.rows, info, options, { root, format, select: null, expand: [] });
  }
  const entity = address.set === null ? undefined : state.entities.get(address.set);
  if (entity === undefined || !published(entity.name)) throw refusal(404, 8, address.set ?? address.path);
  checkRights(base, entity, info);
  const select = readSelect(entity, options.get("$select"));
  const view: View = { root, format, select, expand: readExpand(entity, options.get("$expand"), select) };
  return answerEntity(base, entity, address, info, request, options, view);
}

function serviceDocument(base: Infobase, shown: readonly Entity[], root: string, format: Format): OneCAnswer {
  const value = shown.map(({ name }) => ({ name, url: name }));
  if (format === "atom") {
    const sets = value.map(({ name }) => `<collection href="${name}"/>`).join("");
    return {
      status: 200,
      headers: [["Content-Type", "application/atomsvc+xml"]],
      body: `<service><workspace>${sets}</workspace></service>`,
    };
  }
  return json(base, 200, JSON.stringify({ "odata.metadata": `${root}/$metadata`, value }), format);
}

/** Rights: 401 and code 20, not 403 (DOC). */
function checkRights({ setup }: Infobase, entity: Entity, { kind, isWrite }: RequestInfo): void {
  const verb = kind === "post" || kind === "unpost" ? "post" : isWrite ? "write" : "read";
  const denied = setup.denied.some(
    (each) => each.verb === verb && (each.entity === "*" || each.entity === entity.name),
  );
  if (denied) throw new OneCError(401, "20", `Ошибка прав доступа: ${entity.name}`);
}

/** Rows of a tabular section may be read as a set; they are not written by themselves (DOC, XR). */
function answerSection(
  base: Infobase,
  entity: Entity,
  rows: readonly Row[],
  info: RequestInfo,
  options: ReadonlyMap<string, string>,
  view: View,
): OneCAnswer {
  if (info.kind === "create") throw refusal(400, 13);
  if (info.isWrite) throw refusal(405, 13);
  if (info.kind !== "list") throw refusal(400, 6);
  const select = readSelect(entity, options.get("$select"));
  return rowsAnswer(base, entity, pageOf(entity, rows, options).rows, { ...view, select }, null);
}

async function answerEntity(
  base: Infobase,
  entity: Entity,
  address: Address,
  info: RequestInfo,
  request: OneCRequest,
  options: ReadonlyMap<string, string>,
  view: View,
): Promise<OneCAnswer> {
  const object = () => {
    const key = readKey(entity, address.key ?? "");
    const row = base.state.get(entity.name, key);
    if (row === undefined) throw refusal(404, 9, addressOfKey(entity, address));
    if (base.hidden.has(key)) throw new OneCError(401, "20", "Ошибка прав доступа");
    return row;
  };
  switch (info.kind) {
    case "list": {
      const { rows, total } = pageOf(entity, readRows(base.state, base.hidden, entity, options), options);
      return rowsAnswer(base, entity, rows, view, options.get("$inlinecount") === "allpages" ? total : null);
    }
    case "count": {
      const { total } = pageOf(entity, readRows(base.state, base.hidden, entity, options), options);
      return { status: 200, headers: [["Content-Type", "text/plain;charset=utf-8"]], body: String(total) };
    }
    case "slice":
      return rowsAnswer(base, entity, readSlice(base.state, entity, address.args), view, null);
    case "read":
      return rowAnswer(base, entity, object(), view, 200);
    case "create": {
      await base.beforeWrite(entity.name);
      const row = createObject(base, entity, readJson(request), isDataLoad(request));
      return created(base, entity, row, view);
    }
    case "update": {
      await base.beforeWrite(entity.name);
      const how = { ifMatch: request.headers.get("if-match"), isLoad: isDataLoad(request) };
      const row = updateObject(base, entity, object(), readJson(request), how);
      return rowAnswer(base, entity, row, view, 200);
    }
    case "post":
    case "unpost": {
      if (entity.category !== "document") throw refusal(404, 11, address.tail);
      const mode = options.get("PostingModeOperational") ?? /^PostingModeOperational=(\w+)$/.exec(address.args)?.[1];
      if (mode !== undefined && mode !== "true" && mode !== "false") throw refusal(400, 1, mode);
      await base.beforeWrite(entity.name);
      const change = info.kind === "post" ? postDocument : unpostDocument;
      change(base, entity, object());
      return { status: 200, headers: [], body: "" };
    }
    case "delete": {
      if (base.setup.refusesDelete) throw exception("Удаление запрещено");
      deleteObject(base, entity.name, object());
      return { status: 204, headers: [], body: "" };
    }
    default:
      return unsupported(request.method, address);
  }
}

/** ОбменДанными.Загрузка of the written object (DOC). */
function isDataLoad({ headers }: OneCRequest): boolean {
  return headers.get("1c_odata-dataloadmode") === "true";
}

function addressOfKey(entity: Entity, address: Address): string {
  return `${entity.name}(${address.key})`;
}

/** What 1C refuses, and what this stand-in does not play: PUT, navigation, `$batch`. */
function unsupported(method: string, { tail, path }: Address): never {
  if (!["GET", "POST", "PATCH", "DELETE", "PUT"].includes(method)) throw refusal(405, 19, method);
  if (method === "POST") throw tail === "" ? refusal(405, 19, method) : refusal(404, 11, tail);
  throw refusal(501, 0, `${method} ${path}`);
}

/** JSON of a body. Without a JSON Content-Type the body is Atom (DOC), which nobody sends here. */
function readJson({ headers, body }: OneCRequest): Body {
  if (!/json/i.test(headers.get("content-type") ?? "")) throw refusal(400, 2, "Content-Type");
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw exception("Непредвиденный символ при чтении JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw exception("Произошла внутренняя ошибка OData сервиса");
  }
  return parsed as Body;
}

/** 201 and the whole object; Location is raw UTF-8, Cyrillic and all (P8). A register's record answers 200 (P9). */
function created(base: Infobase, entity: Entity, row: Row, view: View): OneCAnswer {
  const answer = rowAnswer(base, entity, row, view, entity.category === "register" ? 200 : 201);
  return { ...answer, headers: [...answer.headers, ["Location", `${view.root}/${addressOf(entity, row)}`]] };
}

function rowAnswer(base: Infobase, entity: Entity, row: Row, view: View, status: number): OneCAnswer {
  if (view.format === "atom") return xml(status, atom(entity, [row], view.root, false));
  return json(base, status, objectJson(base.state, entity, row, view), view.format);
}

function rowsAnswer(
  base: Infobase,
  entity: Entity,
  rows: readonly Row[],
  view: View,
  count: number | null,
): OneCAnswer {
  if (view.format === "atom") return xml(200, atom(entity, rows, view.root, true));
  return json(base, 200, collectionJson(base.state, entity, rows, view, count), view.format);
}

function json({ setup }: Infobase, status: number, body: string, format: Format): OneCAnswer {
  const level = { minimal: "minimalmetadata", none: "nometadata", full: "fullmetadata", atom: "" }[format];
  const type = `application/json;odata=${level};charset=utf-8`;
  return {
    status,
    headers: [
      ["Content-Type", type],
      ["DataServiceVersion", "3.0"],
    ],
    body: `${setup.bom ? "\uFEFF" : ""}${body}`,
  };
}

function xml(status: number, body: string): OneCAnswer {
  return { status, headers: [["Content-Type", "application/atom+xml;charset=utf-8"]], body };
}

function page(status: number, body: string): OneCAnswer {
  return { status, headers: [["Content-Type", HTML]], body };
}

/** An error as JSON where JSON was asked for, as XML elsewhere (DOC). */
function failure(error: OneCError, format: Format, base: Infobase): OneCAnswer {
  if (format !== "atom") return json(base, error.status, errorJson(error), format);
  return { status: error.status, headers: [["Content-Type", "application/xml;charset=utf-8"]], body: errorXml(error) };
}
