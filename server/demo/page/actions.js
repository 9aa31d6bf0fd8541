import { post } from "./connection.js";
import { decimal, fromKopecks, kopecks, moneyInput } from "./format.js";

/** @typedef {import("./client.js").Ui} Ui */

/** Does what a control is for: its `data-do`, or what its place in the page says. @param {Ui} ui @param {HTMLElement} control */
export function perform(ui, control) {
  if (control instanceof HTMLFormElement) return void sendForm(ui, control);
  if (control instanceof HTMLInputElement) return control.name === "agent" ? chooseAgent(ui, control.value) : total();
  const { payout = "", ref = "", agent: agentId = "" } = control.dataset;
  /** @type {Record<string, () => void>} */
  const deeds = {
    tab: () => showTab(control.dataset.tab ?? "cabinet"),
    "show-onec": () => showTab("onec", true),
    "add-service": () => addService(ui),
    "remove-service": () => removeService(ui, Number(control.dataset.row)),
    "fix-account": () => fixAccount(ui),
    accept: () => act(ui, payout, "accept"),
    resend: () => act(ui, payout, "resend"),
    retry: () => act(ui, payout, "retry", {}, 1500),
    "retry-single-day": () => act(ui, payout, "retry", { singleDay: true }, 1500),
    decline: () => openDecline(payout),
    "decline-send": () => sendDecline(ui),
    "decline-close": () => dialog().close(),
    execute: () => desk(ui, ref, `onec/orders/${ref}/execute`),
    "keep-one-card": () => desk(ui, "keep-one-card", "onec/keep-one-card", { agentId }),
  };
  deeds[control.dataset.do ?? ""]?.();
}

/** @param {Ui} ui @param {string} id */
function chooseAgent(ui, id) {
  ui.agentId = id;
  ui.arriving = null;
  ui.refusal = null;
  ui.rows = [];
  history.replaceState(null, "", `#${id}`);
  ui.draw();
}

