import { checkCorrespondentAccount, checkSettlementAccount } from "../../core/requisites.ts";
import { SETTINGS } from "../messages/settings.ts";
import type { Text } from "../messages/text.ts";
import { isLoopback, isPlainHttp } from "./fields.ts";
import { OWN_SECRET_NAMES } from "./own-secrets.ts";
import { SETTING_NAMES, type SettingName, type Settings } from "./schema.ts";

const ADDRESSES = ["PUBLIC_URL", "PLATFORM_URL", "OPS_URL", "ONEC_URL"] as const;

/** Checks the rules about several settings. Returns a sentence about the first broken rule, or null. */
export function checkRules(settings: Settings, demo: boolean): Text | null {
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

/**
 * Checks that settings of 1C come with `ACCOUNTING`: with the first line of a file lost, the relay would start over the
 * mock in silence.
 */
export function checkForgottenAccounting(env: Readonly<Record<string, string | undefined>>): Text | null {
  if ((env.ACCOUNTING ?? "").trim() !== "") return null;
  const names = SETTING_NAMES.filter((name) => name.startsWith("ONEC_") && (env[name] ?? "").trim() !== "");
  return names.length === 0 ? null : SETTINGS.accountingForgotten(names.slice(0, 3));
}

function checkDemo(settings: Settings, demo: boolean): Text | null {
  if (!demo) return null;
  if (settings.ACCOUNTING !== "mock") {
    return SETTINGS.demoOverMock(settings.ACCOUNTING);
  }
  if (isLoopback(settings.HOST)) return null;
  return SETTINGS.demoOnLoopback(settings.HOST);
}

function checkAddresses(settings: Settings): Text | null {
  if (settings.ALLOW_PLAIN_HTTP === "true") return null;
  const plain = ADDRESSES.find((name) => settings[name] !== undefined && isPlainHttp(settings[name]));
  if (plain !== undefined) {
    return SETTINGS.plainHttp(plain);
  }
  const framed = settings.DOCUMENT_FRAME_ANCESTORS.find(isPlainHttp);
  if (framed === undefined) return null;
  return SETTINGS.plainOrigin(framed);
}

function checkNeeded(settings: Settings): Text | null {
  const exposed = !isLoopback(settings.HOST);
  const real = settings.ACCOUNTING !== "mock";
  if (!exposed && !real) return null;
  const mode = SETTINGS.mode(`ACCOUNTING=${settings.ACCOUNTING}`);
  const why = exposed ? SETTINGS.reachable(settings.HOST) : mode;
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

function modeOf(settings: Settings): Text {
  const transport = settings.ACCOUNTING === "onec-http" ? ` with ONEC_TRANSPORT=${settings.ONEC_TRANSPORT}` : "";
  return SETTINGS.mode(`ACCOUNTING=${settings.ACCOUNTING}${transport}`);
}

function checkPresent(settings: Settings, needed: readonly SettingName[], why: Text): Text | null {
  const absent = needed.filter((name) => settings[name] === undefined);
  return absent.length === 0 ? null : SETTINGS.missing(absent, why);
}

function checkTokens(settings: Settings): Text | null {
  if (settings.API_READ_TOKEN === undefined || settings.API_READ_TOKEN !== settings.API_TOKEN) return null;
  return SETTINGS.sameToken;
}

function checkAccount(
  settings: Settings,
  name: "ORGANIZATION_ACCOUNT" | "ORGANIZATION_CORR_ACCOUNT",
  check: typeof checkSettlementAccount,
): Text | null {
  const account = settings[name];
  const bic = settings.ORGANIZATION_BIC;
  if (account === undefined) return null;
  if (bic === undefined) return SETTINGS.bicMissing(name);
  if (check(account, bic) === null) return null;
  return SETTINGS.accountNotOfBank(name);
}

function checkBank(settings: Settings): Text | null {
  if (settings.ORGANIZATION_ACCOUNT !== undefined) return null;
  const given = (["ORGANIZATION_BIC", "ORGANIZATION_BANK", "ORGANIZATION_CORR_ACCOUNT"] as const).find(
    (name) => settings[name] !== undefined,
  );
  return given === undefined ? null : SETTINGS.accountMissing(given);
}
