import { createOdataAdapter } from "../../adapters/onec-odata/index.ts";
import { anOrganization } from "../support/builders.ts";
import { createOneC, onecHarness } from "../support/onec/index.ts";
import { adapterContract } from "./adapter.ts";

adapterContract("onec-odata over HTTP", async (settings) => {
  const onec = createOneC();
  const adapter = createOdataAdapter({
    ...settings,
    url: await onec.listen(),
    user: onec.user,
    password: onec.password,
    organizationInn: anOrganization().inn,
    timeoutMs: 5_000,
  });
  return onecHarness(onec, adapter);
});
