/** PINs of members: whether one fits, and how long one must wait after wrong ones. */

import { fromBase64Url, toBase64Url, utf8 } from "./bytes";
import type { Member } from "./setup";

const FREE_TRIES = 5;
const LONGEST_WAIT = 3_600_000;
export const AUTO_LOCK = 600_000;

export async function fits(member: Member, pin: string): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
  const salt = fromBase64Url(member.salt);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: member.rounds };
  return toBase64Url(new Uint8Array(await crypto.subtle.deriveBits(way, key, 256))) === member.verifier;
}

/** How many more may be wrong before one must wait. */
export const triesLeft = (wrong: number): number => Math.max(0, FREE_TRIES - wrong);

/** Milliseconds to wait after so many wrong tries in a row: none up to four, 30 s after five, then twice as long each. */
export function waitAfter(wrong: number): number {
  return wrong < FREE_TRIES ? 0 : Math.min(30_000 * 2 ** (wrong - FREE_TRIES), LONGEST_WAIT);
}
