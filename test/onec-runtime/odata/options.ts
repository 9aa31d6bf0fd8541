import type { Settings } from "./settings.ts";

/** How this 1C is set up: everything in which real ones were seen to differ. */
export interface OneCOptions {
  /** 3.0.198 or 3.0.151 of БП. */
  readonly release?: "198" | "151";
  readonly user?: string;
  readonly password?: string;
  /** The interface's root; the infobase's name is what precedes `/odata`. */
  readonly root?: string;
  /** Sets in the published composition; empty: nobody filled it (EB). Absent: all. */
  readonly published?: readonly string[];
  /** What the user may not do: `{ entity: "Document_…", verb: "read" }`; `*` is every entity. */
  readonly denied?: readonly { readonly entity: string; readonly verb: "read" | "write" | "post" }[];
  /** A second object under a taken Ref_Key: EB's words as an exception, or code 15 (DOC); the status was not recorded. */
  readonly duplicateKey?: "exception" | "code15";
  /** `ignored` was seen live twice (P8, HC), `honoured` is documented (DOC). */
  readonly ifMatch?: "ignored" | "honoured";
  /** `ignored` was seen live (P4), `honoured` is described (YE, MIKO). */
  readonly sessions?: "ignored" | "honoured";
  /** Sessions that may live at once; each takes a licence. A request without one lives as long as itself. */
  readonly licences?: number;
  /** JSON begins with a BOM. */
  readonly bom?: boolean;
  /** DELETE answers 500 (Fresh, XR). */
  readonly refusesDelete?: boolean;
  /** Longest query string that the web server lets through; IIS: 2048, then its page with 404. 0: no limit. */
  readonly maxQuery?: number;
  /** Where a contact kind has its predefined name: the library's own attribute, the platform's, or `both`. */
  readonly contactKinds?: "new" | "old" | "both";
  /** The document that people make acts with. */
  readonly actDocument?: "receipt" | "sale";
  /** Bytes that `$metadata` is padded to, as that of a whole configuration (P4: 14–17 MB). */
  readonly metadataBytes?: number;
  readonly settings?: Partial<Settings>;
  /** Epoch ms, for the Date header; absent: the system's clock. */
  readonly clock?: () => number;
  /** Waits for slow answers; absent: real time. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Keep a log of requests (default), or only numbers. */
  readonly keepLog?: boolean;
}

/** {@link OneCOptions} with nothing left out. */
export type Setup = Required<Omit<OneCOptions, "settings" | "published">> & {
  readonly published: readonly string[] | null;
};

export function setupOf(options: OneCOptions): Setup {
  return {
    release: "198",
    user: "odata.user",
    password: "пароль",
    root: "/buh/odata/standard.odata",
    denied: [],
    duplicateKey: "exception",
    ifMatch: "ignored",
    sessions: "ignored",
    licences: Number.POSITIVE_INFINITY,
    bom: false,
    refusesDelete: false,
    maxQuery: 2048,
    contactKinds: "both",
    actDocument: "receipt",
    metadataBytes: 0,
    clock: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    keepLog: true,
    ...options,
    published: options.published ?? null,
  };
}
