import type { OnecSessions } from "../onec/transport.ts";
import { textOf } from "../onec/transport.ts";

/**
 * Keeps 1C's sessions from one request to the next (`IBSession: start`, then the cookie `ibsession`), one for each
 * request that runs at the same time. A publication that ignores the header gives no cookie, and nothing is kept. A
 * session that 1C no longer knows is forgotten; the request it was lost under is refused by 1C before anything was done.
 *
 * 1C ends a kept session by itself when nobody uses it, and until then it holds a licence.
 */
export function createSessions(): OnecSessions {
  const idle: string[] = [];
  return {
    begin() {
      const kept = idle.pop();
      const headers: Record<string, string> =
        kept === undefined ? { ibsession: "start" } : { cookie: `ibsession=${kept}` };
      return {
        headers,
        end(answer) {
          const session = sessionOf(answer.headers) ?? kept;
          if (session !== undefined && !isOver(answer.status, answer.body)) idle.push(session);
        },
      };
    },
  };
}

function sessionOf(headers: Headers): string | undefined {
  return /(?:^|[,;]\s*)ibsession=([^;,\s]+)/i.exec(headers.get("set-cookie") ?? "")?.[1];
}

/** 1C's other refusals leave a session alive; a refusal of the session itself says so in a few words, or with 406. */
function isOver(status: number, body: Uint8Array): boolean {
  return status === 406 || (status >= 400 && /сеанс|session/i.test(textOf(body.subarray(0, 4096))));
}
