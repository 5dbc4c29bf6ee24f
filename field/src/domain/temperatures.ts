/**
 * Temperatures in tenths of a degree, so that no fraction is rounded, and which reading counts. Pure. The other side of
 * `health/daily.py` and `venues/rules.py`: tests/shared/temperatures.json holds them to the same.
 */

export interface Limits {
  lowest: string;
  highest: string;
  normal_up_to: string;
  failed_below: string;
  recheck_minutes: number;
  /** So long a fever asks for the better method; a setup of before does not say, and then it always does. */
  stands_minutes?: number;
}

export const METHODS = ["forehead", "ear", "armpit"] as const;
export type Method = (typeof METHODS)[number];

/** `at` in milliseconds; `method` null where nobody said: then it was at the forehead. */
export interface Reading {
  tenths: number;
  method: Method | null;
  at: number;
}

export type Read = { tenths: number } | { fault: "form" | "range" };
export type Says = "normal" | "fever" | "failed";

const FORM = /^\d{2}\.\d$/;

export const tenthsOf = (text: string): number => Math.round(Number(text) * 10);
export const written = (tenths: number): string => (tenths / 10).toFixed(1);

/** `36.5`; 36, 3.65 and 366 are refused, never guessed. */
export function readTemperature(text: string, limits: Limits): Read {
  if (!FORM.test(text)) return { fault: "form" };
  const tenths = tenthsOf(text);
  const isIn = tenths >= tenthsOf(limits.lowest) && tenths <= tenthsOf(limits.highest);
  return isIn ? { tenths } : { fault: "range" };
}

/** Below its limit a measurement has failed, and says nothing of the person. */
export function says(tenths: number, limits: Limits): Says {
  if (tenths < tenthsOf(limits.failed_below)) return "failed";
  return tenths > tenthsOf(limits.normal_up_to) ? "fever" : "normal";
}

/** Whether a reading ends a fever: a normal one, late enough, by another method, the forehead's being the weakest; or days later. */
export function takesBack(later: Reading, earlier: Reading, limits: Limits): boolean {
  const isBetter = later.method !== null && later.method !== "forehead" && later.method !== earlier.method;
  const isLate = later.at >= earlier.at + (limits.stands_minutes ?? Infinity) * 60_000;
  return (isBetter || isLate) && says(later.tenths, limits) === "normal" && later.at >= earlier.at + limits.recheck_minutes * 60_000;
}

/** The fevers that no later reading takes back. */
export const standing = (readings: readonly Reading[], limits: Limits): Reading[] =>
  readings.filter((one) => says(one.tenths, limits) === "fever" && !readings.some((later) => takesBack(later, one, limits)));
