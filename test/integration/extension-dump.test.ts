import { readFileSync } from "node:fs";
import { DOMParser, type Element } from "@xmldom/xmldom";
import { describe, expect, test } from "vitest";
import { SERVICE_PATH } from "../../adapters/onec-http/protocol.ts";
import { BYTE_ORDER_MARK, extensionFiles, extensionModules, rawText, textOf } from "../onec-runtime/bsl/extension.ts";

/*
 * The extension's dump, as the Designer would load it (/LoadConfigFromFiles). Otherwise 1C finds a mistake only at the
 * customer's. Examples: a lost file, a double id, a missing handler, a method without a right (403 for all but
 * administrators).
 */

const FILES = extensionFiles();
const XML = FILES.filter((path) => path.endsWith(".xml"));
const FOLDERS: Readonly<Record<string, string>> = {
  Language: "Languages",
  Role: "Roles",
  CommonModule: "CommonModules",
  HTTPService: "HTTPServices",
  EventSubscription: "EventSubscriptions",
  ScheduledJob: "ScheduledJobs",
  InformationRegister: "InformationRegisters",
};
const PROPERTIES = [
  ...["ObjectBelonging", "Name", "Synonym", "Comment", "ConfigurationExtensionPurpose"],
  ...["KeepMappingToExtendedConfigurationObjectsByIDs", "NamePrefix", "ConfigurationExtensionCompatibilityMode"],
  ...["DefaultRunMode", "UsePurposes", "ScriptVariant", "DefaultRoles", "Vendor", "Version", "DefaultLanguage"],
  ...["BriefInformation", "DetailedInformation", "Copyright", "VendorInformationAddress"],
  ...["ConfigurationInformationAddress", "InterfaceCompatibilityMode"],
];

function parse(text: string): Element {
  const fail = (level: string, message: string) => {
    throw new Error(`${level}: ${message}`);
  };
  const root = new DOMParser({ onError: fail }).parseFromString(text, "text/xml").documentElement;
  if (root === null) throw new Error("there is no root");
  return root;
}

function children(element: Element | undefined, name?: string): Element[] {
  const all = [...(element?.childNodes ?? [])].filter((node) => node.nodeType === 1) as unknown as Element[];
  return name === undefined ? all : all.filter((child) => child.localName === name);
}

function child(element: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce<Element | undefined>((at, name) => children(at, name)[0], element);
}

function value(element: Element | undefined, ...path: string[]): string {
  return child(element, ...path)?.textContent ?? "";
}

/** The one object that a file of metadata describes. */
function object(path: string): Element {
  return children(parse(textOf(path)))[0] as Element;
}

const CONFIGURATION = object("Configuration.xml");
const CHILDREN = children(child(CONFIGURATION, "ChildObjects")).map((it) => [it.localName ?? "", it.textContent ?? ""]);

/** `service.URLTemplate.T.Method.M` with its handler, of every method of every HTTP service. */
function methods(): { right: string; template: string; verb: string; handler: string; module: string }[] {
  return CHILDREN.filter(([kind]) => kind === "HTTPService").flatMap(([, name]) => {
    const service = object(`HTTPServices/${name}.xml`);
    return children(child(service, "ChildObjects"), "URLTemplate").flatMap((template) =>
      children(child(template, "ChildObjects"), "Method").map((method) => ({
        right: `HTTPService.${name}.URLTemplate.${value(template, "Properties", "Name")}.Method.${value(method, "Properties", "Name")}`,
        template: `/hs/${value(service, "Properties", "RootURL")}${value(template, "Properties", "Template")}`,
        verb: value(method, "Properties", "HTTPMethod"),
        handler: value(method, "Properties", "Handler"),
        module: `HTTPServices/${name}/Ext/Module.bsl`,
      })),
    );
  });
}

