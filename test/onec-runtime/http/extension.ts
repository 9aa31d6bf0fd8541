import * as v from "valibot";
import type { MockAdapter } from "../../../adapters/mock/index.ts";
import {
  type AnswerMessage,
  OPERATIONS,
  type Operation,
  PROTOCOL_VERSION,
  type RequestMessage,
} from "../../../adapters/onec-http/protocol.ts";
import { AdapterError } from "../../../core/errors.ts";
import { type Books, createBooks } from "./books.ts";

/** The played extension, apart from how messages reach it. */
export interface PlayedExtension {
  /** Does what a request asks and gives the answer's message. Throws nothing. */
  execute(request: RequestMessage): Promise<AnswerMessage>;
  /** Operations that were begun, oldest first. */
  readonly executed: Operation[];
}

/**
 * Plays the 1C extension over a mock, written from the protocol's schemas: what the relay sends is held to them, and so is
 * what is answered.
 */
export function createExtension(open: () => MockAdapter): PlayedExtension {
  const books: Books = createBooks(open);
  const executed: Operation[] = [];
  return {
    executed,
    async execute({ operation, id, settings, params }) {
      const head = { protocol: PROTOCOL_VERSION, operation, id } as const;
      executed.push(operation);
      const { params: asked, result } = OPERATIONS[operation];
      const known = v.parse(asked as v.GenericSchema, params) as never;
      try {
        const done = await books[operation](known, settings);
        v.parse(result as v.GenericSchema, done);
        return { ...head, ok: true, result: done as Record<string, unknown> };
      } catch (error) {
        if (!(error instanceof AdapterError)) throw error;
        const { code, detail, field } = error;
        return { ...head, ok: false, error: { code, detail, field } };
      }
    },
  };
}
