import { DOMParser } from "@xmldom/xmldom";
import { describe, expect, test } from "vitest";
import { OPERATIONS, REFUSALS } from "../../adapters/onec-http/protocol.ts";
import { PROBLEMS } from "../../core/errors.ts";
import { extensionFiles, extensionModules, textOf } from "../onec-runtime/bsl/extension.ts";
import { READ_ONLY_NAMES } from "../onec-runtime/bsl/global-names.ts";
import {
  ACCOUNTING,
  FUNCTIONS,
  GLOBALS,
  LIBRARY,
  METHODS,
  type NameList,
  OWN_METHODS,
  PROPERTIES,
  TYPES,
} from "../onec-runtime/bsl/known-names.ts";
import { stringsOf, type Use, usesOf, variablesOf } from "../onec-runtime/bsl/uses.ts";

/*
 * Names in the extension's code. BSL finds a wrong name only at run time, and a common module with a wrong name does
 * not compile. Such a module stops every endpoint. So every name must belong to the extension or stand in a list with
 * its source.
 */

const MODULES = extensionModules();
const COMMON = new Map(
  [...MODULES]
    .filter(([path]) => path.startsWith("CommonModules/"))
    .map(([path, module]) => [path.split("/")[1] as string, module]),
);
const USES = [...MODULES].flatMap(([path, module]) => usesOf(module).map((use) => ({ ...use, path, own: module })));
const STRINGS = [...MODULES.values()].flatMap(stringsOf);

const known = (lists: readonly NameList[]) => new Set(lists.flatMap(({ names }) => names.split(" ")));
const where = (use: Use) => `${use.module}, line ${use.line}: ${use.of === null ? "" : `${use.of}.`}${use.name}`;

/** Registers of the extension, with fields. */
const REGISTERS = new Map(
  extensionFiles()
    .filter((path) => /^InformationRegisters\/[^/]+\.xml$/.test(path))
    .map((path) => {
      const root = new DOMParser().parseFromString(textOf(path), "text/xml").documentElement;
      const fields = ["Dimension", "Resource"].flatMap((kind) =>
        [...(root?.getElementsByTagName(kind) ?? [])].map(
          (it) => it.getElementsByTagName("Name")[0]?.textContent ?? "",
        ),
      );
      return [path.split("/")[1]?.replace(".xml", "") as string, fields];
    }),
);

/** Keys of the extension's structures, and columns of the extension's queries. */
const OWN_KEYS = new Set(
  STRINGS.flatMap((text) =>
    /^[\p{L}_\d]+(, [\p{L}_\d]+)*$/u.test(text)
      ? text.split(", ")
      : [...text.matchAll(/ КАК ([\p{L}_\d]+)/gu)].map((m) => m[1] ?? ""),
  ),
);

const find = (use: (typeof USES)[number]) =>
  use.own.methods.find(({ name }) => name.toLowerCase() === use.name.toLowerCase());