describe("files", () => {
  test.each(FILES)("%s is UTF-8 with a byte order mark, and only one", (path) => {
    expect(rawText(path).startsWith(BYTE_ORDER_MARK)).toBe(true);
    expect(rawText(path).indexOf(BYTE_ORDER_MARK, 1)).toBe(-1);
  });

  test.each(XML)("%s is well-formed XML of one format version", (path) => {
    expect(parse(textOf(path)).getAttribute("version")).toBe("2.16");
  });

  test("the configuration lists exactly the existing files", () => {
    const listed = CHILDREN.map(([kind, name]) => `${FOLDERS[kind as string]}/${name}.xml`);
    const there = XML.filter((path) => path.split("/").length === 2);
    expect(listed.toSorted()).toEqual(there);
    for (const [kind, name] of CHILDREN) {
      const described = object(`${FOLDERS[kind as string]}/${name}.xml`);
      expect(described.localName).toBe(kind);
      expect(value(described, "Properties", "Name")).toBe(name);
    }
  });

  test("no file belongs to an unlisted object", () => {
    const bodies: Readonly<Record<string, readonly string[]>> = {
      Role: ["Rights.xml"],
      CommonModule: ["Module.bsl"],
      HTTPService: ["Module.bsl"],
      ScheduledJob: ["Schedule.xml"],
      InformationRegister: ["RecordSetModule.bsl"],
    };
    const allowed = CHILDREN.flatMap(([kind, name]) =>
      (bodies[kind as string] ?? []).map((body) => `${FOLDERS[kind as string]}/${name}/Ext/${body}`),
    );
    const inner = FILES.filter((path) => path.includes("/Ext/"));
    expect(inner.filter((path) => !allowed.includes(path))).toEqual([]);
    // Only a register may do without a module.
    const lost = allowed.filter((path) => !path.endsWith("RecordSetModule.bsl") && !inner.includes(path));
    expect(lost).toEqual([]);
  });
});

describe("identifiers", () => {
  const found = XML.flatMap((path) => {
    const text = textOf(path);
    return [...text.matchAll(/uuid="([^"]*)"|<xr:(?:TypeId|ValueId|ObjectId)>([^<]*)</g)].map(
      (m) => m[1] ?? m[2] ?? "",
    );
  });

  test("are UUIDs, each unique", () => {
    expect(found.length).toBeGreaterThan(100);
    expect(
      found.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
    ).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
  });

  test("come from no release of the accounting configuration", () => {
    expect(XML.filter((path) => textOf(path).includes("ExtendedConfigurationObject>"))).toEqual([]);
    // Types of objects of the configuration are excluded too: such an object would have to be borrowed.
    expect(XML.filter((path) => /<v8:Type>cfg:(?!\w+\.relay_)/.test(textOf(path)))).toEqual([]);
  });
});

describe("the configuration", () => {
  const properties = children(child(CONFIGURATION, "Properties")).map((it) => it.localName);

  test("has the tags of an extension in their order, and no CompatibilityMode", () => {
    expect(properties).toEqual(PROPERTIES);
    expect(textOf("Configuration.xml")).not.toMatch(/<CompatibilityMode>/);
  });

  test("names the extension's own objects with the prefix", () => {
    const prefix = value(CONFIGURATION, "Properties", "NamePrefix");
    const foreign = CHILDREN.filter(
      ([kind, name]) => kind !== "Language" && kind !== "HTTPService" && !name?.startsWith(prefix),
    );
    expect(foreign).toEqual([]);
  });

  test("lists objects in the order of metadata", () => {
    const order = Object.keys(FOLDERS);
    const places = CHILDREN.map(([kind]) => order.indexOf(kind as string));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("has the version of the code", () => {
    const told = /Функция ВерсияРасширения\(\)[\s\S]*?Возврат "([^"]+)"/.exec(
      textOf("CommonModules/relay_Протокол/Ext/Module.bsl"),
    );
    expect(told?.[1]).toBe(value(CONFIGURATION, "Properties", "Version"));
  });
});

describe("the HTTP service", () => {
  test("stands where the protocol says, and takes POST only", () => {
    const [only, ...others] = methods();
    expect(others).toEqual([]);
    expect(only?.template).toBe(`${SERVICE_PATH}{Операция}`);
    expect(only?.verb).toBe("POST");
    expect(textOf("CommonModules/relay_Прием/Ext/Module.bsl")).toContain('Запрос.ПараметрыURL["Операция"]');
  });

  test("has a function of one parameter for every handler", () => {
    const modules = extensionModules();
    for (const { handler, module } of methods()) {
      const method = modules.get(module)?.methods.find(({ name }) => name === handler);
      expect(method).toMatchObject({ returns: true });
      expect(method?.parameters).toHaveLength(1);
    }
  });
});

describe("roles", () => {
  const rights = (name: string) =>
    children(parse(textOf(`Roles/${name}/Ext/Rights.xml`)), "object").map((it) => value(it, "name"));

  test("cover, by the role of the exchange, every method and every register", () => {
    const registers = CHILDREN.filter(([kind]) => kind === "InformationRegister").map(
      ([, name]) => `InformationRegister.${name}`,
    );
    expect(rights("relay_Обмен").toSorted()).toEqual([...methods().map(({ right }) => right), ...registers].toSorted());
  });

  test("are given to nobody by default", () => {
    expect(children(child(CONFIGURATION, "Properties", "DefaultRoles"))).toEqual([]);
  });
});

