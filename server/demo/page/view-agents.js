import { h } from "./dom.js";
import { shortDate } from "./format.js";

/** @type {Record<string, string>} */
const KINDS = {
  company: "Организация",
  entrepreneur: "Предприниматель",
  self_employed: "Самозанятый",
  individual: "Физическое лицо",
};

/** «Войти как»: who the visitor is in this cabinet. @param {any[]} agents @param {string} chosen */
export function agentChooser(agents, chosen) {
  return h(
    "fieldset",
    { class: "chooser", "data-key": "chooser" },
    h("legend", {}, "Войти как"),
    agents.map((agent) =>
      h(
        "label",
        { class: "who", "data-key": agent.id },
        h("input", { type: "radio", name: "agent", value: agent.id, checked: agent.id === chosen }),
        h("span", { class: "initials", "aria-hidden": "true" }, initials(agent.name)),
        h("span", { class: "who-text" }, h("b", {}, agent.shortName), h("small", {}, agent.story)),
      ),
    ),
  );
}

/** The agent's card: what the platform knows of them. @param {any} agent */
export function agentCard(agent) {
  const { inn, kpp, ogrn, contract, registeredAt } = agent;
  const codes = [`ИНН ${inn}`, kpp && `КПП ${kpp}`, ogrn && `${inn.length === 12 ? "ОГРНИП" : "ОГРН"} ${ogrn}`];
  return h(
    "section",
    { class: "card agent", "data-key": "agent", "aria-label": "Карточка агента" },
    h("p", { class: "lead" }, agent.lead),
    h(
      "dl",
      { class: "facts" },
      fact(KINDS[agent.kind] ?? "Исполнитель", codes.filter(Boolean).join(", ")),
      fact("Договор", `№ ${contract.number} от ${shortDate(contract.date)}`),
      fact("На платформе", `с ${shortDate(registeredAt)}`),
    ),
  );
}

/** @param {string} term @param {string} text */
function fact(term, text) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, text));
}

/** @param {string} name */
function initials(name) {
  const words = (/«(.+)»/.exec(name)?.[1] ?? name.replace(/^ИП /, "")).split(/[\s-]+/);
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
}
