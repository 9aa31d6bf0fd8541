import { perform } from "./actions.js";
import { connect } from "./connection.js";
import { fill } from "./dom.js";
import { longDate } from "./format.js";
import { actList } from "./view-acts.js";
import { agentCard, agentChooser } from "./view-agents.js";
import { eventsPanel } from "./view-events.js";
import { payoutForm } from "./view-form.js";
import { onecPanel } from "./view-onec.js";
import { statusText } from "./view-steps.js";

/**
 * What the page holds: the server's state as last heard, and what only this visitor sees.
 *
 * @typedef {object} Ui
 * @property {any} state
 * @property {Map<number, any>} feed
 * @property {string} agentId
 * @property {Set<string>} busy keys of what is under way: a payout, an order, a form
 * @property {Record<string, string>} errors by payout
 * @property {any} refusal of the form
 * @property {number[]} rows of the services
 * @property {{ payoutId: string, seen: boolean } | null} arriving payout that the page should turn to
 * @property {() => void} draw
 */

const FEED_SHOWN = 60;
// Phones show no PDF inside a page, or only its first sheet as a picture.
const wide = matchMedia("(min-width: 700px)");

/** @type {Ui} */
const ui = {
  state: null,
  feed: new Map(),
  agentId: location.hash.slice(1),
  busy: new Set(),
  errors: {},
  refusal: null,
  rows: [],
  arriving: null,
  draw: schedule,
};

let planned = false;

/** Draws once before the next frame, however much has changed. */
function schedule() {
  if (planned) return;
  planned = true;
  // Not requestAnimationFrame: it stands still in a hidden tab, where a screen reader may be listening all the same.
  queueMicrotask(() => {
    planned = false;
    if (ui.state !== null) draw();
  });
}

function draw() {
  const { state, busy } = ui;
  const agent = state.agents.find((/** @type {any} */ known) => known.id === ui.agentId) ?? state.agents[0];
  ui.agentId = agent.id;
  /** @type {any[]} */
  const payouts = state.payouts.filter((/** @type {any} */ payout) => payout.agentId === agent.id);
  const desk = state.onec[agent.id];
  const standing = payouts.filter(({ status }) => status !== "declined" && status !== "voided" && status !== "unsent");
  fill(
    element("cabinet"),
    agentChooser(state.agents, agent.id),
    agentCard(agent),
    payoutForm(agent, {
      refusal: ui.refusal,
      rows: ui.rows,
      busy: busy.has("form"),
      closed: standing.length > 0,
      madeToday: standing.some(({ act }) => act?.date === state.today),
      today: state.today,
      start: state.start,
    }),
    actList(payouts, {
      busy,
      errors: ui.errors,
      twins: desk.twins,
      framed: wide.matches && navigator.pdfViewerEnabled,
    }),
  );
  const names = Object.fromEntries(state.agents.map((/** @type {any} */ known) => [known.id, known.shortName]));
  const feed = [...ui.feed.values()].sort((a, b) => b.id - a.id).slice(0, FEED_SHOWN);
  fill(element("events"), ...eventsPanel(feed, names));
  fill(element("onec"), ...onecPanel(agent, desk, busy));
  arrive();
}

/** Turns to the act that was just asked for: at once, and again when there is something to look at. */
function arrive() {
  const { arriving } = ui;
  if (arriving === null) return;
  const payout = ui.state.payouts.find((/** @type {any} */ known) => known.payoutId === arriving.payoutId);
  const title = document.getElementById(`title-${arriving.payoutId}`);
  if (payout === undefined || title === null) return;
  if (!arriving.seen) {
    const form = document.querySelector("details.payout");
    if (form instanceof HTMLDetailsElement) form.open = false;
    title.focus({ preventScroll: true });
  }
  const settled = payout.status !== "requested" || payout.problem !== null;
  title.closest("article")?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  ui.arriving = settled ? null : { ...arriving, seen: true };
}

/** @param {any} update */
function take(update) {
  const restarted = ui.state !== null && ui.state.start !== update.start;
  if (restarted) {
    ui.feed.clear();
    ui.errors = {};
    ui.busy.clear();
  }
  for (const entry of update.feed) ui.feed.set(entry.id, entry);
  announce(ui.state?.payouts ?? [], update.payouts);
  ui.state = update;
  schedule();
}

/** Says in words what has changed, for those who do not see it move. @param {any[]} before @param {any[]} after */
function announce(before, after) {
  const said = after.flatMap((payout) => {
    const former = before.find(({ payoutId }) => payoutId === payout.payoutId);
    const same = former?.status === payout.status && former?.problem?.code === payout.problem?.code;
    if (same || payout.agentId !== ui.agentId) return [];
    const name = payout.act ? `Акт № ${payout.act.number} от ${longDate(payout.act.date)}` : "Новый акт";
    return [`${name}: ${payout.problem ? payout.problem.message : statusText(payout)}`];
  });
  if (said.length > 0) element("live").textContent = said.join(". ");
}

/** @param {"online" | "offline"} state */
function showLink(state) {
  const link = element("link");
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  link.textContent = state === "online" ? "На связи" : "Нет связи, переподключаемся";
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`No element ${id}`);
  return found;
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (button instanceof HTMLElement && button.getAttribute("aria-disabled") !== "true") perform(ui, button);
});
document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.id === "payout") {
    event.preventDefault();
    perform(ui, event.target);
  }
});
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.closest(".service")) perform(ui, event.target);
});
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === "agent") perform(ui, event.target);
});
wide.addEventListener("change", schedule);
connect(take, showLink);