describe("a known name", () => {
  test("is required of every function", () => {
    const platform = known(FUNCTIONS);
    const unknown = USES.filter((use) => use.kind === "function" && find(use) === undefined && !platform.has(use.name));
    expect(unknown.map(where)).toEqual([]);
  });

  test("is required of every type after «Новый»", () => {
    const types = known(TYPES);
    expect(USES.filter((use) => use.kind === "type" && !types.has(use.name)).map(where)).toEqual([]);
  });

  test("is required of every variable: the platform's, or set by a method", () => {
    const modules = [...COMMON.keys(), ...Object.keys(LIBRARY).map((name) => name.split(".")[0] as string)];
    const globals = new Set([...known(GLOBALS), ...modules]);
    expect(USES.filter((use) => use.kind === "global" && !globals.has(use.name)).map(where)).toEqual([]);
  });

  test("is required of every method: of our modules, of БСП, of the platform's objects", () => {
    const methods = known([...METHODS, ...OWN_METHODS]);
    const globals = known(GLOBALS);
    const unknown = USES.filter((use) => {
      if (use.kind !== "method") return false;
      if (use.of === null || globals.has(use.of)) return !methods.has(use.name);
      const module = COMMON.get(use.of);
      if (module === undefined) return !Object.hasOwn(LIBRARY, `${use.of}.${use.name}`);
      return !module.methods.some(({ name, exported }) => name === use.name && exported);
    });
    expect(unknown.map(where)).toEqual([]);
  });

  test("is required of every property: of the platform, of БП, of our structures and registers", () => {
    const fields = new Set([...REGISTERS.values()].flat());
    const properties = new Set([
      ...known(PROPERTIES),
      ...known(ACCOUNTING),
      ...fields,
      ...OWN_KEYS,
      ...REGISTERS.keys(),
    ]);
    for (const path of extensionFiles())
      if (path.startsWith("ScheduledJobs/")) properties.add(path.split("/")[1]?.replace(".xml", "") ?? "");
    expect(USES.filter((use) => use.kind === "property" && !properties.has(use.name)).map(where)).toEqual([]);
  });

  test("is required of every register in a query or a lock", () => {
    const named = STRINGS.flatMap((text) => [...text.matchAll(/РегистрСведений\.(relay_[\p{L}]+)/gu)].map((m) => m[1]));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !REGISTERS.has(name as string))).toEqual([]);
  });

  test("is required of every column of our registers in queries", () => {
    const queries = STRINGS.filter((text) => /РегистрСведений\.relay_/.test(text) && text.startsWith("ВЫБРАТЬ"));
    expect(queries.length).toBeGreaterThan(3);
    const wrong = queries.flatMap((text) => {
      const [, register, alias] = /РегистрСведений\.(relay_[\p{L}]+) КАК ([\p{L}]+)/u.exec(text) ?? [];
      const columns = [...text.matchAll(new RegExp(`(?<![\\p{L}_.])${alias}\\.([\\p{L}_]+)`, "gu"))].map(
        (m) => m[1] as string,
      );
      return columns
        .filter((name) => !REGISTERS.get(register as string)?.includes(name))
        .map((name) => `${register}.${name}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe("a local variable", () => {
  test("has no name that is read-only in the global context", () => {
    const found = [...MODULES].flatMap(([path, { methods }]) =>
      methods.flatMap((method) => [...variablesOf(method)].map((name) => ({ name, where: `${path}, ${method.name}` }))),
    );
    expect(found.length).toBeGreaterThan(300);
    expect(found.filter(({ name }) => READ_ONLY_NAMES.has(name)).map(({ name, where }) => `${where}: ${name}`)).toEqual(
      [],
    );
  });

  test("is checked against properties, enumerations and modules", () => {
    const names = ["документы", "метаданные", "параметрысеанса", "режимзаписидокумента", "управлениепечатью"];
    expect(names.filter((name) => !READ_ONLY_NAMES.has(name))).toEqual([]);
    expect(["перечень", "документ", "контрагент"].filter((name) => READ_ONLY_NAMES.has(name))).toEqual([]);
  });
});

describe("a module of БП that another configuration has not", () => {
  test("is taken by name, and never named in the code", () => {
    const own = ["РаботаСБанкамиБП", "УчетДенежныхСредствБП", "УчетнаяПолитика"];
    expect(own.filter((name) => STRINGS.includes(name))).toEqual(own);
    expect(USES.filter(({ name, of }) => own.includes(name) || own.includes(of ?? "")).map(where)).toEqual([]);
  });
});

describe("files of documents", () => {
  test("are written by no module: a record set of files is refused in safe mode", () => {
    const names = new Set(USES.flatMap(({ name, of }) => [name, of]));
    const writers = ["ДобавитьФайл", "РаботаСФайлами", "СведенияОФайлах", "ХранилищеФайлов", "ДвоичныеДанныеФайлов"];
    expect(writers.filter((name) => names.has(name))).toEqual([]);
  });
});

describe("calls", () => {
  test("give each of our methods as many arguments as the method takes", () => {
    const wrong = USES.filter((use) => {
      const method =
        use.kind === "function"
          ? find(use)
          : use.kind === "method" && use.of !== null
            ? COMMON.get(use.of)?.methods.find(({ name }) => name === use.name)
            : undefined;
      if (method === undefined) return false;
      const required = method.parameters.filter(({ fallback }) => fallback === null).length;
      return use.args < required || use.args > method.parameters.length;
    });
    expect(wrong.map(where)).toEqual([]);
  });

  test("give each method of БСП as many arguments as the method takes", () => {
    const wrong = USES.filter((use) => {
      const counts = use.kind === "method" ? LIBRARY[`${use.of}.${use.name}`] : undefined;
      return counts !== undefined && (use.args < counts[0] || use.args > counts[1]);
    });
    expect(wrong.map(where)).toEqual([]);
  });
});

describe("unused code", () => {
  const CALLED_FROM_OUTSIDE = new Set([
    "relay_Агент.События",
    "relay_Агент.Команды",
    "relay_Изменения.ДокументПриЗаписи",
  ]);

  test("includes no exported method without a use in another module or in 1C", () => {
    const used = new Set(USES.filter(({ kind }) => kind === "method").map((use) => `${use.of}.${use.name}`));
    const idle = [...COMMON].flatMap(([name, module]) =>
      module.methods.filter(({ exported }) => exported).map((method) => `${name}.${method.name}`),
    );
    const own = USES.filter((use) => use.kind === "function").map((use) => `${use.path.split("/")[1]}.${use.name}`);
    // A method with calls in its own module only keeps «Экспорт» for the tests.
    const inside = idle.filter((name) => !used.has(name) && own.includes(name));
    expect(idle.filter((name) => !used.has(name) && !inside.includes(name) && !CALLED_FROM_OUTSIDE.has(name))).toEqual(
      [],
    );
    expect(inside.toSorted()).toEqual(
      [
        "relay_Отказы.КодПоОписанию",
        "relay_Подпись.HMACSHA256",
        "relay_Подпись.Base64",
        "relay_Подпись.Равны",
        "relay_События.Задержка",
      ].toSorted(),
    );
  });

  test("includes no inner method without a call", () => {
    const called = new Set(USES.filter(({ kind }) => kind === "function").map((use) => `${use.path}:${use.name}`));
    const handlers = ["ВыполнитьОперацию", "ПередЗаписью"];
    const idle = [...MODULES].flatMap(([path, module]) =>
      module.methods
        .filter(({ exported, name }) => !exported && !called.has(`${path}:${name}`) && !handlers.includes(name))
        .map(({ name }) => `${path}: ${name}`),
    );
    expect(idle).toEqual([]);
  });

  test("includes no name of the lists without a use", () => {
    const used = new Set(USES.flatMap((use) => [use.name, use.of]));
    const lists = [FUNCTIONS, TYPES, GLOBALS, METHODS, OWN_METHODS, PROPERTIES, ACCOUNTING];
    expect(lists.flatMap((list) => [...known(list)]).filter((name) => !used.has(name))).toEqual([]);
    const calls = new Set(USES.map((use) => `${use.of}.${use.name}`));
    expect(Object.keys(LIBRARY).filter((name) => !calls.has(name))).toEqual([]);
  });
});

describe("the protocol", () => {
  const dispatcher = textOf("CommonModules/relay_Операции/Ext/Module.bsl");

  test("has a branch of the dispatcher for every operation, and no other", () => {
    const branches = [...dispatcher.matchAll(/(?:Если|ИначеЕсли) Операция = "([^"]+)" Тогда/g)].map((m) => m[1]);
    expect(branches.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  test("refuses with the protocol's codes only", () => {
    const codes = STRINGS.filter((text) => /^[a-z]+(_[a-z]+)+$/.test(text));
    const ours = [
      ...REFUSALS,
      "self_employed",
      "signature_invalid",
      "timestamp_out_of_tolerance",
      "protocol_unsupported",
    ] as string[];
    expect(codes.filter((code) => !ours.includes(code))).toEqual([]);
    const refused = REFUSALS.filter((code) => code !== "operation_unknown");
    expect(refused.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([]);
    expect(REFUSALS.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe("style", () => {
  test("limits modules to 400 lines and methods to 80", () => {
    const long = [...MODULES].filter(([path]) => textOf(path).split("\n").length > 400).map(([path]) => path);
    expect(long).toEqual([]);
    const deep = [...MODULES].flatMap(([path, { methods }]) =>
      methods.filter(({ lines }) => lines > 80).map(({ name }) => `${path}: ${name}`),
    );
    expect(deep).toEqual([]);
  });

  test("puts a comment before every exported method", () => {
    const bare = [...COMMON.keys()].flatMap((name) =>
      [
        ...textOf(`CommonModules/${name}/Ext/Module.bsl`).matchAll(
          /^([^\n]*)\n(?:Функция|Процедура) ([\p{L}\d_]+)\([^)]*\) Экспорт/gmu,
        ),
      ]
        .filter((m) => !m[1]?.startsWith("//"))
        .map((m) => `${name}.${m[2]}`),
    );
    expect(bare).toEqual([]);
  });

  test("begins, commits and rolls back a transaction in one method, without a call outside", () => {
    for (const [path, module] of MODULES) {
      for (const method of module.methods) {
        const uses = usesOf({ name: path, methods: [method] });
        const count = (name: string) => uses.filter((use) => use.kind === "function" && use.name === name).length;
        expect([path, method.name, count("ОтменитьТранзакцию")]).toEqual([
          path,
          method.name,
          count("НачатьТранзакцию"),
        ]);
        if (count("НачатьТранзакцию") > 0) expect(uses.filter(({ of }) => of === "relay_Связь")).toEqual([]);
      }
    }
  });
});
