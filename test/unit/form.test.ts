import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RelayError } from "../../core/errors.ts";
import {
  actForm,
  getStandardFonts,
  parseActTemplate,
  pdfBytes,
  renderPdf,
  requirePrintable,
  serviceLines,
} from "../../core/print/index.ts";
import { bare, company, entrepreneur, makePrintableAct, makeServiceRows, organization } from "../support/print.ts";

const template = parseActTemplate({});
const plain = (text: string) => text.replaceAll("\u00A0", " ");
const form = (part: Parameters<typeof makePrintableAct>[0] = {}, org = organization) =>
  actForm({ act: makePrintableAct(part), organization: org, template });

describe("actForm", () => {
  it("names the document, the number and the date", () => {
    expect(plain(form().title)).toBe("Акт № 0000-000123 от «24» ноября 2026 г.");
    expect(form().subtitle).toBe("об оказании услуг");
    expect(form().name).toBe("Акт № 0000-000123 от 24.11.2026");
  });

  it("names both parties in full with their requisites side by side", () => {
    const { parties, requisites } = form({ contractor: company });
    expect(parties).toEqual([company.fullName, organization.fullName]);
    expect(Object.fromEntries(requisites.map(({ label, values }) => [label, values]))).toEqual({
      ИНН: [company.inn, organization.inn],
      КПП: [company.kpp, organization.kpp],
      ОГРН: [company.ogrn, organization.ogrn],
      Адрес: [company.legalAddress, organization.address],
      "Расчётный счёт": [company.bankAccount.number, organization.bankAccount?.number],
      Банк: [company.bankAccount.bankName, organization.bankAccount?.bankName],
      БИК: [company.bankAccount.bic, organization.bankAccount?.bic],
      "Корр. счёт": [company.bankAccount.corrAccount, organization.bankAccount?.corrAccount],
    });
  });

  it("leaves out a requisite absent on both sides, and marks a requisite absent on one side", () => {
    const { parties, requisites } = form({ contractor: bare }, { name: "ООО «Мы»", fullName: "", inn: "7707083893" });
    expect(parties).toEqual(["ООО «Луч»", "ООО «Мы»"]);
    expect(requisites.map(({ label }) => label)).toEqual(["ИНН", "Расчётный счёт", "БИК"]);
    expect(requisites[1]?.values).toEqual([bare.bankAccount.number, null]);
  });

  it("states the contract and the period, never the link to the contract", () => {
    const facts = form().facts.map(({ label, value }) => `${label}: ${plain(value)}`);
    expect(facts).toEqual(["Основание: Договор № 17/2026-А от 01.11.2026", "Период услуг: с 01.11.2026 по 24.11.2026"]);
    expect(JSON.stringify(form())).not.toContain("https:");
  });

  it("prints the known parts of a contract", () => {
    const basis = (contract: typeof entrepreneur.contract) => {
      const { contract: _, ...rest } = entrepreneur;
      return form({ contractor: contract === undefined ? rest : { ...rest, contract } }).facts.map(({ value }) =>
        plain(value),
      );
    };
    const url = "https://example.com/c";
    expect(basis({ url, number: "5" })[0]).toBe("Договор № 5");
    expect(basis({ url, date: "2026-02-01" })[0]).toBe("Договор б/н от 01.02.2026");
    expect(basis({ url })[0]).toBe("Договор");
    expect(basis(undefined)).toEqual(["с 01.11.2026 по 24.11.2026"]);
  });

  it("prints lines, total, VAT contained and the sum in words", () => {
    const { rows, total, vat, summary, amountInWords } = form({ vat: "22", ...makeServiceRows(2) });
    expect(rows.map((row) => row.map(plain))).toEqual([
      ["1", "Доставка заказа № 1 по Москве и области", "1", "шт", "123,45", "123,45"],
      ["2", "Доставка заказа № 2 по Москве и области", "2", "час", "123,45", "246,90"],
    ]);
    expect(total).toEqual({ label: "Итого:", value: "370,35" });
    expect(vat).toEqual({ label: "В том числе НДС 22%:", value: "66,78" });
    expect(plain(summary)).toBe("Всего оказано услуг 2, на сумму 370,35 руб.");
    expect(amountInWords).toBe("Триста семьдесят рублей 35 копеек");
  });

  it("says so when there is no VAT", () => {
    expect(form().vat).toEqual({ label: "Без налога (НДС)", value: "–" });
  });
});

describe("signatures", () => {
  const signature = (part: object) => form({ contractor: { ...bare, ...part } }).signatures[0];

  it("lets a company sign by its signatory", () => {
    expect(form({ contractor: company }).signatures).toEqual([
      {
        role: "Исполнитель",
        party: "ООО «Ромашка»",
        position: "Директор",
        basis: "на основании Устава",
        name: "Щербаков Ю. Ё.",
        seal: true,
      },
      {
        role: "Заказчик",
        party: organization.name,
        position: "Генеральный директор",
        basis: "на основании Устава",
        name: "Воронова Анна Сергеевна",
        seal: true,
      },
    ]);
  });

  it("leaves blanks for an unknown signatory", () => {
    expect(signature({})).toMatchObject({ position: null, basis: null, name: null, seal: true });
  });

  it.each(["ИП Ковалёв П. И.", "Ковалёв П. И.", "Индивидуальный предприниматель Ковалёв П. И."])(
    "lets the entrepreneur %s sign for himself",
    (name) => {
      const { party, ...rest } = signature({ kind: "entrepreneur", name });
      expect(party).toMatch(/^(ИП|Индивидуальный предприниматель) Ковалёв П. И.$/);
      expect(rest).toMatchObject({ position: "Индивидуальный предприниматель", name: "Ковалёв П. И.", seal: true });
    },
  );

  it.each([
    ["self_employed", "Самозанятый (плательщик НПД)"],
    ["individual", "Физическое лицо"],
  ])("lets a natural person (%s) sign for himself without a seal", (kind, position) => {
    expect(signature({ kind, name: "Ли Е. О." })).toMatchObject({
      party: "Ли Е. О.",
      position,
      name: "Ли Е. О.",
      seal: false,
    });
  });

  it("lets a representative sign for a person, on the named basis", () => {
    const signatory = { name: "Юдин А. А.", position: "Представитель", basis: "на основании доверенности № 1" };
    expect(signature({ kind: "individual", name: "Ли Е. О.", signatory })).toMatchObject({
      position: "Представитель",
      basis: "на основании доверенности № 1",
      name: "Юдин А. А.",
    });
  });
});

