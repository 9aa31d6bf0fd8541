/** @typedef {{ status: number, code: string, detail: string, errors: { path: string, code: string, message: string }[] }} Refusal */

const POLL_MS = 2000;
const RETRY_MS = 3000;

/**
 * Keeps the page's state fresh: Server-Sent Events, and asking again and again where a proxy lets none through. Comes
 * back by itself.
 *
 * @param {(update: any) => void} onUpdate
 * @param {(state: "online" | "offline") => void} onLink
 */
export function connect(onUpdate, onLink) {
  let failures = 0;
  /** @type {EventSource | null} */
  let source = null;

  function open() {
    source = new EventSource("api/stream");
    source.addEventListener("state", (event) => {
      failures = 0;
      onLink("online");
      onUpdate(JSON.parse(event.data));
    });
    source.addEventListener("beat", () => onLink("online"));
    source.addEventListener("error", () => {
      failures += 1;
      onLink("offline");
      // A browser gives up for good after an answer that is no stream.
      if (source?.readyState === EventSource.CLOSED) setTimeout(failures < 3 ? open : poll, RETRY_MS);
    });
  }

  async function poll() {
    try {
      const response = await fetch("api/state", { signal: AbortSignal.timeout(5000) });
      if (!response.ok) throw new Error(String(response.status));
      onUpdate(await response.json());
      onLink("online");
    } catch {
      onLink("offline");
    }
    setTimeout(poll, POLL_MS);
  }

  open();
  addEventListener("offline", () => onLink("offline"));
  // A browser that slept may hold a dead stream for minutes.
  addEventListener("online", () => {
    if (source?.readyState !== EventSource.CONNECTING) return;
    source.close();
    open();
  });
}

/**
 * Does something on the platform; null when it is done, else why not.
 *
 * @param {string} path
 * @param {object} input
 * @returns {Promise<{ done: any, refusal: null } | { done: null, refusal: Refusal }>}
 */
export async function post(path, input = {}) {
  try {
    const response = await fetch(`api/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(45_000),
    });
    const said = await response.json();
    return said.refusal === undefined ? { done: said, refusal: null } : { done: null, refusal: said.refusal };
  } catch {
    const detail = "Нет связи с сервером. Проверьте, запущен ли он, и попробуйте ещё раз.";
    return { done: null, refusal: { status: 0, code: "offline", detail, errors: [] } };
  }
}
