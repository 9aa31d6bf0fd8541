import { BslBinary, BslException, type BslObject, isObject, unknown, type Value } from "../values.ts";

/** ТабличныйДокумент with the texts of its areas, in the order of writing. */
export interface Sheet extends BslObject {
  readonly texts: string[];
}

export function createSheet(texts: readonly string[] = []): Sheet {
  const own = [...texts];
  const properties = new Map<string, Value>();
  const sheet: Sheet = {
    type: "ТабличныйДокумент",
    texts: own,
    get(name) {
      return name === "высотатаблицы" ? own.length : properties.get(name);
    },
    set: (name, value) => void properties.set(name, value),
    call(name, args) {
      if (name === "область") return createArea(own);
      if (name !== "записать") throw unknown(sheet, name);
      const [stream] = args;
      if (!isObject(stream)) throw new BslException("Нет потока");
      stream.set?.("данные", new BslBinary(new TextEncoder().encode(`%PDF ${own.join("|")}`)));
      return undefined;
    },
  };
  return sheet;
}

function createArea(texts: string[]): BslObject {
  return {
    type: "ОбластьЯчеекТабличногоДокумента",
    set(name, value) {
      if (name === "текст") texts.push(String(value));
    },
    call: () => undefined,
  };
}

/** ПотокВПамяти. */
export function createStream(): BslObject {
  let data: Value = new BslBinary(new Uint8Array());
  return {
    type: "ПотокВПамяти",
    set(_, value) {
      data = value;
    },
    call: () => data,
  };
}
