/** Error codes of the system after which the request certainly was not sent: no host, no route, no connection. */
export const NOT_SENT_CODES: readonly string[] = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
];

/** All error codes of network failures. After the last two codes the request may have been sent. */
export const NETWORK_CODES: readonly string[] = [...NOT_SENT_CODES, "ECONNRESET", "EPIPE"];
