import type { Entity, Property } from "./schema.ts";

/** Fields of 3.0.198 that 3.0.151 lacks. */
const NEW_FIELDS = new Set(["НалогообложениеКонтрагента"]);

/** Values of enumerations that 3.0.151 lacks. */
const NEW_VALUES = new Set([
  ...["НДС5", "НДС5_105", "НДС7", "НДС7_107", "НДС22", "НДС22_122"],
  ...["Права", "ПродажаТоваровСоСкладаКомиссионера", "Согласовано"],
  ...["ИзКарточкиНоменклатуры", "БезНДС", "ОбщаяУСН", "ПониженнаяУСН"].map(
    (value) => `СпособЗаполненияСтавкиНДС.${value}`,
  ),
]);

/** Lengths of strings in 3.0.151. */
const OLD_LENGTHS: Readonly<Record<string, number>> = {
  "Catalog_Контрагенты.НаименованиеПолное": 550,
  "Document_СписаниеСРасчетногоСчета.НомерВходящегоДокумента": 20,
};

/** An entity as 3.0.151 has it. */
export function toFormerRelease(entity: Entity): Entity {
  const change = (properties: readonly Property[]) =>
    properties.filter(({ name }) => !NEW_FIELDS.has(name)).map((property) => toFormerProperty(entity.name, property));
  return {
    ...entity,
    properties: change(entity.properties),
    sections: entity.sections.map(({ name, properties }) => ({ name, properties: change(properties) })),
  };
}

function toFormerProperty(set: string, property: Property): Property {
  const { name, type } = property;
  if (type.kind === "enum") {
    const values = type.values.filter((value) => !NEW_VALUES.has(value) && !NEW_VALUES.has(`${name}.${value}`));
    return { name, type: { ...type, values } };
  }
  const length = OLD_LENGTHS[`${set}.${name}`];
  return type.kind === "string" && length !== undefined ? { name, type: { ...type, length } } : property;
}
