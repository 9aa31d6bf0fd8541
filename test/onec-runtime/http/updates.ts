import { makeContractorData } from "../../support/builders.ts";

/** The bytes of `contractor.updated` about the `n`-th contractor, said at this moment (epoch ms). */
export function encodeUpdate(n: number, phone: string, at: number): Uint8Array<ArrayBuffer> {
  const data = { contractor: makeContractorData(n, { phone }) };
  const event = { type: "contractor.updated", timestamp: new Date(at).toISOString(), data };
  return new TextEncoder().encode(JSON.stringify(event));
}