describe("template", () => {
  it("changes the wording, part by part", () => {
    const custom = parseActTemplate({
      title: "Отчёт {number} ({date})",
      unit: "мес",
      columns: { name: "Услуга" },
      footer: "Составлен в двух экземплярах",
    });
    const { title, columns, rows, footer, statement } = actForm({
      act: makePrintableAct(),
      organization,
      template: custom,
    });
    expect(plain(title)).toBe("Отчёт 0000-000123 («24» ноября 2026 г.)");
    expect(columns).toEqual(["№", "Услуга", "Кол-во", "Ед.", "Цена, руб.", "Сумма, руб."]);
    expect(rows[0]?.[3]).toBe("мес");
    expect(footer).toBe("Составлен в двух экземплярах");
    expect(statement).toBe(template.statement);
  });

  it("makes the single line of an act without services", () => {
    const act = makePrintableAct();
    const [line, ...more] = serviceLines(act, template, act.period);
    expect(more).toEqual([]);
    expect({ ...line, name: plain(line?.name ?? "") }).toEqual({
      name: "Услуги по договору № 17/2026-А от 01.11.2026 за период с 01.11.2026 по 24.11.2026",
      quantity: 1000,
      unit: "усл. ед.",
      price: act.amount,
      amount: act.amount,
    });
    const [without] = serviceLines({ ...act, contractor: bare }, template, act.period);
    expect(plain(without?.name ?? "")).toBe("Услуги за период с 01.11.2026 по 24.11.2026");
  });

  it("leaves the platform's own lines alone", () => {
    const act = makePrintableAct(makeServiceRows(3));
    expect(serviceLines(act, template, act.period)).toBe(act.services);
  });

  it.each([
    ["an unknown part", { tittle: "Акт" }, "tittle"],
    ["an unknown placeholder", { title: "Акт {nomer}" }, "title: Placeholders here: {number}, {date}"],
    ["a placeholder where there are none", { statement: "{date}" }, "statement: No placeholders here"],
    ["a character that cannot be printed", { footer: "👍" }, "footer: The fonts lack"],
    ["an empty heading", { columns: { name: "" } }, "columns.name"],
    ["a heading that is too long", { columns: { name: "а".repeat(61) } }, "columns.name"],
    ["no object at all", "Акт", "template"],
  ])("refuses %s and says where", (_, value, message) => {
    expect(() => parseActTemplate(value)).toThrow(
      expect.objectContaining({ code: "setting_invalid", message: expect.stringContaining(message) }),
    );
  });
});

describe("the README", () => {
  const readme = readFileSync(new URL("../../core/print/README.md", import.meta.url), "utf8");

  it("has an example of a whole template, with which a form is printed", () => {
    const [, json = ""] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];
    const value = JSON.parse(json);
    const example = parseActTemplate(value);
    expect(value).toEqual(example);
    expect(Object.keys(value)).toEqual(Object.keys(template));
    const printed = actForm({ act: makePrintableAct(), organization, template: example });
    expect(plain(printed.title)).toBe("Акт сдачи-приёмки № 0000-000123 от «24» ноября 2026 г.");
    expect(plain(printed.rows[0]?.[1] ?? "")).toBe(
      "Агентское вознаграждение по договору № 17/2026-А от 01.11.2026, с 01.11.2026 по 24.11.2026",
    );
    const pdf = Buffer.from(pdfBytes(renderPdf(printed, { fonts: getStandardFonts() })));
    for (const text of ["Стоимость,", "к агентскому договору", printed.statement.slice(0, 40)]) {
      expect(pdf.includes(Buffer.from(text, "utf16le").swap16()), text).toBe(true);
    }
  });

  it("lists every field with its default", () => {
    const { columns, footer, ...texts } = template;
    const fields = {
      ...texts,
      ...Object.fromEntries(Object.entries(columns).map(([key, text]) => [`columns.${key}`, text])),
    };
    for (const [field, text] of Object.entries(fields)) expect(readme).toContain(`| \`${field}\` | \`${text}\` |`);
    expect(footer).toBe("");
    expect(readme).toContain("| `footer` | none |");
  });
});

describe("requirePrintable", () => {
  it.each([{ document: null }, { period: null }])("refuses an act with %o", (part) => {
    expect(() => requirePrintable({ ...makePrintableAct(), ...part })).toThrow(RelayError);
  });

  it("lets a posted act through", () => {
    expect(() => requirePrintable(makePrintableAct())).not.toThrow();
  });
});
