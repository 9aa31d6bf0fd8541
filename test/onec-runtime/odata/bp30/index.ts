import { readFileSync } from "node:fs";
import type { Entity, Predefined, PredefinedAccount, Property, PropertyKind, Section } from "../schema.ts";
import { jsonNames, parseKind } from "../schema.ts";

/** Releases of БП 3.0 whose published sources were read: 3.0.198.19 and 3.0.151.27. */
export type Release = "198" | "151";

const LINES = readFileSync(new URL("schema.txt", import.meta.url), "utf8").split("\n");
const made = new Map<Release, readonly Entity[]>();

/** All objects of a release that the stand-in has, from `schema.txt`, which `generate.ts` makes. */
export function listEntities(release: Release): readonly Entity[] {
  const known = made.get(release);
  if (known !== undefined) return known;
  const blocks = splitBlocks(LINES.filter((line) => !line.startsWith("Enum_")));
  const entities = blocks.map((block) => toEntity(block, release));
  made.set(release, entities);
  return entities;
}

/** Values of an enumeration in a release. Throws for an unknown name. */
export function listEnumValues(name: string, release: Release): readonly string[] {
  const line = LINES.find((one) => one.startsWith(`Enum_${name} `) || one === `Enum_${name}`);
  if (line === undefined) throw new Error(`The schema has no enumeration ${name}`);
  const [, values = ""] = line.split(" ");
  return values.split("|").flatMap((value) => {
    const [text = "", only] = value.split("@");
    return text !== "" && (only === undefined || only === release) ? [text] : [];
  });
}

function splitBlocks(lines: readonly string[]): string[][] {
  const blocks: string[][] = [[]];
  for (const line of lines) {
    if (line === "") blocks.push([]);
    else blocks.at(-1)?.push(line);
  }
  return blocks.filter((block) => block.length > 0);
}

function toEntity([head = "", ...body]: readonly string[], release: Release): Entity {
  const [usual = "", former] = head.split(" but151 ");
  const [name = "", ...usualWords] = usual.split(" ");
  const words = release === "151" && former !== undefined ? former.split(" ") : usualWords;
  const predefined = body.filter((line) => line.startsWith("=")).flatMap((line) => toPredefined(line, release));
  const lines = body.filter((line) => !line.startsWith("="));
  const first = lines.findIndex((line) => line.startsWith("["));
  const own = first < 0 ? lines : lines.slice(0, first);
  const sections = first < 0 ? [] : toSections(lines.slice(first), release);
  const shape = { name, words, own: own.flatMap((line) => toProperty(line, release)), sections, predefined };
  if (name.startsWith("InformationRegister_")) return toRegister(shape, own);
  if (name.startsWith("Document_")) return toDocument(shape);
  return toCatalog(shape);
}

interface Shape {
  readonly name: string;
  /** Words of the head line: `code=9f`, `name=100`, `numbered`, `folders`, `tree`, `periodic`, `owners=A|B`. */
  readonly words: readonly string[];
  readonly own: readonly Property[];
  readonly sections: readonly Section[];
  readonly predefined: readonly Predefined[];
}

function toCatalog({ name, words, own, sections, predefined }: Shape): Entity {
  const isChart = name.startsWith("ChartOfAccounts_");
  const owners = (find(words, "owners=") ?? "").split("|").filter((owner) => owner !== "");
  const owner: Property[] =
    owners.length === 0
      ? []
      : owners.length === 1
        ? [{ name: "Owner_Key", type: { kind: "guid", to: owners[0] ?? null } }]
        : [{ name: "Owner", type: { kind: "composite", types: owners } }];
  const self: PropertyKind = { kind: "guid", to: name };
  const hasFolders = words.includes("folders");
  const code = toText(find(words, "code="));
  return {
    name,
    category: isChart ? "accounts" : "catalog",
    properties: [
      ...toHead(self),
      ...owner,
      ...(hasFolders || isChart || words.includes("tree") ? [{ name: "Parent_Key", type: self }] : []),
      ...(hasFolders ? [{ name: "IsFolder", type: BOOLEAN }] : []),
      ...(code === null ? [] : [{ name: "Code", type: code }]),
      { name: "Description", type: toText(find(words, "name=")) ?? { kind: "string" } },
      ...(isChart ? toChartHead(words) : []),
      ...own,
      { name: "Predefined", type: BOOLEAN },
      { name: "PredefinedDataName", type: { kind: "string" } },
    ],
    sections,
    key: ["Ref_Key"],
    periodic: false,
    numbering: toNumbering("Code", words),
    predefined,
  };
}

/** The platform's own fields of an account. */
function toChartHead(words: readonly string[]): Property[] {
  return [
    { name: "Order", type: toText(find(words, "order=")) ?? { kind: "string" } },
    { name: "Type", type: { kind: "enum", values: ["Active", "Passive", "ActivePassive"] } },
    { name: "OffBalance", type: BOOLEAN },
  ];
}

