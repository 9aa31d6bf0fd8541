import { h, icon } from "./dom.js";
import { money, shortDate, size } from "./format.js";

/**
 * The printed form: in the page where the browser can show one, always as a link.
 *
 * @param {any} payout
 * @param {boolean} busy
 * @param {boolean} framed
 */
export function documentBlock(payout, busy, framed) {
  const { act, order, status } = payout;
  const waits = status === "ready";
  return h(
    "div",
    { class: "document", "data-key": `document-${act.pdf.sha256}` },
    framed &&
      waits &&
      h("iframe", {
        class: "sheet",
        "data-key": "sheet",
        src: `${act.pdf.url}#toolbar=0&navpanes=0&view=FitH`,
        title: `Печатная форма акта № ${act.number}`,
      }),
    file("file", `Акт ${act.number}.pdf`, act.pdf),
    order?.acceptedPdf && file("accepted", `Акт ${act.number} с протоколом принятия.pdf`, order.acceptedPdf),
    waits && decision(payout.payoutId, busy),
  );
}

/** @param {string} key @param {string} name @param {any} pdf */
function file(key, name, pdf) {
  return h(
    "div",
    { class: "file", "data-key": key },
    icon("file"),
    h("span", { class: "file-name" }, name, h("small", {}, `PDF, ${size(pdf.bytes)}`)),
    h("a", { href: pdf.url, target: "_blank", rel: "noopener" }, "Открыть"),
    h("a", { href: pdf.url, download: name }, "Скачать"),
  );
}

/** @param {string} payoutId @param {boolean} busy */
function decision(payoutId, busy) {
  const disabled = busy ? "true" : undefined;
  return h(
    "div",
    { class: "row decide", "data-key": "decide" },
    h(
      "button",
      { type: "button", class: "button main", "data-do": "accept", "data-payout": payoutId, "aria-disabled": disabled },
      busy ? "Отправляем…" : "Принять акт",
    ),
    h(
      "button",
      {
        type: "button",
        class: "button quiet",
        "data-do": "decline",
        "data-payout": payoutId,
        "aria-disabled": disabled,
      },
      "Отклонить",
    ),
  );
}

/** The payment order that 1C made. @param {any} payout */
export function orderBlock({ order, status, executedAt }) {
  return h(
    "dl",
    { class: "order", "data-key": "order", "aria-label": "Платёжное поручение" },
    h("div", {}, h("dt", {}, "Платёжное поручение"), h("dd", {}, `№ ${order.number}`)),
    h("div", {}, h("dt", {}, "Дата"), h("dd", {}, shortDate(order.date))),
    h("div", {}, h("dt", {}, "Сумма"), h("dd", {}, money(order.amount))),
    h(
      "div",
      {},
      h("dt", {}, "Банк"),
      h("dd", {}, status === "paid" ? `Списано ${shortDate(executedAt)}` : "Ждём списания"),
    ),
  );
}