describe("event subscriptions", () => {
  const subscriptions = CHILDREN.filter(([kind]) => kind === "EventSubscription").map(([, name]) => name as string);

  test("have one member, on the writing of any document: a set of types needs no identifier of the accounting configuration", () => {
    expect(subscriptions).toEqual(["relay_ДокументПриЗаписи"]);
    const properties = child(object(`EventSubscriptions/${subscriptions[0]}.xml`), "Properties");
    expect(children(properties).map((it) => it.localName)).toEqual(
      // The same order stands in БСП's own dump: 1c-syntax/ssl_3_1
      // src/cf/EventSubscriptions/ПроверитьУстранениеПроблемыДокумента.xml
      ["Name", "Synonym", "Comment", "Source", "Event", "Handler"],
    );
    const sources = children(child(properties, "Source"));
    expect(sources.map((it) => [it.localName, it.textContent])).toEqual([["TypeSet", "cfg:DocumentObject"]]);
    expect(value(properties, "Event")).toBe("OnWrite");
  });

  test("have a handler for the document and the refusal, in a module available wherever documents are written", () => {
    const [kind, module, method] = value(
      object(`EventSubscriptions/${subscriptions[0]}.xml`),
      "Properties",
      "Handler",
    ).split(".");
    expect(kind).toBe("CommonModule");
    const found = extensionModules()
      .get(`CommonModules/${module}/Ext/Module.bsl`)
      ?.methods.find(({ name }) => name === method);
    expect(found).toMatchObject({ returns: false, exported: true });
    expect(found?.parameters.map(({ name }) => name)).toEqual(["Источник", "Отказ"]);
    const properties = child(object(`CommonModules/${module}.xml`), "Properties");
    const where = ["Server", "ExternalConnection", "ClientOrdinaryApplication"];
    expect(where.map((name) => value(properties, name))).toEqual(["true", "true", "true"]);
    // The other modules do not exist everywhere, and a module with an unknown name does not compile.
    expect(textOf(`CommonModules/${module}/Ext/Module.bsl`)).not.toMatch(/relay_[А-Яа-я]+\.[А-Я][а-я]+\(/);
  });
});

describe("scheduled jobs", () => {
  test.each(CHILDREN.filter(([kind]) => kind === "ScheduledJob").map(([, name]) => name as string))(
    "%s calls an exported procedure without parameters, and is off at first",
    (name) => {
      const job = object(`ScheduledJobs/${name}.xml`);
      const [kind, module, method] = value(job, "Properties", "MethodName").split(".");
      expect(kind).toBe("CommonModule");
      const found = extensionModules()
        .get(`CommonModules/${module}/Ext/Module.bsl`)
        ?.methods.find((it) => it.name === method);
      expect(found).toMatchObject({ returns: false, exported: true, parameters: [] });
      expect(value(job, "Properties", "Use")).toBe("false");
      expect(textOf(`CommonModules/${module}/Ext/Module.bsl`)).toContain(`Метаданные.РегламентныеЗадания.${name})`);
    },
  );
});

describe("the installation guides", () => {
  const guides = ["README.md", "README.ru.md"].map((name) =>
    readFileSync(new URL(`../../adapters/onec-http/extension/${name}`, import.meta.url), "utf8"),
  );

  test.each(guides)("name the extension, its roles, jobs, service and every setting", (guide) => {
    const settings = textOf("CommonModules/relay_Настройки/Ext/Module.bsl");
    const names = [
      ...settings.matchAll(/Результат\.Вставить\("([^"]+)"/g),
      ...settings.matchAll(/Имя = "(Секрет[^"]+)"/g),
    ].map((m) => m[1]);
    expect(names.length).toBeGreaterThan(10);
    const titles = CHILDREN.filter(([kind]) => kind === "ScheduledJob").map(([, name]) =>
      value(object(`ScheduledJobs/${name}.xml`), "Properties", "Synonym", "item", "content"),
    );
    const roles = CHILDREN.filter(([kind]) => kind === "Role").map(([, name]) => name);
    const wanted = [
      ...names,
      ...titles,
      ...roles,
      `-Extension ${value(CONFIGURATION, "Properties", "Name")}`,
      '<service name="relay" rootUrl="relay"',
    ];
    expect(wanted.filter((name) => !guide.includes(name as string))).toEqual([]);
  });
});
