import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readMetadata } from "../../../adapters/onec-odata/metadata.ts";
import { AdapterError } from "../../../core/errors.ts";
import { createOneC } from "../../onec-runtime/odata/index.ts";

const ACT = "Document_ПоступлениеТоваровУслуг";
const CARD = "Catalog_Контрагенты";

const EDMX = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>
<!-- <EntitySet Name="Catalog_Комментарий"/> " ' -->
<edmx:Edmx Version='1.0' xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
<edmx:DataServices><Schema Namespace="StandardODATA">
<ComplexType Name="${ACT}_Услуги_RowType">
  <Property Name="LineNumber" Type="Edm.Int64" Nullable="true"/>
  <Property Nullable="true" Type='Edm.Double' Name='Сумма'></Property>
</ComplexType>
<ComplexType Name="Document_Другой_Услуги_RowType"><Property Name="Чужое" Type="Edm.String"/></ComplexType>
<EntityType Name="${CARD}">
  <Key><PropertyRef Name="Ref_Key"/></Key>
  <Property Name="Ref_Key" Type="Edm.Guid"/>
  <Property Name="Чем &lt;&quot;&#1103;&#x44F;&quot;&gt; &nbsp;" Type="Edm.String"/>
  <Property Name="КонтактнаяИнформация" Type="Collection(StandardODATA.${CARD}_КонтактнаяИнформация_RowType)"/>
  <NavigationProperty Name="Родитель" FromRole="a>b" ToRole='c"d'/>
</EntityType>
<EntityType Name="${ACT}"><Key><PropertyRef Name="Ref_Key"/></Key>
  <Property Name="Ref_Key" Type="Edm.Guid"/><Property Name="Услуги" Type="Collection(StandardODATA.${ACT}_Услуги_RowType)"/>
</EntityType>
<EntityType Name="Catalog_НеВСоставе"><Property Name="Ref_Key" Type="Edm.Guid"/></EntityType>
<EntityType Name="Catalog_Чужой"><Property Name="Ref_Key" Type="Edm.Guid"/></EntityType>
<![CDATA[ <EntitySet Name="Catalog_Данные"/> ]]>
<EntityContainer Name="EnterpriseV8">
  <EntitySet Name="${CARD}" EntityType="StandardODATA.${CARD}"/>
  <EntitySet EntityType="StandardODATA.${ACT}" Name="${ACT}" />
  <EntitySet Name="Catalog_Чужой" EntityType="StandardODATA.Catalog_Чужой"/>
  <FunctionImport Name="Post" IsBindable="true" IsSideEffecting="true">
    <Parameter Name="bindingParameter" Type="StandardODATA.${ACT}"/><Parameter Name="PostingModeOperational" Type="Edm.Boolean"/>
  </FunctionImport>
  <FunctionImport IsBindable="true" Name="Unpost"><Parameter Type="StandardODATA.${ACT}" Name="bindingParameter"/></FunctionImport>
  <FunctionImport Name="Free"/><Parameter Name="x" Type="StandardODATA.${ACT}"/>
  <FunctionImport Name="Post" IsBindable="true"><Parameter Name="a" Type="StandardODATA.Catalog_Чужой"/><Parameter Name="b" Type="StandardODATA.${CARD}"/></FunctionImport>
