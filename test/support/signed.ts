import { importSecrets, sign } from "../../core/webhook.ts";

let sent = 0;

/** Sends one signed event like the platform. Throws on a refusal. */
export async function sendSigned(
  relayUrl: string,
  secret: string,
  type: string,
  data: object,
  id = `wh-signed-${++sent}`,
): Promise<{ readonly actId: string | null; readonly duplicate: boolean }> {
  const keys = await importSecrets(secret);
  const now = Date.now();
  const body = new TextEncoder().encode(JSON.stringify({ type, timestamp: new Date(now).toISOString(), data }));
  const headers = await sign({ id, timestamp: Math.floor(now / 1000), body, keys });
  const response = await fetch(`${relayUrl}/webhooks/platform`, { method: "POST", headers: { ...headers }, body });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}