/** @param {string} tab @param {boolean} move */
function showTab(tab, move = false) {
  document.body.dataset.tab = tab;
  for (const button of document.querySelectorAll("#tabs button")) {
    button.setAttribute("aria-pressed", String(button instanceof HTMLElement && button.dataset.tab === tab));
  }
  scrollTo({ top: 0 });
  if (!move) return;
  const target = document.querySelector('#onec [data-do="keep-one-card"]') ?? document.getElementById("onec");
  target?.scrollIntoView({ block: "center" });
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {Ui} ui @param {HTMLFormElement} form */
async function sendForm(ui, form) {
  if (ui.busy.has("form")) return;
  ui.busy.add("form");
  ui.refusal = null;
  ui.draw();
  const services = [...form.querySelectorAll(".service")].map((row) => {
    const cell = (/** @type {string} */ name) => inputOf(row, `service-${name}`);
    const price = kopecks(cell("price")) ?? 0;
    const quantity = decimal(cell("quantity")).replace(/\.00$/, "");
    const amount = fromKopecks(Math.round(price * (Number(quantity) || 0)));
    return { name: cell("name"), quantity, unit: cell("unit"), price: fromKopecks(price), amount };
  });
  const vat = form.querySelector("select")?.value ?? "none";
  const [amount, account, bic] = ["amount", "account", "bic"].map((name) => inputOf(form, name));
  const digits = (/** @type {string | undefined} */ text) => (text ?? "").replace(/\s/g, "");
  const input = {
    agentId: ui.agentId,
    amount: decimal(amount ?? ""),
    vat,
    account: digits(account),
    bic: digits(bic),
    services,
  };
  const { done, refusal } = await post("payouts", input);
  ui.busy.delete("form");
  // What could not be delivered stands in the list of acts, with its own button: the form has nothing to mend.
  const kept = refusal?.code === "relay_unreachable";
  ui.refusal = kept ? null : refusal;
  if (refusal === null) ui.rows = [];
  ui.arriving = done === null ? null : { payoutId: done.payoutId, seen: false };
  ui.draw();
  if (ui.refusal !== null) queueMicrotask(() => queueMicrotask(focusError));
}

function focusError() {
  const wrong = document.querySelector('#payout [aria-invalid="true"]');
  if (wrong instanceof HTMLElement) wrong.focus();
}

/** @param {Element} within @param {string} name */
function inputOf(within, name) {
  const found = within.querySelector(`[name="${name}"]`);
  return found instanceof HTMLInputElement ? found.value.trim() : "";
}

/** @param {Ui} ui */
function addService(ui) {
  const n = Math.max(0, ...ui.rows) + 1;
  ui.rows = [...ui.rows, n];
  const sum = document.getElementById("amount");
  const first = ui.rows.length === 1 && sum instanceof HTMLInputElement ? sum.value : "";
  ui.draw();
  queueMicrotask(() => {
    const price = document.getElementById(`service-price-${n}`);
    if (price instanceof HTMLInputElement) price.value = first;
    document.getElementById(`service-name-${n}`)?.focus();
  });
}

/** @param {Ui} ui @param {number} row */
function removeService(ui, row) {
  ui.rows = ui.rows.filter((n) => n !== row);
  ui.draw();
  queueMicrotask(() => {
    total();
    const add = document.querySelector('[data-do="add-service"]');
    if (add instanceof HTMLElement) add.focus();
  });
}

/** The lines make up the sum. */
function total() {
  const rows = [...document.querySelectorAll(".service")];
  const sums = rows.map(
    (row) => (kopecks(inputOf(row, "service-price")) ?? 0) * (Number(decimal(inputOf(row, "service-quantity"))) || 0),
  );
  const field = document.getElementById("amount");
  if (rows.length === 0 || !(field instanceof HTMLInputElement)) return;
  field.value = moneyInput(fromKopecks(sums.reduce((sum, one) => sum + Math.round(one), 0)));
}

/** @param {Ui} ui */
function fixAccount(ui) {
  const agent = ui.state.agents.find((/** @type {any} */ known) => known.id === ui.agentId);
  const field = document.getElementById("account");
  if (!(field instanceof HTMLInputElement) || agent?.rightAccount === undefined) return;
  field.value = agent.rightAccount;
  field.focus();
  ui.refusal = null;
  ui.draw();
}

/**
 * Something about one act. A step that 1C has yet to take shows as under way a little longer.
 *
 * @param {Ui} ui @param {string} payoutId @param {string} deed @param {object} input @param {number} linger
 */
async function act(ui, payoutId, deed, input = {}, linger = 0) {
  ui.busy.add(payoutId);
  delete ui.errors[payoutId];
  ui.draw();
  const { refusal } = await post(`payouts/${payoutId}/${deed}`, input);
  if (refusal !== null) ui.errors[payoutId] = refusal.detail;
  else if (linger > 0) await new Promise((resolve) => setTimeout(resolve, linger));
  ui.busy.delete(payoutId);
  ui.draw();
}

/** @param {Ui} ui @param {string} key @param {string} path @param {object} input */
async function desk(ui, key, path, input = {}) {
  ui.busy.add(key);
  ui.draw();
  await post(path, input);
  ui.busy.delete(key);
  ui.draw();
}

function dialog() {
  return /** @type {HTMLDialogElement} */ (document.getElementById("decline"));
}

function reasonField() {
  return /** @type {HTMLTextAreaElement} */ (document.getElementById("decline-reason"));
}

/** @param {string} text */
function declineError(text) {
  const line = document.getElementById("decline-error");
  if (line !== null) line.textContent = text;
}

/** @param {string} payoutId */
function openDecline(payoutId) {
  dialog().dataset.payout = payoutId;
  reasonField().value = "";
  declineError("");
  dialog().showModal();
  reasonField().focus();
}

/** @param {Ui} ui */
async function sendDecline(ui) {
  const reason = reasonField().value.trim();
  if (reason === "") {
    declineError("Напишите причину, хотя бы в двух словах.");
    reasonField().focus();
    return;
  }
  dialog().close();
  await act(ui, dialog().dataset.payout ?? "", "decline", { reason });
  const form = document.querySelector("details.payout");
  if (form instanceof HTMLDetailsElement) form.open = true;
}
