/** An answer in which 1C says no. */
export class OneCError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Texts of the interface's own codes (DOC); code −1 is an exception of the configuration (P8, HC). */
const TEXTS: Readonly<Record<number, string>> = {
  0: "Возможность не поддерживается",
  1: "Не удалось разобрать строку",
  2: "Неверный формат запроса",
  4: "Неверное значение свойства",
  5: "Отсутствует обязательное значение свойства",
  6: "Неверный URL",
  7: "Не хватает элемента ключа сущности",
  8: "Тип сущности не найден",
  9: "Экземпляр сущности не найден",
  10: "Запрошенное свойство не найдено",
  11: "Метод не найден",
  13: "Создание строк табличных частей напрямую не поддерживается",
  14: "Ошибка разбора опций запроса",
  15: "Сущность с таким ключом уже существует",
  16: "Не удалось присвоить свойство",
  19: "Использованный HTTP-метод запрещен в данном контексте",
  20: "Ошибка прав доступа",
};

/** A refusal of the interface itself, with the code's own text in front. */
export function refusal(status: number, code: number, more = ""): OneCError {
  return new OneCError(status, String(code), `${TEXTS[code] ?? ""}${more === "" ? "" : `: ${more}`}`);
}

/** 500 and code −1: an exception in the configuration or a refusal of business rules (P8). */
export function exception(message: string): OneCError {
  return new OneCError(500, "-1", message);
}

/** An exception of a handler of the object's module, as P8 quotes it. */
export function handlerException(handler: string, message: string): OneCError {
  return exception(`Ошибка при выполнении обработчика - '${handler}'\n${message}`);
}

/** A value that is not of the property's type: the text echoes it (P8). */
export function unparsable(value: unknown, type: string): OneCError {
  return new OneCError(400, "1", `Не удалось разобрать строку '${String(value)}' как значение типа ${type}!`);
}

/** `{"odata.error": …}`: the key is literally so (DOC, EB). */
export function errorJson({ code, message }: OneCError): string {
  return JSON.stringify({ "odata.error": { code, message: { lang: "ru", value: message } } });
}

/** The error of a request that did not ask for JSON (DOC). */
export function errorXml({ code, message }: OneCError): string {
  const space = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<m:error xmlns:m="${space}"><m:code>${code}</m:code><m:message xml:lang="ru">${escapeXml(message)}</m:message></m:error>`;
}

/** Text as XML content. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
