import { readMetadata } from "../../adapters/onec-odata/metadata.ts";

/*
 * Reads a description as large as a real one, made piece by piece as a network brings it, and tells what it took. A
 * process of its own, so that nothing else counts.
 */

const OBJECTS = 3600;
const PROPERTIES = 40;

function* description(): Generator<string> {
  yield '<edmx:Edmx><Schema Namespace="StandardODATA">';
  yield "<!--";
  for (let megabyte = 0; megabyte < 4; megabyte += 1) yield "-> ".repeat(350_000);
  yield "-->";
  for (let n = 0; n < OBJECTS; n += 1) {
    const properties = Array.from(
      { length: PROPERTIES },
      (_, p) => `<Property Name="РеквизитСДлиннымИменем${p}" Type="Edm.String" Nullable="true"/>\n`,
    );
    yield `<EntityType Name="Catalog_Справочник${n}">${properties.join("")}</EntityType>`;
  }
  yield '<EntityContainer Name="EnterpriseV8">';
  for (let n = 0; n < OBJECTS; n += 1) {
    yield `<EntitySet Name="Catalog_Справочник${n}" EntityType="StandardODATA.Catalog_Справочник${n}"/>`;
  }
  yield "</EntityContainer></Schema></edmx:Edmx>";
}

const texts = description();
const encoder = new TextEncoder();
const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
  {
    pull(controller) {
      const { done, value } = texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  },
  { highWaterMark: 0 },
);

const { bytes, entities, published } = await readMetadata(stream, ["Catalog_Справочник7"]);
const properties = entities.get("Catalog_Справочник7")?.properties.size;
const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ bytes, properties, published, peakMegabytes }));
