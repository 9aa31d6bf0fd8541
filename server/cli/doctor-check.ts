import type { CheckLine } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Config } from "../config/index.ts";
import { connectAdapter } from "../node/adapter.ts";
import { createConnectionProbe } from "./doctor-probe.ts";
import type { NamedReport } from "./doctor-table.ts";
import { describeFailure } from "./failure.ts";

/** Checks the accounting system of the settings, and settings with a probable drawback. */
export async function checkAccounting(config: Config, write: boolean, waitSeconds: number): Promise<NamedReport> {
  const probe = createConnectionProbe(config, waitSeconds);
  const { adapter } = connectAdapter(config, { clock: () => Date.now(), lazily: true, probe });
  const named = { adapter: adapter.name, url: config.accounting.url };
  try {
    const { lines } = await adapter.check({ write });
    const printed = adapter.flags.prints === true ? [] : checkSignatory(config);
    return { ...named, lines: [...checkAddress(config), ...lines, ...checkSettings(config), ...printed] };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const lines = [{ name: "Связь с 1С", ok: false, detail: error.detail ?? error.code, todo: describeFailure(error) }];
    return { ...named, lines };
  }
}

/** Finds the path of OData in the address of the infobase, where the adapter puts the path itself. */
function checkAddress({ accounting: { adapter, url } }: Config): CheckLine[] {
  const extra = /\/odata(?:\/.*)?$/i.exec(url ?? "")?.[0];
  if (adapter !== "onec-odata" || url === null || extra === undefined) return [];
  const todo = `Уберите «${extra}»: ONEC_URL=${url.slice(0, -extra.length)} — адрес базы, путь OData шлюз добавляет сам`;
  return [{ name: "Адрес базы", ok: false, detail: `ONEC_URL оканчивается на «${extra}»`, todo }];
}

/** Shortest good timeout. On real infobases the first request after a pause takes more than half a minute. */
const SHORTEST_TIMEOUT_MS = 60_000;
/** Most sessions that the web server of a small 1C bears beside its people. */
const MOST_SESSIONS = 4;

/** Checks for allowed settings with a probable drawback. */
function checkSettings({ accounting: { adapter, transport, maxConcurrency, timeoutMs } }: Config): CheckLine[] {
  if (adapter === "mock" || transport === "pull") return [];
  const sessions = `одновременных запросов к 1С — до ${maxConcurrency}; каждый занимает лицензию, пока выполняется`;
  const patience = `ожидание ответа — до ${timeoutMs / 1000} с`;
  const fewer = "Уменьшите ONEC_MAX_CONCURRENCY до 2, если людям не хватает лицензий";
  const longer = "Увеличьте ONEC_TIMEOUT_MS до 90000: первый запрос после простоя бывает дольше 30 секунд";
  return [
    { name: "Лицензии", ok: true, detail: sessions, ...(maxConcurrency > MOST_SESSIONS ? { todo: fewer } : {}) },
    {
      name: "Время ожидания",
      ok: true,
      detail: patience,
      ...(timeoutMs < SHORTEST_TIMEOUT_MS ? { todo: longer } : {}),
    },
  ];
}

/** Checks the organisation's signatory, which only a printing adapter knows. */
function checkSignatory({ accounting, organization }: Config): CheckLine[] {
  if (accounting.adapter === "mock") return [];
  const name = "Подписант заказчика";
  if (organization.signatory?.name !== undefined) return [{ name, ok: true, detail: organization.signatory.name }];
  const todo = "Укажите ORGANIZATION_SIGNATORY_NAME и ORGANIZATION_SIGNATORY_POSITION: в карточке организации их нет";
  return [{ name, ok: true, detail: "не указан: в печатной форме останется пустая строка", todo }];
}
