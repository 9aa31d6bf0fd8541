import { h, icon } from "./dom.js";
import { time } from "./format.js";

/** @typedef {{ title: string, at: number | undefined }} Step */

const ORDER = ["requested", "posted", "ready", "accepted", "payment_ordered", "paid"];

/** @type {Record<string, string>} */
const TITLES = {
  requested: "Запрошен",
  posted: "Проведён в 1С",
  ready: "Готов",
  accepted: "Принят",
  payment_ordered: "Платёжное поручение",
  paid: "Оплачен",
};

/** The act's way as a calm line of steps. @param {any} payout */
export function steps(payout) {
  const reached = ORDER.indexOf(payout.status);
  // The platform hears of a posted act together with its form.
  const times = { ...payout.times, posted: payout.times.ready };
  return h(
    "ol",
    { class: payout.problem ? "steps stuck" : "steps", "data-key": "steps", "aria-label": "Путь акта" },
    ORDER.map((status, place) => {
      const done = place <= reached;
      const current = place === reached + 1 && !payout.problem;
      return h(
        "li",
        { class: done ? "done" : current ? "next" : "ahead", "aria-current": place === reached ? "step" : undefined },
        h("span", { class: "dot" }, done && icon("check")),
        h(
          "span",
          { class: "step-name" },
          TITLES[status] ?? "",
          h("span", { class: "unseen" }, done ? ", выполнено" : ", впереди"),
        ),
        h("small", {}, done && times[status] ? time(times[status]) : ""),
      );
    }),
  );
}

/** @type {Record<string, string>} */
const STATUS_TEXT = {
  unsent: "Шлюз не ответил",
  requested: "Готовим акт в 1С",
  ready: "Акт готов — проверьте и примите",
  accepted: "Принят, готовим платёж",
  payment_ordered: "Ждём списания в банке",
  paid: "Оплачен",
  declined: "Отклонён",
  voided: "Отменён",
};

/** The status in words. @param {any} payout */
export function statusText(payout) {
  if (payout.problem && !payout.problem.retrying) return "Нужна помощь человека";
  if (payout.problem) return "Небольшая задержка";
  return STATUS_TEXT[payout.status] ?? "";
}
