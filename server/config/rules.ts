import { checkCorrespondentAccount, checkSettlementAccount } from "../../core/requisites.ts";
import { isLoopback, isPlainHttp } from "./fields.ts";
import { OWN_SECRET_NAMES } from "./own-secrets.ts";
import type { SettingName, Settings } from "./schema.ts";

const ADDRESSES = ["PUBLIC_URL", "PLATFORM_URL", "OPS_URL", "ONEC_URL"] as const;

/** Checks the rules about several settings. Returns a sentence about the first broken rule, or null. */
export function checkRules(settings: Settings, demo: boolean): string | null {
  return (
    checkDemo(settings, demo) ??
    checkAddresses(settings) ??
    checkNeeded(settings) ??
    checkTokens(settings) ??
    checkAccount(settings, "ORGANIZATION_ACCOUNT", checkSettlementAccount) ??
    checkAccount(settings, "ORGANIZATION_CORR_ACCOUNT", checkCorrespondentAccount) ??
    checkBank(settings)
  );
}

function checkDemo(settings: Settings, demo: boolean): string | null {
  if (!demo) return null;
  if (settings.ACCOUNTING !== "mock") {
    return `ACCOUNTING is ${settings.ACCOUNTING}; expected mock with --demo, whose cabinet is open to anyone who can reach it`;
  }
  if (isLoopback(settings.HOST)) return null;
  return `HOST is ${settings.HOST}; expected a loopback address with --demo, whose cabinet is open to anyone who can reach it`;
}

function checkAddresses(settings: Settings): string | null {
  if (settings.ALLOW_PLAIN_HTTP === "true") return null;
  const plain = ADDRESSES.find((name) => settings[name] !== undefined && isPlainHttp(settings[name]));
  if (plain !== undefined) {
    return `${plain} is a plain http address of another machine; expected https, or ALLOW_PLAIN_HTTP=true`;
  }
  const framed = settings.DOCUMENT_FRAME_ANCESTORS.find(isPlainHttp);
  if (framed === undefined) return null;
  return `DOCUMENT_FRAME_ANCESTORS has the plain http origin ${framed}; expected https, or ALLOW_PLAIN_HTTP=true`;
}

function checkNeeded(settings: Settings): string | null {
  const exposed = !isLoopback(settings.HOST);
  const real = settings.ACCOUNTING !== "mock";
  if (!exposed && !real) return null;
  const why = exposed ? `HOST=${settings.HOST}, which other machines can reach` : `ACCOUNTING=${settings.ACCOUNTING}`;
  return (
    checkPresent(settings, exposed ? [...OWN_SECRET_NAMES, "PUBLIC_URL"] : OWN_SECRET_NAMES, why) ??
    checkPresent(settings, listNeededOnecSettings(settings), modeOf(settings))
  );
}

function listNeededOnecSettings(settings: Settings): readonly SettingName[] {
  const connection = ["ONEC_URL", "ONEC_USER", "ONEC_PASSWORD"] as const;
  if (settings.ACCOUNTING === "mock") return [];
  if (settings.ACCOUNTING === "onec-odata") return [...connection, "ONEC_ORGANIZATION_INN"];
  const signed = ["ONEC_ORGANIZATION_INN", "ONEC_INBOUND_SECRET"] as const;
  return settings.ONEC_TRANSPORT === "pull" ? signed : [...connection, ...signed, "ONEC_OUTBOUND_SECRET"];
}

function modeOf(settings: Settings): string {
  const transport = settings.ACCOUNTING === "onec-http" ? ` with ONEC_TRANSPORT=${settings.ONEC_TRANSPORT}` : "";
  return `ACCOUNTING=${settings.ACCOUNTING}${transport}`;
}

function checkPresent(settings: Settings, needed: readonly SettingName[], why: string): string | null {
  const absent = needed.filter((name) => settings[name] === undefined);
  if (absent.length === 0) return null;
  const how = absent.some((name) => name.endsWith("_SECRET")) ? ' (the command "secret" makes secrets)' : "";
  return `${absent.join(", ")} ${absent.length === 1 ? "is" : "are"} missing; expected with ${why}${how}`;
}

function checkTokens(settings: Settings): string | null {
  if (settings.API_READ_TOKEN === undefined || settings.API_READ_TOKEN !== settings.API_TOKEN) return null;
  return "API_READ_TOKEN is the same as API_TOKEN; expected another one, which may only read";
}

function checkAccount(
  settings: Settings,
  name: "ORGANIZATION_ACCOUNT" | "ORGANIZATION_CORR_ACCOUNT",
  check: typeof checkSettlementAccount,
): string | null {
  const account = settings[name];
  const bic = settings.ORGANIZATION_BIC;
  if (account === undefined) return null;
  if (bic === undefined) return `ORGANIZATION_BIC is missing; expected with ${name}, whose control key needs it`;
  if (check(account, bic) === null) return null;
  return `${name} does not fit ORGANIZATION_BIC; expected an account of that bank, with the right control key`;
}

function checkBank(settings: Settings): string | null {
  if (settings.ORGANIZATION_ACCOUNT !== undefined) return null;
  const given = (["ORGANIZATION_BIC", "ORGANIZATION_BANK", "ORGANIZATION_CORR_ACCOUNT"] as const).find(
    (name) => settings[name] !== undefined,
  );
  return given === undefined
    ? null
    : `ORGANIZATION_ACCOUNT is missing; expected with ${given}: an account goes with its bank`;
}
