import { sql } from "kysely";
import { createSql } from "../db/compile.ts";
import type { SqlDriver } from "../db/driver.ts";
import type { Log } from "../log.ts";

/** Interval of the comparison with the database's clock, ms. */
const COMPARE_EVERY_MS = 60_000;
/** Smaller differences are left alone, ms: the network alone makes some. */
const SMALL_MS = 500;
/** Differences from here on get a warning, ms. */
const WARNED_MS = 5_000;

/** A clock, epoch ms. The difference to the own clock of the machine changes with {@link followDatabaseClock}. */
export interface AdjustedClock {
  readonly read: () => number;
  differenceMs: number;
}

export function createAdjustedClock(own: () => number): AdjustedClock {
  const clock = { read: () => own() + clock.differenceMs, differenceMs: 0 };
  return clock;
}

/**
 * Sets a clock by the clock of a shared database, now and every minute, so that processes on machines with different
 * clocks agree on leases and due times. Returns a function that ends the comparison.
 */
export async function followDatabaseClock(
  clock: AdjustedClock,
  { driver, own, log }: { readonly driver: SqlDriver; readonly own: () => number; readonly log: Log },
): Promise<() => void> {
  const query = sql<{ now: number }>`select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`;
  const compiled = query.compile(createSql(driver.dialect));
  async function compare(): Promise<void> {
    const before = own();
    const [row] = await driver.read(compiled);
    const difference = Math.round(Number(row?.now) - (before + own()) / 2);
    const wanted = Math.abs(difference) < SMALL_MS ? 0 : difference;
    const isNews = Math.abs(wanted - clock.differenceMs) >= WARNED_MS;
    clock.differenceMs = wanted;
    if (isNews) log("warn", "clock_differs", { seconds: Math.round(difference / 1000) });
  }
  await compare();
  const timer = setInterval(() => {
    compare().catch((error: unknown) => log("warn", "clock_compare_failed", { error: String(error) }));
  }, COMPARE_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
