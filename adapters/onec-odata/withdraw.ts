import { AdapterError } from "../../core/errors.ts";
import { withdrawComment } from "./comment.ts";
import type { Infobase } from "./infobase.ts";

/** A document of the relay that 1C may have kept otherwise than sent. */
export interface Draft {
  readonly entity: string;
  readonly ref: string;
  readonly commentField: string;
  readonly comment: string;
}

/**
 * Writes a document by `work`. When 1C did not keep a must, nobody may use the document: the relay marks the document
 * for deletion, with a word in the comment. A failed withdrawal is told, since a person must act then.
 */
export async function writeOrWithdraw<T>(base: Infobase, draft: Draft, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A cause means: 1C wrote the document with other fields than sent.
    if (!(error instanceof AdapterError) || error.code !== "onec_rejected" || error.cause === undefined) throw error;
    const { entity, ref, commentField, comment } = draft;
    const last = { DeletionMark: true, [commentField]: withdrawComment(comment, ref) };
    const isKept = await base.odata.update(entity, ref, last).then(
      (kept) => kept.DeletionMark === true,
      () => false,
    );
    throw isKept ? error : createNotWithdrawnError(error, ref);
  }
}

function createNotWithdrawnError({ code, message, detail, cause }: AdapterError, ref: string): AdapterError {
  return new AdapterError(code, message, {
    outcome: "rejected",
    detail: `${detail}. Отозвать документ не удалось: пометьте его на удаление в 1С до повтора (ссылка ${ref})`,
    cause,
  });
}
