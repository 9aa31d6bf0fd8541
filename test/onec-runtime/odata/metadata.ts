import type { Entity, Property } from "./schema.ts";

const EDM: Readonly<Record<Property["type"]["kind"], string>> = {
  string: "Edm.String",
  enum: "Edm.String",
  guid: "Edm.Guid",
  boolean: "Edm.Boolean",
  number: "Edm.Double",
  int64: "Edm.Int64",
  int16: "Edm.Int16",
  date: "Edm.DateTime",
  composite: "Edm.String",
  storage: "Edm.Stream",
};

/**
 * `$metadata` (P4): namespace StandardODATA, container EnterpriseV8, tabular sections as collections of row types and as
 * sets of their own, Post and Unpost as bindable functions, no MaxLength. Padded with made-up catalogs to `bytes`.
 */
export function* metadata(entities: readonly Entity[], bytes = 0): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"><edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0"><Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="StandardODATA">\n';
  let written = 0;
  for (const entity of entities) {
    const text = entityTypes(entity);
    written += Buffer.byteLength(text);
    yield text;
  }
  const fillers: string[] = [];
  while (written < bytes) {
    const name = `Catalog_ПрочийСправочник${fillers.length + 1}`;
    const text = filler(name);
    written += Buffer.byteLength(text);
    fillers.push(name);
    yield text;
  }
  yield '<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">\n';
  for (const entity of entities) yield entitySets(entity);
  for (const name of fillers) yield entitySet(name);
  for (const entity of entities) yield functions(entity);
  yield "</EntityContainer>\n</Schema></edmx:DataServices></edmx:Edmx>\n";
}

function entityTypes(entity: Entity): string {
  const collections = entity.sections.map(
    ({ name }) =>
      `<Property Name="${name}" Type="Collection(StandardODATA.${entity.name}_${name}_RowType)" Nullable="true"/>\n`,
  );
  const own = `${key(entity.key)}${props(entity.properties, entity.key)}${collections.join("")}${links(entity)}`;
  const tables = entity.sections.map(({ name, properties }) => {
    const rows = props(properties, ["Ref_Key", "LineNumber"]);
    const table = `${entity.name}_${name}`;
    return `<EntityType Name="${table}">${key(["Ref_Key", "LineNumber"])}${rows}</EntityType>\n<ComplexType Name="${table}_RowType">${rows}</ComplexType>\n`;
  });
  return `<EntityType Name="${entity.name}" OpenType="true">${own}</EntityType>\n${tables.join("")}`;
}

function key(names: readonly string[]): string {
  return `<Key>${names.map((name) => `<PropertyRef Name="${name}"/>`).join("")}</Key>\n`;
}

function props(properties: readonly Property[], keys: readonly string[]): string {
  const one = (name: string, type: string) =>
    `<Property Name="${name}" Type="${type}" Nullable="${!keys.includes(name)}"/>\n`;
  return properties
    .flatMap(({ name, type }) => [
      one(name, EDM[type.kind]),
      ...(type.kind === "composite" || type.kind === "storage" ? [one(`${name}_Type`, "Edm.String")] : []),
      ...(type.kind === "storage" ? [one(`${name}_Base64Data`, "Edm.Binary")] : []),
    ])
    .join("");
}

function links(entity: Entity): string {
  return entity.properties
    .filter(({ name, type }) => type.kind === "guid" && name !== "Ref_Key")
    .map(({ name }) => name.replace(/_Key$/, ""))
    .map(
      (name) =>
        `<NavigationProperty Name="${name}" Relationship="StandardODATA.${entity.name}_${name}" FromRole="Begin" ToRole="End"/>\n`,
    )
    .join("");
}

function entitySet(name: string): string {
  return `<EntitySet Name="${name}" EntityType="StandardODATA.${name}"/>\n`;
}

function entitySets(entity: Entity): string {
  return entitySet(entity.name) + entity.sections.map(({ name }) => entitySet(`${entity.name}_${name}`)).join("");
}

function functions(entity: Entity): string {
  const bound = (type: string) => `<Parameter Name="bindingParameter" Type="${type}"/>`;
  if (entity.periodic) {
    const type = `StandardODATA.${entity.name}`;
    return `<FunctionImport Name="SliceLast" ReturnType="Collection(${type})" EntitySet="${entity.name}" IsBindable="true">${bound(`Collection(${type})`)}<Parameter Name="Period" Type="Edm.DateTime"/><Parameter Name="Condition" Type="Edm.String"/></FunctionImport>\n`;
  }
  if (entity.category !== "document") return "";
  return ["Post", "Unpost"]
    .map((name) => {
      const mode = '<Parameter Name="PostingModeOperational" Type="Edm.Boolean"/>';
      return `<FunctionImport Name="${name}" IsBindable="true" IsSideEffecting="true">${bound(`StandardODATA.${entity.name}`)}${mode}</FunctionImport>\n`;
    })
    .join("");
}

function filler(name: string): string {
  const columns = Array.from(
    { length: 40 },
    (_, n) => `<Property Name="Реквизит${n}" Type="Edm.String" Nullable="true"/>\n`,
  );
  return `<EntityType Name="${name}">${key(["Ref_Key"])}<Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/>\n${columns.join("")}</EntityType>\n`;
}
