import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDeclarations } from "../support/declarations.ts";

/*
 * Every exported name of each entry of the package, listed by hand. An added name is a promise; a removed name breaks
 * somebody's build.
 */
const ENTRIES: Readonly<Record<string, { readonly values: string; readonly types: string }>> = {
  ".": {
    values: `
      ACT_STATUSES AdapterError DEFAULT_PURPOSE MAX_KOPECKS ONEC_EVENTS OPERATOR_EVENTS OUTBOUND_EVENTS PENDING
      PLATFORM_EVENTS PROBLEMS PURPOSE_LIMIT RelayError RequestError VAT_RATES actPeriod actRef addDays
      businessDate checkBic checkCorrespondentAccount checkInn checkKpp checkOgrn checkSettlementAccount
      counterpartyKey counterpartyQueue counterpartyRef daysBetween divideHalfUp formatMoney gapLeft innKind
      isPlainDate isRetried isTimeZone laterDay lineAmount moneyInWords parseEvent parseInstant parseMoney
      parseQuantity paymentOrderRef paymentPurpose plural printDate printLongDate printMoney printQuantity
      requestAct splitVat transition uuidV5 vatInside vatWording`,
    types: `
      AcceptedAct Acceptance AcceptanceEvidence Act ActDocument ActEvent ActFilter ActJobType ActRequest ActState ActStatus Actor Adapter AdapterAnswer
      AdapterErrorOptions AdapterFlags BankAccount CallContext CheckLine CheckReport CommitResult Contract
      Contractor ContractorKind Counterparty CreateActParams CreatePaymentOrderParams Destination Digest
      DocumentLink ErrorCode EventSource FormKind Difference Differing FindActParams FindLastActParams FormerOrder InboundEvent InboundRules InboxEntry
      Issue JobFilter Kopecks LastAct LastSeen LeaseJobsParams LeaseParkedJobsParams LifecycleContext
      ListDocumentsParams MarkedDocument OnecEvent OperatorEvent Organization OutboundEvent Outcome ParsedEvent
      PaymentOrder PaymentOrderState PaymentState Period PeriodFacts PlainDate PlatformEvent PrintedForm Problem
      ProblemCode PurposeParts RecordedEvent Release RequestCode RequisiteIssue Resolver ServiceLine Signatory
      Store StorePage StoreStats StoredForm Thousandths Transition UpsertCounterpartyParams VatRate WebhookBody
      Write`,
  },
  "./webhook": {
    values: "WebhookMessageError WebhookSecretError createSecret importSecrets sign verify",
    types: "SignInput VerifyInput WebhookHeaders WebhookKeys WebhookVerification",
  },
  "./relay": {
    values: "WEBHOOK_DELAYS createBreaker createMemoryStore createRelay",
    types: `
      AccountingJob ActJob ActJobInput ActPrinter Attempt AttemptOutcome Breaker BreakerOptions BreakerState
      CallName CallProgress CheckConnectionJob CheckPaymentsJob CheckPaymentsProgress Command CommandBody
      CommandQueue ContractorUpdate CreateActJob CreateActProgress CreatePaymentOrderJob FetchCommandsParams Job
      JobOf JobProgress JobState JobType LateAnswer NoInput NoProgress PrintAcceptanceJob PrintActJob Queue Received Relay RelayLog
      RelayOptions RelaySettings RetryDecision SendWebhookJob SignedEvent SignedMessage SignedRequest
      StoredAnswer UpdateContractorJob UpsertCounterpartyJob VoidActJob WebhookTarget`,
  },
  "./print": {
    values: `
      ActTemplateSchema actForm createPrinter getStandardFonts loadExtendedFonts missingCharacters normalizeText
      parseActTemplate pdfBytes printable renderPdf requirePrintable serviceLines`,
    types: "ActForm ActTemplate FontSet FormRequisite FormSignature FormTotal PdfParts PrintableAct PrintedAct Printer",
  },
  "./adapters/mock": {
    values: "MOCK_CALLS MOCK_ORGANIZATION createMockAdapter",
    types: `
      ActByHand ActEdit CardByHand CardEdit MockAccount MockAct MockActLine MockAdapter MockAnswer MockBank MockCall
      MockChaos MockCommand MockConcurrency MockControl MockCounterparty MockEffect MockFault MockFaults MockHands
      MockJournal MockOptions MockPaymentOrder MockSettings MockSnapshot`,
  },
  "./adapters/onec-http": {
    values: "createCommandQueue createOnecHttpAdapter",
    types: "CommandQueueOptions ConnectionProbe OnecConnection OnecHttpOptions OnecHttpPush ProbeAnswer",
  },
  "./adapters/onec-odata": {
    values: "MappingSchema PRESETS createOdataAdapter parseMapping",
    types: "ActMapping Mapping OdataOptions PresetName",
  },
  "./server": {
    values: "createApp createLinks createLog",
    types: "AppOptions DocumentLinkOptions DocumentLinkParts DocumentLinks Log LogLevel LogOptions Tokens",
  },
  "./testing": {
    values: "adapterContract mockHands storeContract",
    types: `
      AccountantHands ActView AdapterHarness CardView HarnessSettings HarnessSetup NewCard OrderView
      StoreContractOptions StoreHarness WriteCall`,
  },
};

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXPORTS = (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, { readonly types: string; readonly default: string } | string>;
  }
).exports;

/** Returns the built file of an entry, from package.json. */
function built(entry: string, kind: "types" | "default"): string {
  const paths = EXPORTS[entry];
  if (paths === undefined || typeof paths === "string") throw new Error(`${entry} is no entry of the package`);
  return paths[kind].replace("./dist/", "");
}

const listed = (names: string) => names.split(/\s+/).filter((name) => name !== "");

describe("public names", () => {
  const folder = mkdtempSync(join(tmpdir(), "onec-relay-types-"));
  beforeAll(() => {
    // Whether the types are right is for tsc to say: here only names count.
    const options = ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", folder];
    spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", ...options], { cwd: ROOT });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const declarations = createDeclarations();
  const declared = (entry: string) => join(folder, built(entry, "types"));

  test("have a list for every entry", () => {
    const entries = Object.keys(EXPORTS).filter((entry) => entry !== "./package.json");
    expect(entries.sort()).toEqual(Object.keys(ENTRIES).sort());
  });

  test("put types before the code of the types", () => {
    for (const paths of Object.values(EXPORTS)) {
      if (typeof paths !== "string") expect(Object.keys(paths)).toEqual(["types", "default"]);
    }
  });

  describe.each(Object.entries(ENTRIES))("%s", (entry, { values, types }) => {
    test("exports these values", async () => {
      const source = join(ROOT, built(entry, "default").replace(/\.js$/, ".ts"));
      const module = (await import(pathToFileURL(source).href)) as object;
      expect(Object.keys(module).sort()).toEqual(listed(values).sort());
    });

    test("exports these types", () => {
      const valueNames = listed(values);
      const found = declarations.names(declared(entry)).filter((name) => !valueNames.includes(name));
      expect(found).toEqual(listed(types).sort());
    });

    test("mentions no name that no entry exports", () => {
      const others = Object.keys(ENTRIES).map(declared);
      expect(declarations.leaks(declared(entry), others).map((leak) => leak.replace(`${folder}/`, ""))).toEqual([]);
    });
  });
});
