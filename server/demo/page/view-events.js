import { h, icon } from "./dom.js";
import { exactTime } from "./format.js";

/** The signed events as they pass, the latest on top. @param {any[]} feed @param {Record<string, string>} names */
export function eventsPanel(feed, names) {
  return [
    h(
      "header",
      {},
      h("h2", { id: "events-title" }, "События"),
      h("p", { class: "muted" }, "Подписаны по Standard Webhooks"),
    ),
    feed.length === 0
      ? h("p", { class: "empty", "data-key": "empty" }, "Здесь появится каждое событие между платформой и шлюзом.")
      : h(
          "div",
          { class: "feed", "data-key": "feed", role: "log", "aria-label": "Журнал событий" },
          ...feed.map((entry) => row(entry, names)),
        ),
  ];
}

/** @param {any} entry @param {Record<string, string>} names */
function row(entry, names) {
  const out = entry.direction === "out";
  const refused = entry.status !== null && entry.status >= 400;
  return h(
    "details",
    { class: `event ${entry.direction}`, "data-key": `event-${entry.id}` },
    h(
      "summary",
      {},
      h(
        "span",
        { class: "way" },
        icon(out ? "out" : "in"),
        h("span", { class: "unseen" }, out ? "Платформа → шлюз" : "Шлюз → платформа"),
      ),
      h(
        "span",
        { class: "event-type" },
        h("code", {}, entry.type),
        h("small", {}, names[entry.agentId] ?? entry.note ?? ""),
      ),
      h("span", { class: refused ? "answer bad" : "answer" }, entry.status === null ? "…" : String(entry.status)),
      seal(entry.verified),
      h("time", {}, exactTime(entry.at)),
    ),
    h(
      "div",
      { class: "event-body" },
      h(
        "dl",
        {},
        line("Направление", out ? "платформа → шлюз" : "шлюз → платформа"),
        line("webhook-id", entry.webhookId),
        line("Подпись", `${entry.signature} — ${SEALS[String(entry.verified)]}`),
        entry.attempts > 1 && line("Попыток", String(entry.attempts)),
        entry.note && line("Примечание", entry.note),
      ),
      code("Тело", entry.body),
      entry.answer && code("Ответ", entry.answer),
    ),
  );
}

/** @type {Record<string, string>} */
const SEALS = { true: "проверена", false: "не верна", null: "ещё не проверена" };

/** @param {boolean | null} verified */
function seal(verified) {
  const look = verified === null ? "seal" : verified ? "seal good" : "seal bad";
  const shown = icon(verified === null ? "wait" : verified ? "check" : "cross");
  return h(
    "span",
    { class: look, title: `Подпись ${SEALS[String(verified)]}` },
    shown,
    h("span", { class: "unseen" }, `подпись ${SEALS[String(verified)]}`),
  );
}

/** @param {string} term @param {string} text */
function line(term, text) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, text));
}

/** @param {string} title @param {string} text */
function code(title, text) {
  return h("figure", {}, h("figcaption", {}, title), h("pre", { tabindex: "0", "aria-label": title }, text));
}
