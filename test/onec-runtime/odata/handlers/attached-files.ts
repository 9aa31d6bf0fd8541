import type { Write } from "./write.ts";

/** Gives attached files the mark of their owner (БП 3.0.198, РаботаСФайлами). */
export function markFiles({ state, set, row, before, isLoad, writeOther }: Write): void {
  const files = `Catalog_${set.replace(/^[A-Za-z]+_/, "")}ПрисоединенныеФайлы`;
  if (isLoad || before === null || before.DeletionMark === row.DeletionMark || !state.entities.has(files)) return;
  for (const file of state.all(files)) {
    if (file.ВладелецФайла_Key !== row.Ref_Key) continue;
    writeOther(files, { Ref_Key: file.Ref_Key as string, DeletionMark: row.DeletionMark === true });
  }
}
