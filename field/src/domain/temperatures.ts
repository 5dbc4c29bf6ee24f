/** Temperatures in tenths of a degree, so that no fraction is rounded. Pure. */

export interface Limits {
  lowest: string;
  highest: string;
  normal_up_to: string;
}

export type Read = { tenths: number } | { fault: "form" | "range" };

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

export const isNormal = (tenths: number, limits: Limits): boolean => tenths <= tenthsOf(limits.normal_up_to);
