import { AdapterError } from "../../core/errors.ts";
import { createTagScanner, type Tag, XmlError } from "./metadata-tags.ts";

/** Types of properties by name: `Edm.String`, `Edm.Guid`, `Collection(StandardODATA.…)`. */
export type Properties = ReadonlyMap<string, string>;

/** Description of one object in `$metadata`. 1C gives no sizes of strings. */
export interface EntityDescription {
  /** Names of the key's properties: `Ref_Key`, or the dimensions of a register. */
  readonly key: readonly string[];
  readonly properties: Properties;
  /** Columns of tabular sections (табличные части), by the section's name. */
  readonly sections: ReadonlyMap<string, Properties>;
  /** Functions of the object: `Post`, `Unpost`, `SliceLast`. */
  readonly functions: ReadonlySet<string>;
}

export interface Metadata {
  /** Number of all objects in the published composition; 0: nobody has filled the composition. */
  readonly published: number;
  /** Requested and published objects, by name. */
  readonly entities: ReadonlyMap<string, EntityDescription>;
  /** Size of the description, bytes. */
  readonly bytes: number;
}

interface Draft {
  readonly key: string[];
  readonly properties: Map<string, string>;
}

/**
 * Reads the description of the infobase (`$metadata`) once from a web stream and keeps only the named objects. A real
 * description has 14–17 MB; memory does not grow with the size.
 * Throws rejected `onec_not_published` for another document, such as a proxy's page, and unavailable `onec_unavailable`
 * for a broken description.
 */
export async function readMetadata(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  names: Iterable<string>,
): Promise<Metadata> {
  const reader = createReader(new Set(names));
  const scanner = createTagScanner(reader.readTag);
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
    // The decoder throws TypeError for bytes other than UTF-8.
    if (cause instanceof XmlError || cause instanceof TypeError) throw createBrokenMetadataError(cause);
    throw cause;
  }
  if (!reader.isComplete()) throw createBrokenMetadataError();
  return { ...reader.getResult(), bytes };
}

/** Iterates a stream's chunks, since not every runtime iterates streams; cancels the stream after an early stop. */
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
      // The first parameter is the object of the function; further parameters are arguments.
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
    readTag(tag: Tag): void {
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

/** Whether the name is a row type of a wanted object's section: `Document_X_Услуги_RowType` for `Document_X`. */
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

/** A type's name without namespace and `Collection(…)`: `StandardODATA.Catalog_X` → `Catalog_X`. */
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
