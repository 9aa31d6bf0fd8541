import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

const ARGS = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** Why browser tests cannot run here; null when they can, or must (`REQUIRE_BROWSER=1`). */
export const noBrowser: string | null =
  existsSync(EXECUTABLE) || process.env.REQUIRE_BROWSER === "1"
    ? null
    : `no Chromium at ${EXECUTABLE} (set CHROMIUM; REQUIRE_BROWSER=1 makes this a failure)`;

/** Starts the real browser. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
}

/** A page with a list of the page's faults. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests that left for another host. */
  readonly faults: string[];
  /** Types of the answers by address. */
  readonly types: Map<string, string>;
}

/** Opens a page and notes the page's faults. A request to any place but `origin` is a fault. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  const types = new Map<string, string>();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  context.on("request", (request) => {
    const { protocol, origin: to } = new URL(request.url());
    // The browser's own PDF viewer.
    if (protocol === "chrome-extension:" || protocol === "chrome:" || protocol === "data:") return;
    if (to !== origin) faults.push(`foreign: ${request.url()}`);
  });
  page.on("response", (response) => {
    const type = response.headers()["content-type"];
    if (type !== undefined) types.set(response.url(), type);
  });
  return { page, faults, types };
}

/** Lists obstacles for screen readers and weak eyes. An empty list is good. */
export function accessibilityFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const shown = (element: Element) =>
      element.checkVisibility({ checkOpacity: false }) && element.closest("dialog:not([open])") === null;
    const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)].filter(shown);
    const name = (element: HTMLElement) =>
      element.getAttribute("aria-label") ?? element.title ?? element.textContent?.trim() ?? "";

    if (document.documentElement.lang !== "ru") faults.push("the page has no language");
    if (document.querySelectorAll("h1").length !== 1) faults.push("there must be one h1");
    const levels = all("h1, h2, h3, h4").map((heading) => Number(heading.tagName.slice(1)));
    levels.forEach((level, at) => {
      if (at > 0 && level > (levels[at - 1] ?? 1) + 1) faults.push(`heading ${at} jumps to level ${level}`);
    });
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id ${id} occurs twice`);
    for (const field of all("input, select, textarea")) {
      const labels = (field as HTMLInputElement).labels;
      if ((labels === null || labels.length === 0) && !field.ariaLabel) faults.push(`no label: ${field.outerHTML}`);
    }
    for (const control of all("button, a, iframe, summary")) {
      if ((control.textContent?.trim() || name(control)) === "") faults.push(`no name: ${control.outerHTML}`);
    }
    for (const image of all("img")) if (!image.hasAttribute("alt")) faults.push(`no alt: ${image.outerHTML}`);
    for (const attribute of ["aria-labelledby", "aria-describedby", "for"]) {
      for (const element of all(`[${attribute}]`)) {
        for (const id of (element.getAttribute(attribute) ?? "").split(" ")) {
          if (document.getElementById(id) === null) faults.push(`${attribute} names ${id}, which is not there`);
        }
      }
    }
    for (const control of all("button, a, summary, label.who")) {
      const { height, width } = control.getBoundingClientRect();
      if (height < 24 || width < 24) faults.push(`too small to hit: ${name(control)} ${width}×${height}`);
    }
    return faults;
  });
}

/** Lists texts whose contrast with the background is under WCAG AA. */
export function contrastFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    const rgba = (color: string): [number, number, number, number] => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const luminance = (color: readonly number[]) => {
      const [r = 0, g = 0, b = 0] = color.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element: Element | null): readonly number[] => {
      for (let at = element; at !== null; at = at.parentElement) {
        const color = rgba(getComputedStyle(at).backgroundColor);
        if (color[3] === 1) return color.slice(0, 3);
      }
      return [255, 255, 255];
    };
    const faults = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (
        element === null ||
        text === "" ||
        !element.checkVisibility() ||
        element.closest(".unseen, option, dialog:not([open])")
      ) {
        continue;
      }
      const style = getComputedStyle(element);
      const [light = 0, dark = 0] = [luminance(rgba(style.color).slice(0, 3)), luminance(behind(element))].sort(
        (a, b) => b - a,
      );
      const ratio = (light + 0.05) / (dark + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) faults.add(`${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
    }
    return [...faults];
  });
}
