import { expect, test } from "vitest";
import { createOdataAdapter } from "../../../adapters/onec-odata/index.ts";
import { createOneC } from "../../onec-runtime/odata/index.ts";
import { actParams, bareContractor, newCall, refOf } from "../../support/accounting.ts";
import { anOrganization } from "../../support/builders.ts";

const ACTS = "Document_ПоступлениеТоваровУслуг";

test("voids an act whose posting comes through after it was read", async () => {
  const onec = createOneC();
  const { url, user, password, fetch } = onec;
  const adapter = createOdataAdapter({ url, user, password, fetch, organizationInn: anOrganization().inn });
  const card = refOf("card", 1);
  const ref = refOf("act", 1);
  await adapter.upsertCounterparty({ ref: card, contractor: bareContractor(1) }, newCall());
  await onec.hands.blockPosting("Не заполнена статья затрат");
  await expect(adapter.createAct(actParams(card), newCall())).rejects.toMatchObject({ code: "act_not_posted" });
  onec.beforeWrite(ACTS, () => void onec.state.put(ACTS, { Ref_Key: ref, Posted: true }));
  expect(await adapter.voidAct({ ref, reason: "по просьбе агента" }, newCall())).toEqual({ found: true });
  expect(await onec.hands.actsOf(card)).toMatchObject([{ ref, posted: false, deletionMark: true }]);
});
