import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMarkedPeriod, parseMarkedRefs } from "../../../adapters/onec/marker.ts";
import {
  findChosenMainAccount,
  isWithdrawn,
  withContractLink,
  withdrawComment,
  withMainAccount,
  withMarker,
} from "../../../adapters/onec-odata/comment.ts";
import { refOf } from "../../support/accounting.ts";

const REF = refOf("act", 1);
const PERIOD = { from: "2026-10-01", to: "2026-10-31" };

test("a marker stands once, keeps people's words around the marker, and holds the reference and the last period", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
      fc.pre(!`${before}${after}`.includes("onec-relay:"));
      const first = withMarker(before, REF, { from: "2025-01-01", to: "2025-01-31" });
      const comment = withMarker(`${first}\n${after}`, REF, PERIOD);
      expect(parseMarkedRefs(comment)).toEqual([REF]);
      expect(parseMarkedPeriod(comment)).toEqual(PERIOD);
      expect(comment.startsWith(before)).toBe(true);
      expect(comment.endsWith(`\n${after}`)).toBe(true);
      expect(withMarker(comment, REF, PERIOD)).toBe(comment);
    }),
  );
});

test.each([",", ";", ".", ")", "-оплачен", "\u00A0оплачен"])("a marker is read with %j right behind it", (behind) => {
  expect(parseMarkedRefs(`Проверено (onec-relay:${REF}${behind}`)).toEqual([REF]);
});

test("the period is that of the requested marker", () => {
  const comment = withMarker(withMarker("", refOf("act", 2), { from: "2026-09-01", to: "2026-09-30" }), REF, PERIOD);
  expect(parseMarkedPeriod(comment, REF)).toEqual(PERIOD);
  expect(parseMarkedPeriod(comment, refOf("act", 2).toUpperCase())).toEqual({ from: "2026-09-01", to: "2026-09-30" });
  expect(parseMarkedPeriod(comment, refOf("act", 3))).toBeNull();
});

test("the marker of another document stays beside ours", () => {
  const other = withMarker("", refOf("act", 2), PERIOD);
  expect(parseMarkedRefs(withMarker(other, REF, PERIOD))).toEqual([refOf("act", 2), REF]);
});

test("a link to the contract is replaced in place, with any text in the link or in the prefix", () => {
  const comment = "Проверен\nДоговор (скан): https://a.example/1\nНе звонить";
  const next = withContractLink(comment, "Договор (скан):", "https://a.example/$&?x=1");
  expect(next).toBe("Проверен\nДоговор (скан): https://a.example/$&?x=1\nНе звонить");
  expect(withContractLink("", "Договор:", "https://a.example/1")).toBe("Договор: https://a.example/1");
  expect(withContractLink("Старый договор: нет", "договор:", "https://a.example/1")).toBe(
    "Старый договор: нет\nдоговор: https://a.example/1",
  );
});

test("a withdrawn document says so in words and is still found by the marker", () => {
  const comment = withdrawComment(withMarker("Срочно", REF), REF);
  expect(comment).toBe(`Срочно\nonec-relay:${REF} отозвано шлюзом`);
  expect([isWithdrawn(comment, REF), isWithdrawn(withMarker("", REF), REF)]).toEqual([true, false]);
  expect(isWithdrawn(comment, refOf("act", 2))).toBe(false);
});

test("the note of a main account is replaced in place", () => {
  const note = withMainAccount("VIP", refOf("card", 1));
  expect(findChosenMainAccount(note)).toBe(refOf("card", 1));
  expect(withMainAccount(note, refOf("card", 2))).toBe(`VIP\nonec-relay: основной счёт ${refOf("card", 2)}`);
  expect(findChosenMainAccount("VIP")).toBeNull();
});
