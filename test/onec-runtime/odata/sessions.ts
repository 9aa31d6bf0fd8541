import { OneCError } from "./errors.ts";
import { errorOf } from "./faults.ts";
import type { Setup } from "./options.ts";

/** Sessions and the licences they take. */
export interface Sessions {
  /** Begins a request: gives the headers to answer with, and what to call at its end. */
  enter(headers: ReadonlyMap<string, string>): { readonly cookie: string | null; readonly leave: () => void };
  /** All sessions are forgotten, as after a restart of the server: their cookies are stale. */
  forget(): void;
  open(): number;
}

/** `IBSession: start` keeps a session under a cookie, `IBSession: finish` ends it (YE, MIKO); each takes a licence. */
export function createSessions(setup: Setup): Sessions {
  const live = new Set<string>();
  let passing = 0;
  let made = 0;
  const taken = () => live.size + passing;
  function takeLicence(): void {
    if (taken() >= setup.licences) throw errorOf("licence");
  }
  return {
    open: () => live.size,
    forget: () => live.clear(),
    enter(headers) {
      const nothing = { cookie: null, leave: () => undefined };
      if (setup.sessions === "honoured") {
        const cookie = /ibsession=([^;]+)/i.exec(headers.get("cookie") ?? "")?.[1];
        const wish = headers.get("ibsession")?.toLowerCase();
        if (cookie !== undefined) {
          if (!live.has(cookie)) throw new OneCError(400, "6", "Сеанс отсутствует или удален");
          if (wish === "finish") return { cookie: null, leave: () => void live.delete(cookie) };
          return nothing;
        }
        if (wish === "start") {
          if (taken() >= setup.licences) throw new OneCError(406, "-1", "Сеанс не может быть начат");
          made += 1;
          const id = `session-${made}`;
          live.add(id);
          return { cookie: `ibsession=${id}; Path=/`, leave: () => undefined };
        }
      }
      takeLicence();
      passing += 1;
      return {
        cookie: null,
        leave: () => {
          passing -= 1;
        },
      };
    },
  };
}
