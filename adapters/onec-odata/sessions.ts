import { type OnecSessions, textOf } from "../onec/transport.ts";

/**
 * Keeps 1C's sessions between requests (`IBSession: start`, then the cookie `ibsession`), one per concurrent request.
 * Without the cookie nothing is kept: such a publication ignores the header. 1C refuses a request with a lost session
 * before any work, and the relay forgets the session. A kept session holds a licence until 1C ends the unused session.
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

/** Whether 1C refused the session itself: status 406 or words about the session. Other refusals keep the session. */
function isOver(status: number, body: Uint8Array): boolean {
  return status === 406 || (status >= 400 && /сеанс|session/i.test(textOf(body.subarray(0, 4096))));
}
