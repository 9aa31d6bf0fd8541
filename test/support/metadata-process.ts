import { createOdataClient } from "../../adapters/onec-odata/client.ts";
import { readMetadata } from "../../adapters/onec-odata/metadata.ts";

/*
 * Reads the description of the infobase at an address and prints time and memory: `node metadata-process.ts URL USER
 * PASSWORD OBJECT`. A separate process measures nothing else.
 */

const [url = "", user = "", password = "", name = ""] = process.argv.slice(2);
const client = createOdataClient({ url, user, password, timeoutMs: 60_000, clock: Date.now });
const { bytes, entities, published } = await client.call(async (odata) => {
  const { body, end } = await odata.openMetadata();
  try {
    return await readMetadata(body, [name]);
  } finally {
    end();
  }
});
const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ bytes, fields: entities.get(name)?.properties.size, published, peakMegabytes }));
