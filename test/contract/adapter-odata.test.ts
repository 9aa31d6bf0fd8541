import { createOdataAdapter } from "../../adapters/onec-odata/index.ts";
import type { OneCOptions } from "../onec-runtime/odata/index.ts";
import { createOneC, onecHarness } from "../onec-runtime/odata/index.ts";
import { anOrganization } from "../support/builders.ts";
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

/** Other ways in which real bases were seen to answer, and the outgoing act. */
const OTHERS: Readonly<Record<string, OneCOptions>> = {
  "another base": {
    duplicateKey: "code15",
    ifMatch: "honoured",
    sessions: "honoured",
    contactKinds: "old",
    bom: true,
    refusesDelete: true,
    licences: 2,
  },
  "outgoing acts": { actDocument: "sale" },
};

for (const [name, options] of Object.entries(OTHERS)) {
  adapterContract(`onec-odata, ${name}`, async (settings) => {
    const onec = createOneC(options);
    const { url, user, password, fetch } = onec;
    const { actDocument = "receipt" } = options;
    const organizationInn = anOrganization().inn;
    return onecHarness(
      onec,
      createOdataAdapter({ ...settings, url, user, password, fetch, organizationInn, actDocument }),
    );
  });
}
