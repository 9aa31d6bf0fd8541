import type { CheckLine } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import { isLoginRefused, MENUS, toErrorLine, toFailedLine, toOkLine, toUncheckedLine } from "../../onec/check-lines.ts";
import { type Metadata, readMetadata } from "../metadata.ts";
import type { OdataCheckParts } from "./parts.ts";

export interface Connection {
  readonly lines: readonly CheckLine[];
  /** The description of the infobase; null: unreadable. */
  readonly metadata: Metadata | null;
  /** No further check can run: 1C does not answer, or refuses the user. */
  readonly isLost: boolean;
}

/** Tolerable difference of clocks, seconds. With more, documents made about midnight may get an unexpected day. */
const TOLERABLE_SKEW_S = 300;
/** A short request above this time, milliseconds, means a slow 1C: people would wait for acts. */
const SLOW_MS = 10_000;

/** Connects to 1C, reads the description and makes two short requests. */
export async function checkConnection(parts: OdataCheckParts, entities: readonly string[]): Promise<Connection> {
  const began = parts.clock();
  let clockLine: CheckLine = toUncheckedLine("Часы", "Сверьте часы серверов 1С и шлюза", "1С не называет своё время");
  try {
    const metadata = await parts.client.call(async (odata) => {
      const { body, headers, end } = await odata.openMetadata();
      clockLine = toSkewLine(headers.get("date"), parts.clock()) ?? clockLine;
      try {
        return await readMetadata(body, entities);
      } finally {
        end();
      }
    });
    const seconds = Math.round((parts.clock() - began) / 1000);
    const size = `${(metadata.bytes / 1_000_000).toFixed(1).replace(".", ",")} МБ`;
    const detail = `1С отвечает и пускает пользователя; описание базы — ${size}, получено за ${seconds} с`;
    const lines = [toOkLine("Связь", detail), clockLine];
    if (metadata.published === 0) return { lines, metadata, isLost: false };
    const spoken = await checkJson(parts);
    return { lines: [...lines, spoken], metadata, isLost: spoken.ok === false };
  } catch (error) {
    return checkWithoutMetadata(parts, error, clockLine);
  }
}

/** Checks further after a failed read of the description: on a slow server only the large description may fail. */
async function checkWithoutMetadata(parts: OdataCheckParts, error: unknown, clockLine: CheckLine): Promise<Connection> {
  if (!(error instanceof AdapterError)) throw error;
  const mayGoOn = ["onec_timeout", "onec_forbidden"].includes(error.code) && !isLoginRefused(error);
  if (!mayGoOn)
    return { lines: [toErrorLine("Связь", error, formatConnectionAdvice(error))], metadata: null, isLost: true };
  const spoken = await checkJson(parts);
  const lines = [toErrorLine("Описание базы ($metadata)", error), clockLine, spoken];
  return { lines, metadata: null, isLost: spoken.ok === false };
}

/** Advice about an answer that is not 1C's: a page for people, or another address. Undefined: the usual advice. */
function formatConnectionAdvice({ detail, message }: AdapterError): string | undefined {
  const publication = `${MENUS.publication}: имя публикации и «Публиковать стандартный интерфейс OData»`;
  if (message === "Redirects are not followed") {
    return `Адрес ведёт на страницу входа или с http на https. Укажите в ONEC_URL конечный адрес базы, без /odata, и оставьте для него вход по имени и паролю (Basic). ${publication}`;
  }
  if (/<html>/i.test(detail ?? "")) {
    return `По этому адресу отвечает страница для людей: вход, прокси или веб-клиент. Уберите её перед публикацией или исправьте ONEC_URL. ${publication}`;
  }
  if (message === "1C's certificate is not valid") {
    return "Поставьте на веб-сервер действительный сертификат. Если он свой или от Минцифры, укажите файл корневого сертификата в переменной NODE_EXTRA_CA_CERTS и перезапустите шлюз";
  }
  return undefined;
}

/** Makes two short requests; the second request shows the speed of a running 1C. */
async function checkJson({ client, clock, mapping }: OdataCheckParts): Promise<CheckLine> {
  const name = "Ответы в JSON";
  const { entity } = mapping.currency;
  const times: number[] = [];
  try {
    for (const _ of [1, 2]) {
      const began = clock();
      await client
        .call((odata) => odata.list(entity, { select: ["Ref_Key"], orderBy: "Ref_Key", top: 1 }))
        .catch(ignoreJsonRefusal);
      times.push(clock() - began);
    }
  } catch (error) {
    const todo = "По адресу ONEC_URL отвечает не 1С: уберите страницу входа или прокси перед публикацией";
    return toErrorLine(name, error, todo);
  }
  const detail = `два коротких запроса заняли ${times.map((ms) => `${ms} мс`).join(" и ")}`;
  const [, second = 0] = times;
  const todo = "1С отвечает медленно: проверьте нагрузку сервера и повторное использование сеансов в default.vrd";
  return second < SLOW_MS ? toOkLine(name, detail) : toOkLine(name, detail, todo);
}

/** Ignores a refusal in 1C's own words, which is JSON too; the line of the refused object tells the refusal. */
function ignoreJsonRefusal(error: unknown): void {
  const isAnswer = error instanceof AdapterError && error.outcome === "rejected" && !isLoginRefused(error);
  if (!isAnswer || (error.code === "onec_not_published" && error.message === "The answer is not 1C's")) throw error;
}

function toSkewLine(date: string | null, now: number): CheckLine | null {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return null;
  const seconds = Math.round((theirs - now) / 1000);
  if (Math.abs(seconds) <= TOLERABLE_SKEW_S) return toOkLine("Часы", `расходятся на ${Math.abs(seconds)} с`);
  const which = seconds > 0 ? "спешат" : "отстают";
  const detail = `часы веб-сервера 1С ${which} на ${spanOf(Math.abs(seconds))}`;
  return toFailedLine("Часы", detail, "Сверьте часы серверов 1С и шлюза: от них зависит дата актов около полуночи");
}

function spanOf(seconds: number): string {
  if (seconds < 3600) return `${Math.round(seconds / 60)} мин`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} ч ${minutes % 60} мин`;
}
