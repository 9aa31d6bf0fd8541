import { createOdataAdapter, parseMapping } from "../../adapters/onec-odata/index.ts";
import { createOneC, onecHarness } from "../onec-runtime/odata/index.ts";
import { BASES } from "../onec-runtime/odata/switches.ts";
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

for (const { name, options, mapping } of BASES) {
  adapterContract(`onec-odata, ${name}`, async (settings) => {
    const onec = createOneC(options);
    const { url, user, password, fetch } = onec;
    const { actDocument = "receipt" } = options;
    const adapter = createOdataAdapter({
      ...settings,
      url,
      user,
      password,
      fetch,
      organizationInn: anOrganization().inn,
      actDocument,
      mapping: parseMapping("bp30", mapping),
    });
    return onecHarness(onec, adapter);
  });
}
