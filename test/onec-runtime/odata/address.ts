import { refusal } from "./errors.ts";
import type { RequestInfo, RequestKind } from "./faults.ts";
import { decode } from "./query.ts";
import type { Entity } from "./schema.ts";
import { keyOf } from "./state.ts";

/** A request's address after the interface's root, taken apart. */
export interface Address {
  /** Decoded. */
  readonly path: string;
  readonly query: string;
  readonly set: string | null;
  /** What stands in the brackets after the set. */
  readonly key: string | null;
  /** What follows the object: Post, Unpost, $count, SliceLast, a property. */
  readonly tail: string;
  /** Arguments in the brackets of the tail. */
  readonly args: string;
}

/** Takes an address apart; null: it is not under the interface's root. */
export function readAddress(root: string, target: string): Address | null {
  const [raw = "", ...rest] = target.split("?");
  const path = decode(raw);
  if (path !== root && !path.startsWith(`${root}/`)) return null;
  const below = path.slice(root.length + 1);
  const [, set = null, key = null, tail = "", args = ""] =
    /^([\p{L}\p{N}_]+)(?:\(([^)]*)\))?(?:\/(\$?[\p{L}\p{N}_/]+)(?:\((.*)\))?)?$/su.exec(below) ?? [];
  return { path: below, query: rest.join("?"), set, key, tail, args };
}

/** What a request is, for counting and for faults. */
export function describe(n: number, method: string, address: Address): RequestInfo {
  const kind = kindOf(method, address);
  const isWrite = ["create", "update", "delete", "post", "unpost"].includes(kind);
  return { n, method, kind, entity: address.set, path: address.path, isWrite };
}

function kindOf(method: string, { path, set, key, tail }: Address): RequestKind {
  if (path === "") return "service";
  if (path === "$metadata") return "metadata";
  if (set === null) return "other";
  if (method === "GET") {
    if (tail === "$count") return "count";
    if (tail === "SliceLast") return "slice";
    return tail !== "" ? "other" : key === null ? "list" : "read";
  }
  if (method === "POST") {
    if (tail === "Post") return "post";
    if (tail === "Unpost") return "unpost";
    return tail === "" && key === null ? "create" : "other";
  }
  if (tail !== "" || key === null) return "other";
  return method === "PATCH" ? "update" : method === "DELETE" ? "delete" : "other";
}

/** The key of a state's row from the brackets: `guid'…'`, or dimensions of a register by name (DOC). */
export function readKey(entity: Entity, key: string): string {
  if (entity.category !== "register") {
    const ref = /^(?:Ref_Key=)?guid'([\da-f-]{36})'$/i.exec(key)?.[1];
    if (ref === undefined) throw refusal(400, 6, key);
    return ref.toLowerCase();
  }
  const given = new Map<string, string>();
  for (const part of key.match(/[^,=]+=(?:(?:guid|datetime)?'[^']*')/g) ?? []) {
    const [, name = "", value = ""] = /^(.*?)=(?:guid|datetime)?'([^']*)'$/.exec(part) ?? [];
    given.set(name.trim(), value);
  }
  for (const name of entity.key) if (!given.has(name)) throw refusal(400, 7, name);
  return keyOf(entity, Object.fromEntries(given));
}
