import type { BslDate } from "../values.ts";
import type { Release } from "./schema.ts";

/** Options of a played БП: each is a switch of the real one, or a fault that a test needs. */
export interface AccountingOptions {
  readonly release: Release;
  /** Метаданные.Версия, where it is not the release. */
  readonly version: string | null;
  /** «Вести учёт по договорам». */
  readonly keepsContracts: boolean;
  /** «Показывать счета учета в документах», with the right to view the chart of accounts. */
  readonly controlsAccounts: boolean;
  /** Whether the firm's settings know accounts for an act. */
  readonly fillsAccounts: boolean;
  /** «Статьи движения денежных средств». */
  readonly keepsCashFlowItems: boolean;
  /** Раздельный учёт НДС на счёте 19. */
  readonly separateVat: boolean;
  /** Whether ДатыЗапретаИзменения.ИзменениеЗапрещено sees the closed period before a write. */
  readonly foreseesClosedPeriod: boolean;
  /** Дата запрета изменения, or null. */
  readonly closedUntil: BslDate | null;
  /** БП's own modules; without them the configuration is another one. */
  readonly hasOwnModules: boolean;
  /** Names of БП's own modules whose call fails. */
  readonly failing: readonly string[];
  /** Safe mode of the extension: privileged mode does nothing. */
  readonly safeMode: boolean;
  /** Language of the session. */
  readonly language: "ru" | "en";
  /** Writes of a table that a handler refuses with «Отказ», and its message. */
  readonly refuses: { readonly table: string; readonly message: string } | null;
  /** A message that every write leaves in the session without a refusal, or null. */
  readonly remark: string | null;
  /** Message of ПроверитьЗаполнение, or null: nothing but the usual checks. */
  readonly refusesPosting: string | null;
  /** Rights that the user lacks: «Изменение Документ.ПлатежноеПоручение». */
  readonly withoutRights: readonly string[];
}

export const DEFAULTS: AccountingOptions = {
  release: "3.0.198.19",
  version: null,
  keepsContracts: true,
  controlsAccounts: false,
  fillsAccounts: true,
  keepsCashFlowItems: true,
  separateVat: false,
  closedUntil: null,
  foreseesClosedPeriod: true,
  hasOwnModules: true,
  failing: [],
  safeMode: false,
  language: "ru",
  refuses: null,
  remark: null,
  refusesPosting: null,
  withoutRights: [],
};
