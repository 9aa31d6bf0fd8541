import type { Act, Kopecks, Period, PlainDate, ServiceLine, VatRate } from "../../core/index.ts";
import { actPeriod, addDays, type businessDate, formatMoney, parseMoney, vatInside } from "../../core/index.ts";
import { type Equals, requireTrue } from "./equals.ts";

// Sums are numbers of kopecks, everywhere; a decimal string is read first, and may not be one.
requireTrue<Equals<Kopecks, number>>();
requireTrue<Equals<Act["amount"], number>>();
requireTrue<Equals<ServiceLine["amount"], number>>();
requireTrue<Equals<ReturnType<typeof parseMoney>, number | null>>();
requireTrue<Equals<ReturnType<typeof formatMoney>, string>>();
// @ts-expect-error: unread text
formatMoney("15000.00");
// @ts-expect-error: what was read may be null
formatMoney(parseMoney("15000.00"));
// @ts-expect-error: 1C knows no bigint
vatInside(1_500_000n, "22");

// VAT rates are a closed list.
requireTrue<Equals<VatRate, "none" | "5" | "7" | "10" | "20" | "22">>();
// @ts-expect-error: no such rate
vatInside(1_500_000, "18");
// @ts-expect-error: a rate is text: «Без НДС» is one too
vatInside(1_500_000, 22);

// Days are text: a Date carries a time zone that a day does not have.
requireTrue<Equals<PlainDate, string>>();
// @ts-expect-error: a Date
addDays(new Date(), 1);
requireTrue<Equals<ReturnType<typeof businessDate>, string>>();
requireTrue<Equals<ReturnType<typeof actPeriod>, Period | null>>();
// @ts-expect-error: what to do on a second act of one day has no default that could be wrong unseen
actPeriod({ registeredOn: "2026-11-01", coveredTo: null, actDate: "2026-11-24" });

// Values of the core are read only.
declare const act: Act;
// @ts-expect-error: read only
act.status = "paid";
// @ts-expect-error: read only, all the way down
act.services.push();