</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>
`;

const NAMES = [ACT, CARD, "Catalog_НеВСоставе", "Catalog_Нет"];

/** The bytes in pieces of this size. */
function streamOf(text: string, size = 7): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function failure(text: string): Promise<AdapterError> {
  const error = await readMetadata(streamOf(text, 4096), NAMES).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AdapterError);
  return error as AdapterError;
}

describe("the description of an infobase", () => {
  test.each([1, 2, 3, 5, 64, 4096, 1_000_000])("is the same in pieces of %i bytes", async (size) => {
    const { bytes, entities, published } = await readMetadata(streamOf(EDMX, size), NAMES);
    expect(bytes).toBe(new TextEncoder().encode(EDMX).length);
    expect(published).toBe(3);
    expect([...entities.keys()]).toEqual([CARD, ACT]);
    expect(entities.get(CARD)).toEqual({
      key: ["Ref_Key"],
      properties: new Map([
        ["Ref_Key", "Edm.Guid"],
        ['Чем <"яя"> &nbsp;', "Edm.String"],
        ["КонтактнаяИнформация", `Collection(StandardODATA.${CARD}_КонтактнаяИнформация_RowType)`],
      ]),
      sections: new Map([["КонтактнаяИнформация", new Map()]]),
      functions: new Set(),
    });
    expect(entities.get(ACT)?.sections.get("Услуги")).toEqual(
      new Map([
        ["LineNumber", "Edm.Int64"],
        ["Сумма", "Edm.Double"],
      ]),
    );
    expect(entities.get(ACT)?.functions).toEqual(new Set(["Post", "Unpost"]));
  });

  test("names nothing for an empty composition", async () => {
    const empty = '<Edmx><Schema Namespace="StandardODATA"><EntityContainer Name="EnterpriseV8"/></Schema></Edmx>';
    expect(await readMetadata(streamOf(empty), NAMES)).toMatchObject({ published: 0, entities: new Map() });
  });

  test("is told apart: a page of a proxy, and a description that breaks off", async () => {
    const page = await failure("<!DOCTYPE html><html><body>Вход</body></html>");
    expect(page).toMatchObject({ code: "onec_not_published", outcome: "rejected" });
    expect(page.detail).toContain("<html>");
    for (const cut of [0, 300, EDMX.length - 20, EDMX.indexOf("EnterpriseV8")]) {
      expect(await failure(EDMX.slice(0, cut))).toMatchObject({ code: "onec_unavailable", outcome: "unavailable" });
    }
    expect(await failure(`<Edmx><Property Name="${"а".repeat(80_000)}"/></Edmx>`)).toMatchObject({
      code: "onec_unavailable",
    });
  });

  test("is an error of the adapter, with the cause, when not UTF-8 or when the stream fails", async () => {
    const latin = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(Uint8Array.of(0x3c, 0xc0, 0xc0)),
    });
    await expect(readMetadata(latin, [])).rejects.toMatchObject({
      code: "onec_unavailable",
      cause: expect.any(TypeError),
    });
    const lost = new Error("socket hang up");
    const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({ pull: (controller) => controller.error(lost) });
    await expect(readMetadata(failing, [])).rejects.toMatchObject({ outcome: "unavailable", cause: lost });
  });

  test("lets go of the stream when it stops early", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("<html>")),
      cancel: () => {
        cancelled = true;
      },
    });
    await expect(readMetadata(endless, [])).rejects.toBeInstanceOf(AdapterError);
    expect(cancelled).toBe(true);
  });

  test("fits a heap of 24 MB at 16 MB, over HTTP", async () => {
    const onec = createOneC({ metadataBytes: 16_000_000 });
    const child = fileURLToPath(new URL("../../support/metadata-process.ts", import.meta.url));
    const asked = [await onec.listen(), onec.user, onec.password, ACT];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      "--max-old-space-size=24",
      child,
      ...asked,
    ]);
    await onec.close();
    expect(stderr).toBe("");
    const { bytes, fields, published, peakMegabytes } = JSON.parse(stdout) as Record<string, number>;
    expect(bytes).toBeGreaterThan(16_000_000);
    expect(fields).toBeGreaterThan(50);
    expect(published).toBeGreaterThan(2000);
    // The runtime itself takes about 50.
    expect(peakMegabytes).toBeLessThan(170);
  });

  test("is read through a comment of megabytes, in pieces of any size", async () => {
    const comment = `<!--${"-> ".repeat(500_000)}-->`;
    const inside = `<Edmx>${comment}<EntityContainer><EntitySet Name="Catalog_X"/></EntityContainer></Edmx>`;
    for (const size of [4096, 65_536]) {
      expect(await readMetadata(streamOf(inside, size), [])).toMatchObject({ published: 1 });
    }
  });
});
