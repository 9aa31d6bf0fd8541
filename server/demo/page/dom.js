/** @typedef {Node | string | false | null | undefined} Child */

/**
 * An element. Attributes that are false, null or undefined are left out; `true` is an empty one.
 *
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} attributes
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children.flat()) {
    if (child !== false && child !== null && child !== undefined) element.append(child);
  }
  return element;
}

/**
 * Makes an element's children like the fresh ones, touching only what differs: focus, typed text, opened details and a
 * loaded frame stay. Children with `data-key` are matched by it, others by place.
 *
 * @param {Element} target
 * @param {...Child} fresh
 */
export function fill(target, ...fresh) {
  const nodes = fresh.flatMap((child) => {
    if (child === false || child === null || child === undefined) return [];
    return [typeof child === "string" ? document.createTextNode(child) : child];
  });
  syncChildren(target, nodes);
}

/** @param {Element} target @param {Node[]} nodes */
function syncChildren(target, nodes) {
  const keys = new Set(nodes.map(keyOf));
  // First, so that nothing which stays has to move around what goes: a frame that moves loads anew.
  for (const child of [...target.children]) if (keyOf(child) !== null && !keys.has(keyOf(child))) child.remove();
  /** @type {Node | null} */
  let cursor = target.firstChild;
  for (const node of nodes) {
    const match = findMatch(target, cursor, node);
    if (match === null) {
      target.insertBefore(node, cursor);
    } else {
      while (cursor !== match && cursor !== null && keyOf(cursor) === null) cursor = dropped(cursor);
      if (cursor !== match) target.insertBefore(match, cursor);
      patch(match, node);
      cursor = match.nextSibling;
    }
  }
  while (cursor !== null) cursor = dropped(cursor);
}

/** @param {Node} node */
function dropped(node) {
  const next = node.nextSibling;
  node.parentNode?.removeChild(node);
  return next;
}

/** @param {Element} target @param {Node | null} cursor @param {Node} node */
function findMatch(target, cursor, node) {
  const key = keyOf(node);
  if (key !== null) return [...target.children].find((child) => keyOf(child) === key) ?? null;
  return cursor !== null && cursor.nodeName === node.nodeName && keyOf(cursor) === null ? cursor : null;
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof Element ? node.getAttribute("data-key") : null;
}

/** What the user may have changed belongs to the user. */
const KEPT = new Set(["open", "value"]);

/** @param {Node} old @param {Node} fresh */
function patch(old, fresh) {
  if (!(old instanceof Element) || !(fresh instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !KEPT.has(name)) old.setAttribute(name, value);
  }
  if (old instanceof HTMLInputElement && old.type === "radio") old.checked = fresh.hasAttribute("checked");
  if (!(old instanceof HTMLTextAreaElement)) syncChildren(old, [...fresh.childNodes]);
}

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  check: "M3.5 8.500l3 3 6-7",
  out: "M4 12l8-8M6 4h6v6",
  in: "M12 4l-8 8M4 6v6h6",
  cross: "M4.500 4.500l7 7M11.500 4.500l-7 7",
  file: "M4 1.500h5l3 3v10H4zM9 1.500v3h3M6 8.500h4M6 11h4",
  wait: "M8 4.500V8l2.500 1.500M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13z",
};

/**
 * A small line icon for the eyes only: what it says stands in words beside it.
 *
 * @param {"check" | "out" | "in" | "cross" | "file" | "wait"} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}
