import { expect, test } from "vitest";
import { type Pass, passOf } from "../src/domain/passes";
import { canVerify, genuinenessOf } from "../src/domain/signatures";
import { areKeysOld, type Gate, KEYS_HOLD, troubleOf, verdictOf } from "../src/domain/verdicts";
import shared from "../../tests/shared/passes.json";

const now = Date.parse(shared.at) / 1000;
const GATE: Gate = { isReady: true, keysAt: now, isClockLost: false, now };

/** A pass in the words of the shared cases. */
function told({ isLive, person, issuedAt, until, colour, ruleSet, position, name, tail }: Pass): object {
  const person_id = person.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const rule = [ruleSet, position];
  return { kind: isLive ? 1 : 2, person_id, issued_at: issuedAt, until: until ?? 0, colour, rule, name, number_end: tail };
}

test.each(shared.cases)("shared: $name", async ({ text, verdict, pass: expected }) => {
  const pass = passOf(text);
  const genuineness = pass ? await genuinenessOf(pass, shared.pass_keys) : "forged";
  expect(verdictOf(GATE, pass, genuineness)).toBe(verdict);
  if (expected) expect(told(pass!)).toEqual(expected);
});

test("the gate's own trouble comes before the holder's, whatever is shown", () => {
  const troubles: [Partial<Gate>, string | null][] = [
    [{}, null],
    [{ isReady: false, isClockLost: true }, "not_ready"],
    [{ keysAt: null }, "not_ready"],
    [{ now: now + KEYS_HOLD }, null],
    [{ now: now + KEYS_HOLD + 1, isClockLost: true }, "too_old"],
    [{ isClockLost: true }, "clock"],
  ];
  for (const [change, trouble] of troubles) {
    const gate = { ...GATE, ...change };
    expect([change, troubleOf(gate)]).toEqual([change, trouble]);
    expect(verdictOf(gate, null, "forged")).toBe(trouble ?? "not_a_pass");
  }
});

test("a list of keys warns after a day and holds for a fortnight", () => {
  const told = [24, 25, 13 * 24, 14 * 24, 15 * 24].map((hours) => {
    const gate = { ...GATE, now: now + hours * 3600 };
    return [areKeysOld(gate), troubleOf(gate)];
  });
  expect(told).toEqual([[false, null], [true, null], [true, null], [true, null], [true, "too_old"]]);
});

test("this machine verifies", async () => expect(await canVerify()).toBe(true));
