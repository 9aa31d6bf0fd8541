import { h } from "./dom.js";
import { moneyInput, shortDate } from "./format.js";

const RATES = [["none", "Без НДС"], ...["5", "7", "10", "20", "22"].map((rate) => [rate, `НДС ${rate} %, в сумме`])];

/** Where the relay's findings belong in the form. @type {[RegExp, string][]} */
const FIELDS = [
  [/^data\.amount$/, "amount"],
  [/^data\.vat$/, "vat"],
  [/^data\.contractor\.bankAccount\.number$/, "account"],
  [/^data\.contractor\.bankAccount\.bic$/, "bic"],
  [/^data\.services/, "services"],
];

/** Findings by field; what has no field of its own comes under "". @param {any} refusal */
export function fieldErrors(refusal) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const { path, message } of refusal?.errors ?? []) {
    const field = FIELDS.find(([pattern]) => pattern.test(path))?.[1] ?? "";
    found[field] = found[field] === undefined ? message : `${found[field]}. ${message}`;
  }
  if (refusal && Object.keys(found).length === 0) found[""] = refusal.detail;
  return found;
}

/**
 * The payout form. Typed text stays in the fields: they are made once per agent.
 *
 * @param {any} agent
 * @param {{ refusal: any, rows: number[], busy: boolean, closed: boolean, madeToday: boolean, today: string, start: string }} ui
 */
export function payoutForm(agent, ui) {
  const errors = fieldErrors(ui.refusal);
  const key = `form-${agent.id}-${ui.start}`;
  return h(
    "details",
    { class: "card payout", "data-key": key, open: !ui.closed },
    h(
      "summary",
      {},
      h("h2", {}, "Новая выплата"),
      h("span", { class: "muted" }, "Акт формируется по сегодня, ", shortDate(ui.today)),
    ),
    h(
      "form",
      { id: "payout", novalidate: true, autocomplete: "off" },
      ui.madeToday && h("p", { class: "hint", "data-key": "hint" }, SAME_DAY),
      fields(agent, errors, ui.rows.length > 0),
      servicesBlock(ui.rows, errors.services),
      h("p", { class: "error", role: "alert", "data-key": "summary" }, errors[""]),
      h(
        "button",
        { class: "button main", type: "submit", "data-key": "send", "aria-disabled": ui.busy ? "true" : undefined },
        ui.busy ? "Отправляем…" : "Сформировать акт",
      ),
    ),
  );
}

/** @param {any} agent @param {Record<string, string>} errors @param {boolean} summed the sum is that of the lines */
function fields(agent, errors, summed) {
  return h(
    "div",
    { class: "fields" },
    field("amount", "Сумма выплаты, ₽", errors.amount, {
      value: moneyInput(agent.payout.amount),
      inputmode: "decimal",
      class: "big",
      readonly: summed,
    }),
    vatField(agent.payout.vat, errors.vat),
    field(
      "account",
      "Расчётный счёт",
      errors.account,
      { value: agent.bankAccount.number, inputmode: "numeric" },
      errors.account && agent.rightAccount ? fixButton() : null,
    ),
    field("bic", "БИК банка", errors.bic, { value: agent.bankAccount.bic, inputmode: "numeric" }),
  );
}

const SAME_DAY =
  "Акт за сегодня уже есть, следующий период начнётся завтра. Если выплата нужна сегодня, бухгалтер укажет период сам.";

function fixButton() {
  return h("button", { type: "button", class: "link-button", "data-do": "fix-account" }, "Подставить верный счёт");
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string | undefined} error
 * @param {Record<string, any>} attributes
 * @param {HTMLElement | null} help
 */
function field(name, label, error, attributes, help = null) {
  return h(
    "div",
    { class: "field", "data-key": `field-${name}` },
    h("label", { for: name }, label),
    h("input", { id: name, name, type: "text", ...wrong(name, error), ...attributes }),
    h("p", { id: `${name}-error`, class: "error" }, error),
    help,
  );
}

/** @param {string} chosen @param {string | undefined} error */
function vatField(chosen, error) {
  return h(
    "div",
    { class: "field", "data-key": "field-vat" },
    h("label", { for: "vat" }, "НДС"),
    h(
      "select",
      { id: "vat", name: "vat", ...wrong("vat", error) },
      RATES.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
    ),
    h("p", { id: "vat-error", class: "error" }, error),
  );
}

/** @param {number[]} rows @param {string | undefined} error */
function servicesBlock(rows, error) {
  return h(
    "fieldset",
    { class: "services", "data-key": "services" },
    h("legend", { class: rows.length === 0 ? "unseen" : undefined }, "Услуги"),
    rows.map((n, place) => serviceRow(n, place + 1)),
    h("p", { class: "error", role: "alert", "data-key": "services-error" }, error),
    h(
      "button",
      { type: "button", class: "link-button", "data-do": "add-service", "data-key": "add" },
      rows.length === 0 ? "Расписать услуги по строкам" : "Добавить строку",
    ),
  );
}

/** @param {number} n @param {number} place */
function serviceRow(n, place) {
  /** @param {string} name @param {string} label @param {Record<string, any>} more */
  const cell = (name, label, more) =>
    h(
      "div",
      { class: `cell ${name}` },
      h("label", { for: `${name}-${n}` }, label),
      h("input", { id: `${name}-${n}`, name, type: "text", ...more }),
    );
  return h(
    "div",
    { class: "service", role: "group", "aria-label": `Строка ${place}`, "data-key": `service-${n}` },
    cell("service-name", "Наименование", { value: place === 1 ? "Агентское вознаграждение" : "" }),
    cell("service-quantity", "Кол-во", { value: "1", inputmode: "decimal" }),
    cell("service-unit", "Ед.", { value: "усл." }),
    cell("service-price", "Цена, ₽", { inputmode: "decimal" }),
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "data-do": "remove-service",
        "data-row": n,
        "aria-label": `Убрать строку ${place}`,
      },
      "×",
    ),
  );
}

/** @param {string} name @param {string | undefined} error */
function wrong(name, error) {
  return { "aria-invalid": error ? "true" : undefined, "aria-describedby": error ? `${name}-error` : undefined };
}
