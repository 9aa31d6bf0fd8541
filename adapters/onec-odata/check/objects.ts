import type { CheckLine } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import { isLoginRefused, MENUS, toErrorLine, toFailedLine, toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import type { EntityDescription, Metadata, Properties } from "../metadata.ts";
import type { OdataCheckParts } from "./parts.ts";
import { formatRightsAdvice, toHiddenRowsLine } from "./rights.ts";
import { titleOf, type Use } from "./uses.ts";

export interface Objects {
  readonly lines: readonly CheckLine[];
  readonly readable: ReadonlySet<string>;
}

/** Checks every object of the adapter: publication, fields, functions and the right to read. */
export async function checkObjects(
  parts: OdataCheckParts,
  uses: readonly Use[],
  metadata: Metadata | null,
): Promise<Objects> {
  const composition = toCompositionLine(uses, metadata);
  const readable = new Set<string>();
  if (metadata?.published === 0) return { lines: [composition], readable };
  const lines: CheckLine[] = [];
  for (const use of uses) {
    const line = await checkObject(parts, use, metadata);
    if (line.isReadable) readable.add(use.entity);
    lines.push(line.line);
  }
  return { lines: [composition, ...lines], readable };
}

function toCompositionLine(uses: readonly Use[], metadata: Metadata | null): CheckLine {
  const name = "Состав OData";
  if (metadata === null) return toUncheckedLine(name, "Добейтесь, чтобы читалось описание базы, и повторите проверку");
  const missing = uses.filter(({ entity }) => !metadata.entities.has(entity));
  const listed = missing.map(({ entity }) => titleOf(entity)).join(", ");
  const todo = `${MENUS.composition} → Состав: отметьте ${listed}. Окно добавит и зависимые объекты; точный состав задаёт внешняя обработка: SETUP.ru.md, раздел 2`;
  if (metadata.published === 0) return toFailedLine(name, "пуст: 1С ничего не публикует через OData", todo);
  if (missing.length > 0) return toFailedLine(name, `не включены объекты: ${missing.length} из ${uses.length}`, todo);
  return toOkLine(name, `все нужные объекты включены: ${uses.length}`);
}

async function checkObject(
  parts: OdataCheckParts,
  use: Use,
  metadata: Metadata | null,
): Promise<{ line: CheckLine; isReadable: boolean }> {
  const name = titleOf(use.entity);
  const described = metadata?.entities.get(use.entity);
  if (metadata !== null && described === undefined) {
    const line = toFailedLine(name, "не включён в состав OData", `Отметьте его: ${MENUS.composition}`);
    return { line, isReadable: false };
  }
  try {
    await parts.client.call((odata) => odata.list(use.entity, { select: ["Ref_Key"], orderBy: "Ref_Key", top: 1 }));
  } catch (error) {
    return { line: await toUnreadableLine(parts, name, use, error), isReadable: false };
  }
  if (described === undefined) {
    const todo = "Добейтесь, чтобы читалось описание базы, и повторите проверку";
    return { line: toUncheckedLine(name, todo, "читается; поля не проверены"), isReadable: true };
  }
  return { line: toObjectLine(name, use, described), isReadable: true };
}

async function toUnreadableLine(
  parts: OdataCheckParts,
  name: string,
  { access, entity }: Use,
  error: unknown,
): Promise<CheckLine> {
  if (isMissingRight(error)) {
    if (await isObjectReadable(parts, entity)) return toHiddenRowsLine(name, entity);
    return toFailedLine(name, `нет прав на чтение: ${error.detail}`, formatRightsAdvice(entity, access));
  }
  if (error instanceof AdapterError && error.code === "onec_not_published") {
    return toFailedLine(name, "не включён в состав OData", `Отметьте его: ${MENUS.composition}`);
  }
  return toErrorLine(name, error);
}

/** Whether 1C refused for want of a right, and not the web server for a wrong password or address. */
export function isMissingRight(error: unknown): error is AdapterError {
  return error instanceof AdapterError && error.code === "onec_forbidden" && !isLoginRefused(error);
}

/**
 * Whether the user may read the object itself: 1C then says that a free reference has no object. So a refused list means
 * hidden rows. No source has recorded this order of 1C's checks; without it the line names the right to read.
 */
async function isObjectReadable({ client }: OdataCheckParts, entity: string): Promise<boolean> {
  const read = client.call((odata) => odata.get(entity, crypto.randomUUID()));
  return read.then(
    (row) => row === null,
    () => false,
  );
}

function toObjectLine(name: string, use: Use, described: EntityDescription): CheckLine {
  const fields = [
    ...listMissingNames(use.fields, described.properties),
    ...(use.anyOf.length > 0 && use.anyOf.every((field) => !described.properties.has(field))
      ? [use.anyOf.join(" или ")]
      : []),
    ...[...use.sections].flatMap(([section, columns]) => listMissingColumns(section, columns, described)),
  ];
  const functions = use.functions.filter((one) => !described.functions.has(one));
  if (fields.length > 0) {
    const todo = "Назовите поле так, как оно названо в этой конфигурации, или null, если его нет: ONEC_MAPPING";
    return toFailedLine(name, `в этой конфигурации нет полей: ${fields.join(", ")}`, todo);
  }
  if (functions.length > 0) {
    const todo =
      "Разрешите проведение: без него акты останутся черновиками. Проверьте права «Интерактивное проведение» и «Проведение»";
    return toFailedLine(name, `не публикуются действия: ${functions.join(", ")}`, todo);
  }
  const columns = [...use.sections.values()].reduce((sum, section) => sum + section.length, 0);
  const actions = use.functions.length > 0 ? ", проведение доступно" : "";
  return toOkLine(name, `читается; полей на месте: ${use.fields.length + columns}${actions}`);
}

function listMissingColumns(section: string, columns: readonly string[], { sections }: EntityDescription): string[] {
  const described = sections.get(section);
  if (described === undefined) return [`${section} (табличная часть)`];
  return listMissingNames(columns, described).map((column) => `${section}.${column}`);
}

function listMissingNames(names: readonly string[], properties: Properties): string[] {
  return names.filter((name) => !properties.has(name));
}
