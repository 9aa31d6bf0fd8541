import type { Act, Kopecks, Period, PlainDate, ServiceLine, VatRate } from "../../core/index.ts";
import { actPeriod, addDays, type businessDate, formatMoney, parseMoney, vatInside } from "../../core/index.ts";
import { type Equals, holds } from "./equals.ts";

// Sums are numbers of kopecks, everywhere; a decimal string is read first, and may not be one.
holds<Equals<Kopecks, number>>();
holds<Equals<Act["amount"], number>>();
holds<Equals<ServiceLine["amount"], number>>();
holds<Equals<ReturnType<typeof parseMoney>, number | null>>();
holds<Equals<ReturnType<typeof formatMoney>, string>>();
// @ts-expect-error: unread text
formatMoney("15000.00");
// @ts-expect-error: what was read may be null
formatMoney(parseMoney("15000.00"));
// @ts-expect-error: 1C knows no bigint
vatInside(1_500_000n, "22");

// A VAT rate is one of a few.
holds<Equals<VatRate, "none" | "5" | "7" | "10" | "20" | "22">>();
// @ts-expect-error: no such rate
vatInside(1_500_000, "18");
// @ts-expect-error: a rate is text: «Без НДС» is one too
vatInside(1_500_000, 22);

// Days are text: a Date carries a time zone that a day does not have.
holds<Equals<PlainDate, string>>();
// @ts-expect-error: a Date
addDays(new Date(), 1);
holds<Equals<ReturnType<typeof businessDate>, string>>();
holds<Equals<ReturnType<typeof actPeriod>, Period | null>>();
// @ts-expect-error: what to do on a second act of one day has no default that could be wrong unseen
actPeriod({ registeredOn: "2026-11-01", coveredTo: null, actDate: "2026-11-24" });

// What the core gives is not to be changed in place.
declare const act: Act;
// @ts-expect-error: read only
act.status = "paid";
// @ts-expect-error: read only, all the way down
act.services.push();
