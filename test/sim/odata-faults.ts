import type { Fault, FaultPlan } from "../onec-runtime/odata/index.ts";

/** How long 1C may still do what a caller has given up: as long as a call may take. */
const LATEST = 90_000;

const PAGE = "<html><body>Bad Gateway</body></html>";

/** Faults for requests of any kind. */
const READING: readonly Fault[] = [
  { kind: "down" },
  { kind: "drop", when: "before" },
  { kind: "timeout", when: "before" },
  { kind: "licence" },
  { kind: "maintenance" },
  { kind: "lock" },
  { kind: "answer", status: 502, body: PAGE },
  { kind: "answer", status: 503, body: PAGE },
  { kind: "answer", status: 500, body: "1C:Enterprise 8 application error" },
  { kind: "answer", status: 200, body: "<html><body>Войдите</body></html>" },
];

/** Faults for writes only: the write happens, now or later, and the answer is lost. */
const WRITING: readonly Fault[] = [
  { kind: "drop", when: "after" },
  { kind: "drop", when: "after" },
  { kind: "timeout", when: "after" },
  { kind: "answer", status: 504, body: PAGE, when: "after" },
  { kind: "answer", status: 200, body: PAGE, when: "after" },
];

/** Random faults: `rate` of all requests meet one; now and then 1C is away for many requests in a row. */
export function randomFaults(random: () => number, rate: number): FaultPlan {
  let away = 0;
  return ({ isWrite }) => {
    if (away > 0) {
      away -= 1;
      return { kind: "down" };
    }
    if (random() < rate / 40) away = 5 + Math.floor(random() * 40);
    if (random() >= rate) return null;
    if (isWrite && random() < 0.35) return { kind: "late", ms: Math.floor(random() * LATEST), race: random() < 0.5 };
    const faults = isWrite && random() < 0.6 ? WRITING : READING;
    return faults[Math.floor(random() * faults.length)] ?? null;
  };
}
