import * as v from "valibot";
import {
  type AnswerMessage,
  claimAnswerSchema,
  formatRequestId,
  type RequestMessage,
  resultAnswerSchema,
  toAnswerId,
} from "../../../adapters/onec-http/protocol.ts";
import { sign, verify, type WebhookKeys } from "../../../core/webhook.ts";
import type { PlayedExtension } from "./extension.ts";
import { bodyOf, type ServiceFault } from "./service.ts";

/** The scheduled job of the played extension in pull mode. */
export interface Poller {
  /** Asks for commands, does them one after another, posts each result. Returns how many were done. */
  turn(asked?: { readonly limit?: number; readonly waitSeconds?: number }): Promise<number>;
  /** Only asks. */
  claim(asked?: { readonly limit?: number; readonly waitSeconds?: number }): Promise<readonly RequestMessage[]>;
  /** Only posts; returns the relay's word. */
  post(answer: AnswerMessage, fault?: ServiceFault | null): Promise<"taken" | "known">;
}

/** Where the played job dies: thrown by a test's own hook, and passed on. */
export interface PollerOptions {
  readonly extension: Pick<PlayedExtension, "execute">;
  readonly keys: WebhookKeys;
  /** Reaches the relay: `fetch` itself, or an app's `request`. */
  readonly send: (request: Request) => Promise<Response>;
  /** Address of the relay. */
  readonly url: string;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly worker?: string;
  /** Called before and after each command is done; may throw, as a job that is killed. */
  readonly between?: (moment: "before" | "after", command: RequestMessage) => void;
}

/** A poller that has not asked for anything yet. */
export function createPoller(options: PollerOptions): Poller {
  const { extension, keys, send, url, clock, newId, worker = "buh", between } = options;

  /** Posts signed bytes; gives the JSON of an answer that is signed for exactly this request. */
  async function exchange(path: string, webhookId: string, body: Uint8Array<ArrayBuffer>, type: string) {
    const headers = await sign({ id: webhookId, timestamp: Math.floor(clock() / 1000), body, keys });
    const request = new Request(`${url}${path}`, {
      method: "POST",
      body,
      headers: { ...headers, "content-type": type },
    });
    const response = await send(request);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) throw new PollError(response.status, new TextDecoder().decode(bytes));
    const verified = await verify({ headers: response.headers, body: bytes, keys, now: clock() });
    if (!verified.ok || verified.id !== toAnswerId(webhookId))
      throw new Error("The relay's answer is not signed for this");
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  }

  async function claim({ limit = 10, waitSeconds = 0 } = {}) {
    const id = newId();
    const params = { worker, limit, waitSeconds, extension: "1.0.0" };
    const body = new TextEncoder().encode(JSON.stringify({ protocol: 1, operation: "claim", id, params }));
    const json = await exchange(
      "/onec/commands/claim",
      formatRequestId("claim", id, newId()),
      body,
      "application/json",
    );
    return v.parse(claimAnswerSchema, json).result.commands;
  }

  async function post(answer: AnswerMessage, fault: ServiceFault | null = null) {
    const { body, type } = bodyOf(answer, fault);
    const path = `/onec/commands/${encodeURIComponent(answer.id)}/result`;
    const json = await exchange(path, formatRequestId(answer.operation, answer.id, newId()), body, type);
    return v.parse(resultAnswerSchema, json).result.status;
  }

  return {
    claim,
    post,
    async turn(asked) {
      const commands = await claim(asked);
      for (const command of commands) {
        between?.("before", command);
        const answer = await extension.execute(command);
        between?.("after", command);
        await post(answer);
      }
      return commands.length;
    },
  };
}

/** The relay refused: the job tries again later. */
export class PollError extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
  }
}
