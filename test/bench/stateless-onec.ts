import type { Adapter } from "../../core/adapter.ts";
import type { ConnectedAdapter } from "../../server/adapters.ts";
import { anOrganization } from "../support/builders.ts";

/**
 * Makes a 1C with immediate answers and no memory. Several processes may then call the same 1C, and the bench measures
 * the relay alone. `called` gets the INN at each act's first call.
 */
export function connectStateless(called: (inn: string) => void = () => {}): ConnectedAdapter {
  const organization = anOrganization();
  const numberOf = (ref: string) => ref.slice(0, 8);
  const adapter: Adapter = {
    name: "stateless",
    flags: {},
    timeoutMs: 5_000,
    getOrganization: async () => organization,
    async upsertCounterparty({ ref, contractor }) {
      called(contractor.inn);
      return { ref, created: true, changed: true };
    },
    findLastAct: async () => null,
    createAct: async ({ ref, date }) => ({ ref, number: numberOf(ref), date }),
    findAct: async () => null,
    voidAct: async () => ({ found: false }),
    createPaymentOrder: async ({ ref, date }) => ({ ref, number: numberOf(ref), date }),
    findPaymentOrder: async () => null,
    getPaymentStates: async () => ({}),
    check: async () => ({ lines: [] }),
  };
  return { adapter, mock: null, organizationInn: organization.inn };
}
