/** What the gate says of a pass: the first that applies, the gate's own trouble before the holder's. Pure. */

import type { Colour, Pass } from "./passes";

export type Trouble = "not_ready" | "too_old" | "clock";
export type Verdict = Trouble | "not_a_pass" | "unknown_key" | "forged" | "future" | "picture" | "look" | "ended" | Colour;

/** The gate as it stands. Instants in seconds since 1970; `keysAt`: when the keys were last fetched, null for never. */
export interface Gate {
  isReady: boolean;
  keysAt: number | null;
  isClockLost: boolean;
  now: number;
}

/** What was found of the signature of a pass. */
export type Genuineness = "genuine" | "forged" | "unknown_key";

export const KEYS_HOLD = 14 * 86_400;
export const KEYS_FRESH = 86_400;
const LIVE = 60;
const AHEAD = 60;

export function troubleOf(gate: Gate): Trouble | null {
  if (!gate.isReady || gate.keysAt === null) return "not_ready";
  if (gate.now - gate.keysAt > KEYS_HOLD) return "too_old";
  return gate.isClockLost ? "clock" : null;
}

/** Whether the keys should be renewed soon: they still hold for a while. */
export const areKeysOld = ({ keysAt, now }: Gate): boolean => keysAt !== null && now - keysAt > KEYS_FRESH;

export function verdictOf(gate: Gate, pass: Pass | null, genuineness: Genuineness): Verdict {
  const trouble = troubleOf(gate);
  if (trouble !== null) return trouble;
  if (pass === null) return "not_a_pass";
  if (genuineness !== "genuine") return genuineness;
  return verdictOfGenuine(pass, gate.now);
}

function verdictOfGenuine(pass: Pass, now: number): Verdict {
  if (pass.issuedAt > now + AHEAD) return "future";
  if (pass.isLive && now - pass.issuedAt > LIVE) return "picture";
  if (!pass.isLive || pass.colour === null) return "look";
  return pass.until !== null && now >= pass.until ? "ended" : pass.colour;
}
