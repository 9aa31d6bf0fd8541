import { AdapterError } from "../../core/errors.ts";
import type { Tag } from "./metadata-tags.ts";
import { createTagScanner, XmlError } from "./metadata-tags.ts";

/** Names and their types as the description gives them: `Edm.String`, `Edm.Guid`, `Collection(StandardODATA.…)`. */
export type Properties = ReadonlyMap<string, string>;

/** What `$metadata` says of one object. Sizes of strings are not in it: 1C gives none. */
export interface EntityDescription {
  /** Names of the key's properties: `Ref_Key`, of a register its dimensions. */
  readonly key: readonly string[];
  readonly properties: Properties;
  /** Columns of the tabular sections (табличные части) by the section's name. */
  readonly sections: ReadonlyMap<string, Properties>;
  /** What may be called on it: `Post`, `Unpost`, `SliceLast`. */
  readonly functions: ReadonlySet<string>;
}

/** What was read of a description (EDMX). */
export interface Metadata {
  /** How many objects the published composition has in all: 0 when nobody has filled it. */
  readonly published: number;
  /** Those that were asked for and are published, by name. */
  readonly entities: ReadonlyMap<string, EntityDescription>;
  /** Size of the description. */
  readonly bytes: number;
}

interface Draft {
  readonly key: string[];
  readonly properties: Map<string, string>;
}

/**
 * Reads the description of the infobase (`$metadata`) once, from its stream, and keeps only the objects named. A real
 * one is 14–17 MB; memory does not grow with it. Runs wherever streams of the Web do.
 *
 * @throws {AdapterError} rejected `onec_not_published` when it is no description (a page of a proxy, say);
 * unavailable `onec_unavailable` when it breaks off
 */
export async function readMetadata(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  names: Iterable<string>,
): Promise<Metadata> {
  const reader = createReader(new Set(names));
  const scanner = createTagScanner(reader.tag);
  let bytes = 0;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for await (const chunk of chunksOf(stream)) {
      bytes += chunk.byteLength;
      scanner.push(decoder.decode(chunk, { stream: true }));
    }
    scanner.push(decoder.decode());
    scanner.end();
  } catch (cause) {
    // A TypeError is the decoder's: the bytes are no UTF-8.
    if (cause instanceof XmlError || cause instanceof TypeError) throw createBrokenMetadataError(cause);
    throw cause;
  }
  if (!reader.isComplete()) throw createBrokenMetadataError();
  return { ...reader.getResult(), bytes };
}

/** A stream's chunks; the stream is let go of when the reader stops early. Not every runtime iterates streams itself. */
async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw createBrokenMetadataError(cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function createReader(wanted: ReadonlySet<string>) {
  const types = new Map<string, Draft>();
  const sets = new Map<string, string>();
  const functions = new Map<string, Set<string>>();
  let published = 0;
  let type: Draft | null = null;
  let called: string | null = null;
  let root: "none" | "open" | "closed" = "none";

  const handlers: Readonly<Record<string, (tag: Tag) => void>> = {
    EntityType: describe,
    ComplexType: describe,
    PropertyRef: (tag) => type?.key.push(tag.getAttribute("Name") ?? ""),
    Property: (tag) => type?.properties.set(tag.getAttribute("Name") ?? "", tag.getAttribute("Type") ?? ""),
    EntitySet(tag) {
      published += 1;
      const name = tag.getAttribute("Name") ?? "";
      if (wanted.has(name)) sets.set(name, toTypeName(tag.getAttribute("EntityType") ?? ""));
    },
    FunctionImport(tag) {
      called =
        tag.kind === "open" && tag.getAttribute("IsBindable") === "true" ? (tag.getAttribute("Name") ?? null) : null;
    },
    Parameter(tag) {
      // The first one names what it is called on; those after it are what it takes.
      if (called === null) return;
      const on = toTypeName(tag.getAttribute("Type") ?? "");
      if (wanted.has(on)) functions.set(on, (functions.get(on) ?? new Set()).add(called));
      called = null;
    },
  };

  function describe(tag: Tag): void {
    const name = tag.getAttribute("Name") ?? "";
    const kept = wanted.has(name) || isSectionOf(wanted, name);
    type = tag.kind === "open" && kept ? { key: [], properties: new Map() } : null;
    if (type !== null) types.set(name, type);
  }

  return {
    tag(tag: Tag): void {
      if (root === "none") {
        if (tag.name !== "Edmx") throw createNotMetadataError(tag.name);
        root = "open";
      }
      if (tag.kind !== "close") handlers[tag.name]?.(tag);
      else if (tag.name === "EntityType" || tag.name === "ComplexType") type = null;
      else if (tag.name === "FunctionImport") called = null;
      else if (tag.name === "Edmx") root = "closed";
    },
    isComplete: () => root === "closed",
    getResult(): Omit<Metadata, "bytes"> {
      const described = [...sets].flatMap(([name, of]) => {
        const draft = types.get(of);
        return draft === undefined ? [] : [[name, toEntityDescription(draft, types, functions.get(of))] as const];
      });
      return { published, entities: new Map(described) };
    },
  };
}

/** `Document_X_Услуги_RowType`: the row of a section of `Document_X`. */
function isSectionOf(wanted: ReadonlySet<string>, name: string): boolean {
  if (!name.endsWith("_RowType")) return false;
  for (const entityName of wanted) if (name.startsWith(`${entityName}_`)) return true;
  return false;
}

function toEntityDescription(
  draft: Draft,
  types: ReadonlyMap<string, Draft>,
  functions = new Set<string>(),
): EntityDescription {
  const sections = [...draft.properties].flatMap(([name, type]) => {
    if (!type.startsWith("Collection(")) return [];
    return [[name, types.get(toTypeName(type))?.properties ?? new Map()] as const];
  });
  return { key: draft.key, properties: draft.properties, sections: new Map(sections), functions };
}

/** A type's name without its namespace and without «collection of»: `StandardODATA.Catalog_X` → `Catalog_X`. */
function toTypeName(type: string): string {
  const single = /^Collection\((.+)\)$/.exec(type)?.[1] ?? type;
  return single.slice(single.lastIndexOf(".") + 1);
}

function createNotMetadataError(root: string): AdapterError {
  return new AdapterError("onec_not_published", "The description of the infobase is something else", {
    outcome: "rejected",
    detail: `Вместо описания ($metadata) пришёл документ <${root.slice(0, 40)}>`,
  });
}

function createBrokenMetadataError(cause?: unknown): AdapterError {
  return new AdapterError("onec_unavailable", "The description of the infobase breaks off or is no XML", {
    outcome: "unavailable",
    detail: "Описание базы ($metadata) пришло не целиком или повреждено",
    cause,
  });
}
