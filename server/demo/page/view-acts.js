import { h } from "./dom.js";
import { longDate, money, periodText, vatText } from "./format.js";
import { documentBlock, orderBlock } from "./view-document.js";
import { statusText, steps } from "./view-steps.js";

/** @type {Record<string, string>} */
const WHO = {
  accountant: "Решает бухгалтер",
  operator: "Решает оператор шлюза",
  platform: "Решает платформа",
  nobody: "Делать ничего не нужно: повторяем сами",
};

/**
 * The agent's acts, the newest first.
 *
 * @param {any[]} payouts
 * @param {{ busy: Set<string>, errors: Record<string, string>, twins: boolean, framed: boolean }} ui
 */
export function actList(payouts, ui) {
  return h(
    "section",
    { class: "acts", "data-key": "acts", "aria-labelledby": "acts-title" },
    h("h2", { id: "acts-title" }, "Акты"),
    payouts.length === 0 &&
      h(
        "p",
        { class: "card empty", "data-key": "empty" },
        h("b", {}, "Актов пока нет"),
        h("span", {}, "Нажмите «Сформировать акт»: он появится здесь через пару секунд, с печатной формой."),
      ),
    payouts.map((payout) => actCard(payout, ui)),
  );
}

/** @param {any} payout @param {any} ui */
function actCard(payout, ui) {
  const { act, payoutId, status } = payout;
  const aside = status === "declined" || status === "voided";
  const busy = ui.busy.has(payoutId);
  return h(
    "article",
    { class: `card act ${status}`, "data-key": payoutId, "aria-labelledby": `title-${payoutId}` },
    h(
      "header",
      { class: "act-head" },
      h(
        "div",
        {},
        h("p", { class: payout.problem ? "pill warn" : `pill ${status}`, "data-status": status }, statusText(payout)),
        h(
          "h3",
          { id: `title-${payoutId}`, tabindex: "-1" },
          act ? `Акт № ${act.number} от ${longDate(act.date)}` : "Новый акт",
        ),
        act && h("p", { class: "muted" }, `Услуги ${periodText(act.period)}`),
      ),
      h("p", { class: "sum" }, h("b", {}, money(payout.amount)), h("small", {}, vatLine(payout))),
    ),
    aside ? asideNote(payout) : steps(payout),
    status === "unsent" && unsent(payoutId, busy),
    payout.problem && problemNote(payout, ui, busy),
    h("p", { class: "error", role: "alert", "data-key": "error" }, ui.errors[payoutId]),
    act && !aside && documentBlock(payout, busy, ui.framed),
    payout.order && orderBlock(payout),
  );
}

/** @param {any} payout */
function vatLine({ vat, act }) {
  return vat === "none" || !act ? vatText(vat) : `${vatText(vat)}: ${money(act.vatAmount)}`;
}

/** @param {any} payout */
function asideNote({ status, reason }) {
  return h(
    "p",
    { class: "aside-note", "data-key": "aside" },
    status === "declined" ? "Вы отклонили акт. " : "Акт отменён. ",
    reason ? `Причина: ${reason}` : "",
  );
}

/** @param {string} payoutId @param {boolean} busy */
function unsent(payoutId, busy) {
  return h(
    "div",
    { class: "callout", "data-key": "unsent" },
    h("p", {}, "Запрос пока не дошёл. Отправьте ещё раз: уйдёт то же самое событие, второго акта не будет."),
    h("div", { class: "row" }, action("resend", payoutId, "Отправить ещё раз", busy)),
  );
}

/** @param {any} payout @param {any} ui @param {boolean} busy */
function problemNote({ payoutId, problem }, ui, busy) {
  const { head, candidates } = split(problem.message);
  const twins = problem.code === "counterparty_ambiguous" && ui.twins;
  return h(
    "div",
    { class: "callout", "data-key": "problem" },
    h("h4", {}, WHO[problem.resolver] ?? "Нужна помощь человека"),
    h("p", {}, head),
    candidates.length > 0 &&
      h(
        "ul",
        {},
        candidates.map((candidate) => h("li", {}, candidate)),
      ),
    !problem.retrying &&
      h(
        "div",
        { class: "row" },
        twins
          ? h("button", { type: "button", class: "button", "data-do": "show-onec" }, "Показать карточки в 1С")
          : problem.code === "period_empty"
            ? action("retry-single-day", payoutId, "Указать период: сегодня", busy)
            : action("retry", payoutId, busy ? "Повторяем…" : "Повторить", busy),
        twins && action("retry", payoutId, busy ? "Повторяем…" : "Повторить", busy, "quiet"),
      ),
  );
}

/** The relay's message names the candidates with their references, which say nothing to a reader. @param {string} message */
function split(message) {
  const [head = "", list] = message.split(" Подходят карточки: ");
  const candidates = (list ?? "").split("; ").filter(Boolean);
  return { head, candidates: candidates.map((text) => text.replace(/, [0-9a-f]{8}-[0-9a-f-]{27}\.?$/, "")) };
}

/** @param {string} name @param {string} payoutId @param {string} text @param {boolean} busy @param {string} look */
function action(name, payoutId, text, busy, look = "") {
  return h(
    "button",
    {
      type: "button",
      class: `button ${look}`.trim(),
      "data-do": name,
      "data-payout": payoutId,
      "data-key": name,
      "aria-disabled": busy ? "true" : undefined,
    },
    text,
  );
}
