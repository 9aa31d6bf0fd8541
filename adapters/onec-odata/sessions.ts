import type { OnecSessions } from "../onec/transport.ts";

/**
 * Keeps 1C's sessions between requests (`IBSession: start`, then the cookie `ibsession`), one per concurrent request.
 * Without the cookie nothing is kept: such a publication ignores the header. 1C answers a lost session
 * with 400, 404, 406 or 500: the relay forgets a session at any answer except 2xx. A kept session holds a licence until 1C ends the unused session.
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
          if (session !== undefined && answer.status >= 200 && answer.status < 300) idle.push(session);
        },
      };
    },
  };
}

function sessionOf(headers: Headers): string | undefined {
  return /(?:^|[,;]\s*)ibsession=([^;,\s]+)/i.exec(headers.get("set-cookie") ?? "")?.[1];
}
