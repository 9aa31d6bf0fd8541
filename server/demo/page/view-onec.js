import { h } from "./dom.js";
import { accountText, money, shortDate } from "./format.js";

/** What the accountant sees of this agent in 1C. @param {any} agent @param {any} desk @param {Set<string>} busy */
export function onecPanel(agent, desk, busy) {
  const waiting = desk.orders.some((/** @type {any} */ row) => row.state === "waiting" && !row.marked);
  const orders = block(
    "Платёжные поручения",
    desk.orders.toReversed().map((/** @type {any} */ row) => order(row, busy)),
    "Появятся, когда агент примет акт.",
  );
  return [
    h(
      "header",
      {},
      h("h2", { id: "onec-title" }, "1С"),
      h("p", { class: "muted" }, "Учебная база, глазами бухгалтера"),
    ),
    desk.twins && twinsNote(agent, busy),
    h(
      "div",
      { class: "desk", "data-key": `desk-${agent.id}` },
      // What waits for the accountant comes first.
      waiting && orders,
      block("Контрагент", desk.cards.map(card), "Карточки ещё нет. Шлюз заведёт её при первом акте."),
      block("Акты", desk.acts.toReversed().map(act), "Актов по этому контрагенту нет."),
      !waiting && orders,
    ),
  ];
}

/** @param {any} agent @param {Set<string>} busy */
function twinsNote(agent, busy) {
  const waiting = busy.has("keep-one-card");
  return h(
    "div",
    { class: "callout", "data-key": "twins" },
    h("p", {}, "Две карточки с одним ИНН. Документы второй перейдут к первой, вторая получит пометку удаления."),
    h(
      "button",
      {
        type: "button",
        class: "button",
        "data-do": "keep-one-card",
        "data-agent": agent.id,
        "aria-disabled": waiting ? "true" : undefined,
      },
      "Оставить одну карточку",
    ),
  );
}

/** @param {string} title @param {HTMLElement[]} rows @param {string} empty */
function block(title, rows, empty) {
  return h(
    "section",
    { class: "desk-block", "data-key": title },
    h("h3", {}, title),
    rows.length === 0
      ? h("p", { class: "muted", "data-key": "empty" }, empty)
      : h("ul", { "data-key": "rows" }, ...rows),
  );
}

/** @param {any} row */
function card(row) {
  const codes = [`ИНН ${row.inn}`, row.kpp && `КПП ${row.kpp}`].filter(Boolean).join(", ");
  return h(
    "li",
    { class: row.marked ? "marked" : "", "data-key": row.ref },
    h(
      "div",
      { class: "desk-line" },
      h("b", {}, row.name),
      tag(row.marked ? "на удаление" : row.madeByUs ? "завёл шлюз" : "вручную"),
    ),
    h("small", {}, codes),
    row.account && h("small", {}, `Счёт ${accountText(row.account)}`),
    row.comment && h("small", {}, row.comment),
  );
}

/** @param {any} row */
function act(row) {
  const state = row.marked ? "отменён" : row.posted ? (row.byHand ? "вручную" : "проведён шлюзом") : "не проведён";
  return h(
    "li",
    { class: row.marked ? "marked" : "", "data-key": row.ref },
    h(
      "div",
      { class: "desk-line" },
      h("b", {}, `№ ${row.number}`),
      h("span", {}, shortDate(row.date)),
      h("span", { class: "desk-sum" }, money(row.amount)),
    ),
    h("div", { class: "desk-line" }, h("small", {}, row.content), tag(state)),
  );
}

/** @type {Record<string, string>} */
const ORDER_STATES = { waiting: "ждёт банка", executed: "списано", rejected: "отклонено", deleted: "удалено" };

/** @param {any} row @param {Set<string>} busy */
function order(row, busy) {
  const waits = row.state === "waiting" && !row.marked;
  return h(
    "li",
    { class: row.marked ? "marked" : "", "data-key": row.ref },
    h(
      "div",
      { class: "desk-line" },
      h("b", {}, `№ ${row.number}`),
      h("span", {}, shortDate(row.date)),
      h("span", { class: "desk-sum" }, money(row.amount)),
    ),
    h("div", { class: "desk-line" }, h("small", {}, row.purpose), tag(ORDER_STATES[row.state] ?? row.state)),
    waits &&
      h(
        "button",
        {
          type: "button",
          class: "button",
          "data-do": "execute",
          "data-ref": row.ref,
          "aria-disabled": busy.has(row.ref) ? "true" : undefined,
        },
        "Провести списание",
      ),
  );
}

/** @param {string} text */
function tag(text) {
  return h("span", { class: "tag" }, text);
}
