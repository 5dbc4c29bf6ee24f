/**
 * What time it is, though the clock of the device may be wrong. Pure; all in milliseconds.
 *
 * After an answer of the server: its time and what has passed since. After a start without network: the device's clock,
 * corrected as last measured. Never behind the last server time and the newest pass that was seen.
 */

/** What is kept over a restart. `skew`: device clock minus server clock, null before the first answer. */
export interface Kept {
  serverAt: number;
  skew: number | null;
  newestIssued: number;
}

/** The last answer since the app was started; `tick` is the monotonic clock at that moment. */
export interface Answered {
  serverAt: number;
  tick: number;
}

export interface Reading {
  now: number;
  isLost: boolean;
}

export const NEVER: Kept = { serverAt: 0, skew: null, newestIssued: 0 };
export const SKEW_WARNING = 120_000;

export function read(kept: Kept, answered: Answered | null, device: number, tick: number): Reading {
  const told = answered ? answered.serverAt + tick - answered.tick : device - (kept.skew ?? 0);
  const floor = Math.max(kept.serverAt, kept.newestIssued);
  return { now: Math.max(told, floor), isLost: answered === null && told + SKEW_WARNING < kept.serverAt };
}

/** What an answer tells: the server's time is taken for the middle of the call. */
export function answeredAt(serverAt: number, device: number, began: number, ended: number): Answered & { skew: number } {
  const half = (ended - began) / 2;
  return { serverAt: serverAt + half, tick: ended, skew: Math.round(device - half - serverAt) };
}
