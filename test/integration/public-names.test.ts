import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDeclarations } from "../support/declarations.ts";

/*
 * Every name that each entry of the package exports, by hand: what is added here is promised, what is taken away breaks
 * somebody's build.
 */
const ENTRIES: Readonly<Record<string, { readonly values: string; readonly types: string }>> = {
  ".": {
    values: `
      ACT_STATUSES AdapterError DEFAULT_PURPOSE MAX_KOPECKS PENDING PROBLEMS PURPOSE_LIMIT RelayError RequestError
      VAT_RATES actPeriod actRef addDays businessDate checkBic checkCorrespondentAccount checkInn checkKpp checkOgrn
      checkSettlementAccount counterpartyKey counterpartyQueue counterpartyRef daysBetween divideHalfUp formatMoney
      gapLeft innKind isPlainDate isRetried isTimeZone laterDay lineAmount moneyInWords parseEvent parseInstant
      parseMoney parseQuantity paymentOrderRef paymentPurpose plural printDate printLongDate printMoney
      printQuantity requestAct splitVat transition uuidV5 vatInside vatWording`,
    types: `
      Act ActDocument ActEvent ActFilter ActRequest ActState ActStatus Actor Adapter AdapterErrorOptions
      AdapterFlags Answer BankAccount CallContext Change CheckLine CheckReport ClaimParams ClaimParkedParams CommitResult Contract
      Contractor ContractorKind Counterparty CreateActParams CreatePaymentOrderParams Digest DocumentLink Endpoint
      ErrorCode FindLastActParams FormerOrder Happening InboundEvent InboundRules InboxEntry Issue Kopecks LastAct
      LifecycleContext ListDocumentsParams MarkedDocument MessageFilter Organization Outcome Page PaymentOrder PaymentOrderState PaymentState Period
      PeriodFacts PlainDate PrintedForm Problem ProblemCode PurposeParts RequestCode RequisiteIssue Resolver
      ServiceLine Settlement Signatory Source Step Store StoreStats StoredForm Thousandths Transition
      UpsertCounterpartyParams VatRate Visit`,
  },
  "./webhook": {
    values: "WebhookMessageError WebhookSecretError createSecret importSecrets sign verify",
    types: "SignInput VerifyInput WebhookHeaders WebhookKeys WebhookVerification",
  },
  "../unit/relay": {
    values: "WEBHOOK_DELAYS createBreaker createMemoryStore createRelay",
    types: `
      Attempt AttemptOutcome Breaker BreakerOptions BreakerState Command CommandDesk CommandsParams Journal Lane LateAnswer Message MessageKind
      MessageState Printer Received Relay RelayLog RelayOptions RelaySettings RetryDecision SignedEvent SignedMessage SignedRequest
      WebhookTarget`,
  },
  "./print": {
    values: `
      ActTemplateSchema actForm createPrinter extendedFonts missingCharacters normalizeText parseActTemplate
      pdfBytes printable renderPdf requirePrintable serviceLines standardFonts`,
    types: `
      ActForm ActTemplate FontSet FormRequisite FormSignature FormTotal PdfParts PrintableAct PrintedAct Printer`,
  },
  "./adapters/mock": {
    values: "MOCK_CALLS MOCK_ORGANIZATION createMockAdapter",
    types: `
      ActByHand ActEdit CardByHand CardEdit MockAccount MockAct MockActLine MockAdapter MockAnswer MockBank MockCall
      MockChaos MockCommand MockConcurrency MockControl MockCounterparty MockEffect MockFault MockFaults MockHands
      MockJournal MockOptions MockPaymentOrder MockSettings MockSnapshot`,
  },
  "./adapters/onec-http": {
    values: "createCommandDesk createOnecHttpAdapter",
    types: "Asked CommandDeskOptions OnecConnection OnecHttpOptions OnecHttpPush Visitor",
  },
  "./adapters/onec-odata": {
    values: "MappingSchema PRESETS createOdataAdapter parseMapping",
    types: "ActMapping Mapping OdataOptions PresetName",
  },
  "../unit/server": {
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

/** The built file that an entry names, by what the package says. */
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

  test("every entry has its list", () => {
    const entries = Object.keys(EXPORTS).filter((entry) => entry !== "./package.json");
    expect(entries.sort()).toEqual(Object.keys(ENTRIES).sort());
  });

  test("types stand before the code that they are of", () => {
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

    test("mentions nothing that no entry exports", () => {
      const others = Object.keys(ENTRIES).map(declared);
      expect(declarations.leaks(declared(entry), others).map((leak) => leak.replace(`${folder}/`, ""))).toEqual([]);
    });
  });
});