function toDocument({ name, words, own, sections, predefined }: Shape): Entity {
  return {
    name,
    category: "document",
    properties: [
      ...toHead({ kind: "guid", to: name }),
      { name: "Number", type: toText(find(words, "code=")) ?? { kind: "string" } },
      { name: "Date", type: { kind: "date" } },
      { name: "Posted", type: BOOLEAN },
      ...own,
    ],
    sections,
    key: ["Ref_Key"],
    periodic: false,
    numbering: toNumbering("Number", words),
    predefined,
  };
}

/** An independent register has no reference and no version. Dimensions bear a `!`. */
function toRegister({ name, words, own, predefined }: Shape, lines: readonly string[]): Entity {
  const isPeriodic = words.includes("periodic");
  const dimensions = lines.flatMap((line) => (line.startsWith("!") ? [line.slice(1).split(" ")[0] ?? ""] : []));
  return {
    name,
    category: "register",
    properties: [...(isPeriodic ? [{ name: "Period", type: { kind: "date" } } as const] : []), ...own],
    sections: [],
    key: [
      ...(isPeriodic ? ["Period"] : []),
      ...own.filter((property) => dimensions.includes(property.name)).flatMap(jsonNames),
    ],
    periodic: isPeriodic,
    numbering: null,
    predefined,
  };
}

const BOOLEAN: PropertyKind = { kind: "boolean" };

function toHead(self: PropertyKind): Property[] {
  return [
    { name: "Ref_Key", type: self },
    { name: "DataVersion", type: { kind: "string" } },
    { name: "DeletionMark", type: BOOLEAN },
  ];
}

function toSections(lines: readonly string[], release: Release): Section[] {
  const sections: { name: string; properties: Property[] }[] = [];
  let isKept = true;
  for (const line of lines) {
    const [, name, only] = /^\[(.+)\](?: only (\d+))?$/.exec(line) ?? [];
    if (name !== undefined) {
      isKept = only === undefined || only === release;
      if (isKept) {
        const first: Property[] = [
          { name: "Ref_Key", type: { kind: "guid", to: null } },
          { name: "LineNumber", type: { kind: "int64" } },
        ];
        sections.push({ name, properties: first });
      }
    } else if (isKept) sections.at(-1)?.properties.push(...toProperty(line, release));
  }
  return sections;
}

const LINE = /^!?(\S+) (\S+?)(?: only (\d+))?(?: but151 (\S+))?(?: req(\d*))?(?: fill=(.+))?$/;

/** A line `Имя kind(argument)`, with what only one release has, the check of filling and the fill value. */
function toProperty(line: string, release: Release): Property[] {
  const [, name = "", type = "", only, former, checkedBy, fill] = LINE.exec(line) ?? [];
  if (name === "") throw new Error(`The schema cannot read the line ${line}`);
  if (only !== undefined && only !== release) return [];
  const parsed = parseKind(release === "151" ? (former ?? type) : type);
  const kind: PropertyKind =
    parsed.kind === "enum" ? { kind: "enum", values: listEnumValues(parsed.values[0] ?? "", release) } : parsed;
  return [
    {
      name,
      type: kind,
      ...(checkedBy === "" || checkedBy === release ? { isRequired: true } : {}),
      ...(fill === undefined ? {} : { fill: toFill(kind, fill) }),
    },
  ];
}

function toFill({ kind }: PropertyKind, text: string): NonNullable<Property["fill"]> {
  if (kind === "boolean") return text === "true";
  if (kind === "number" || kind === "int16") return Number(text);
  if (kind !== "guid") return text;
  const [set = "", element = ""] = text.split(".");
  return { set, element };
}

/** A line `=Имя code=26 parent=Имя folder: наименование`; see generate.ts. */
function toPredefined(line: string, release: Release): Predefined[] {
  const [, head = "", description = ""] = /^=(.*?): (.*)$/.exec(line) ?? [];
  const [usual = "", only] = head.split(" only ");
  if (only !== undefined && only !== release) return [];
  const [name = "", ...words] = usual.split(" ");
  return [
    {
      name,
      description,
      code: find(words, "code=") ?? "",
      parent: find(words, "parent=") ?? null,
      isFolder: words.includes("folder"),
      account: toAccount(words),
    },
  ];
}

function toAccount(words: readonly string[]): PredefinedAccount | null {
  const type = find(words, "type=");
  if (type === undefined) return null;
  return {
    type,
    isOffBalance: words.includes("off"),
    flags: find(words, "flags=")?.split("|") ?? [],
    analytics: (find(words, "subconto=")?.split("|") ?? []).map((text) => ({
      name: text.replace(/\(.*$/, ""),
      isTurnoversOnly: text.endsWith("(обороты)"),
    })),
  };
}

function find(words: readonly string[], start: string): string | undefined {
  return words.find((word) => word.startsWith(start))?.slice(start.length);
}

/** `9f` is a padded text of nine characters. */
function toText(length: string | undefined): PropertyKind | null {
  if (length === undefined) return null;
  return { kind: "string", length: Number.parseInt(length, 10), ...(length.endsWith("f") ? { fixed: true } : {}) };
}

function toNumbering(property: "Code" | "Number", words: readonly string[]): Entity["numbering"] {
  const length = find(words, "code=");
  return length === undefined || !words.includes("numbered") ? null : { property, length: Number.parseInt(length, 10) };
}
