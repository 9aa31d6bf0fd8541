import * as v from "valibot";
import type { Act, ServiceLine } from "../act.ts";
import { printDate } from "../date.ts";
import { RelayError } from "../errors.ts";
import type { Contract } from "../parties.ts";
import type { Period } from "../period.ts";
import { listMissingCharacters } from "./characters.ts";

/** One unit, in thousandths. */
const ONE = 1000;

const SPACES = / {2,}/g;
const PLACEHOLDER = /\{(\w*)\}/g;

/** Schema of a template's text: bounded length, only the given placeholders, printable characters. */
function createWordingSchema(maxLength: number, placeholders: readonly string[] = []) {
  return v.pipe(
    v.string(),
    v.maxLength(maxLength),
    v.check((text) => listMissingCharacters(text).length === 0, "The fonts lack a character of this text"),
    v.check(
      (text) => [...text.matchAll(PLACEHOLDER)].every(([, name = ""]) => placeholders.includes(name)),
      placeholders.length === 0 ? "No placeholders here" : `Placeholders here: {${placeholders.join("}, {")}}`,
    ),
  );
}

const createHeadingSchema = (text: string) => v.optional(v.pipe(createWordingSchema(60), v.nonEmpty()), text);

/**
 * Wording of the printed form, the `ACT_TEMPLATE` setting; absent parts have defaults. `title` takes {number} and
 * {date}. `serviceName`, the single line of an act without services, takes {contract} and {period}. Examples: «по
 * договору № 12 от 01.02.2026», «с 01.11.2026 по 24.11.2026».
 */
export const ActTemplateSchema = v.strictObject({
  title: v.optional(v.pipe(createWordingSchema(200, ["number", "date"]), v.nonEmpty()), "Акт № {number} от {date}"),
  subtitle: v.optional(createWordingSchema(200), "об оказании услуг"),
  serviceName: v.optional(
    v.pipe(createWordingSchema(500, ["contract", "period"]), v.nonEmpty()),
    "Услуги {contract} за период {period}",
  ),
  unit: v.optional(createWordingSchema(40), "усл. ед."),
  columns: v.optional(
    v.strictObject({
      number: createHeadingSchema("№"),
      name: createHeadingSchema("Наименование работ, услуг"),
      quantity: createHeadingSchema("Кол-во"),
      unit: createHeadingSchema("Ед."),
      price: createHeadingSchema("Цена, руб."),
      amount: createHeadingSchema("Сумма, руб."),
    }),
    {},
  ),
  statement: v.optional(
    createWordingSchema(4000),
    "Вышеперечисленные услуги выполнены полностью и в срок. Заказчик претензий по объёму, качеству и срокам оказания услуг не имеет.",
  ),
  footer: v.optional(createWordingSchema(1000), ""),
});

/** A complete template, by {@link ActTemplateSchema}. */
export type ActTemplate = v.InferOutput<typeof ActTemplateSchema>;

/** Reads a template; absent parts get defaults. Throws RelayError `setting_invalid` with the path of each error. */
export function parseActTemplate(value: unknown): ActTemplate {
  const result = v.safeParse(ActTemplateSchema, value);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => `${v.getDotPath(issue) ?? "template"}: ${issue.message}`);
  throw new RelayError("setting_invalid", `ACT_TEMPLATE is not valid: ${issues.join("; ")}`);
}

/** Makes the act's lines (строки услуг) for 1C and the form: the platform's lines, else one for the full amount. */
export function toServiceLines(
  act: Pick<Act, "services" | "amount" | "contractor">,
  template: ActTemplate,
  period: Period,
): readonly ServiceLine[] {
  if (act.services.length > 0) return act.services;
  const name = fillIn(template.serviceName, {
    contract:
      act.contractor.contract === undefined ? "" : `по ${formatContractName(act.contractor.contract, "договору")}`,
    period: printPeriod(period),
  });
  return [{ name, quantity: ONE, unit: template.unit, price: act.amount, amount: act.amount }];
}

/** Names a contract: «договор № 12 от 01.02.2026». The address is left out: a link may open the contract to anyone. */
export function formatContractName(contract: Contract, noun: string): string {
  const number = contract.number === undefined ? "" : `№\u00A0${contract.number}`;
  const date = contract.date === undefined ? "" : `от\u00A0${printDate(contract.date)}`;
  if (number === "" && date === "") return noun;
  return [noun, number === "" ? "б/н" : number, date].filter((part) => part !== "").join(" ");
}

/** Writes a period: «с 01.11.2026 по 24.11.2026». */
export function printPeriod(period: Period): string {
  return `с\u00A0${printDate(period.from)} по\u00A0${printDate(period.to)}`;
}

/** Fills the placeholders of a pattern; the space around an empty value is removed. */
export function fillIn(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern
    .replace(PLACEHOLDER, (_, name: string) => values[name] ?? "")
    .replace(SPACES, " ")
    .trim();
}
