/** When the gate sends: when it is opened, comes online, is looked at, has a new entry, and every quarter of a minute. */

import type { Drained } from "./drain";
import { pause } from "./pace";

const EVERY = 15_000;

export interface Rounds {
  /** Sends now, unless the server or a failure asked to wait. */
  soon: () => void;
  /** Sends now although a pause is on: somebody asked for it, or the network is back. */
  now: () => void;
}

function unstored(error: unknown): Drained {
  if (error instanceof DOMException) return { kind: "later", after: null };
  throw error;
}

/** `round` sends once. A failure makes the next ones wait; so does a device that can store nothing, not even an answer. Where
 * something was settled, it is the first failure again: a line that loses every third answer must not slow down what waits. */
export function startRounds(round: () => Promise<Drained>): Rounds {
  let [isRunning, isAsked, failures, notBefore, timer] = [false, false, 0, 0, 0];

  async function run(): Promise<void> {
    isRunning = true;
    do {
      isAsked = false;
      const drained = await round().catch(unstored);
      failures = drained.kind === "later" ? (drained.hasMoved ? 1 : failures + 1) : 0;
      notBefore = drained.kind === "later" ? paused(drained.after) : 0;
    } while (isAsked && notBefore === 0);
    isRunning = false;
  }

  /** Goes on by itself when the pause is over. */
  function paused(after: number | null): number {
    const wait = pause(failures, after, Math.random());
    clearTimeout(timer);
    timer = Number(setTimeout(now, wait));
    return performance.now() + wait;
  }

  function soon(): void {
    isAsked = true;
    if (!isRunning && performance.now() >= notBefore) void run();
  }

  function now(): void {
    notBefore = 0;
    soon();
  }

  setInterval(soon, EVERY);
  window.addEventListener("online", now);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  soon();
  return { soon, now };
}
