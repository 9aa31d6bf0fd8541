/** Error codes of the system after which the request certainly was not sent: no host, no route, no connection. */
export const NOT_SENT_CODES: readonly string[] = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
];

/** TLS checks the certificate before the request is sent; other errors of TLS (`ERR_SSL_…`) may come at any time. */
const BAD_CERTIFICATE = /^(?:CERT_|CRL_|ERR_TLS_CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Shape of a system's code. Other texts under the name `code` do not reach people. */
const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

/** Longest chain of causes to search. */
const DEPTH = 6;

/** A failure of the network. `isSent`: the request may have left this machine. */
export interface NetworkError {
  /** Code of the system, of TLS or of the HTTP client: `ECONNRESET`, `CERT_HAS_EXPIRED`, `UND_ERR_SOCKET`. */
  readonly code: string;
  readonly isSent: boolean;
  readonly isCertificate: boolean;
}

/** Finds the system's error anywhere in the chain of causes; null without a code. */
export function findNetworkError(error: unknown): NetworkError | null {
  let wrapper: NetworkError | null = null;
  for (let at = error, depth = 0; at instanceof Error && depth < DEPTH; at = at.cause, depth += 1) {
    const code = "code" in at && typeof at.code === "string" && CODE.test(at.code) ? at.code : null;
    if (code === WRAPPER) wrapper = judge(code, null);
    else if (code !== null && !IGNORED.includes(code)) return judge(code, "syscall" in at ? at.syscall : null);
    if (at instanceof AggregateError && at.errors.length > 0) return findNetworkError(at.errors[0]);
  }
  return wrapper;
}

/** Code of the HTTP client around the system's error, or alone when the other side closed the connection. */
const WRAPPER = "UND_ERR_SOCKET";

/** Codes that say nothing of the network. */
const IGNORED: readonly string[] = ["ERR_INVALID_ARG_TYPE"];

/** Judges by code and failed system call: an open connection may fail with the same codes after sending. */
function judge(code: string, syscall: unknown): NetworkError {
  const isCertificate = BAD_CERTIFICATE.test(code);
  const isUnsent = NOT_SENT_CODES.includes(code) && syscall !== "read" && syscall !== "write";
  return { code, isSent: !isCertificate && !isUnsent, isCertificate };
}
