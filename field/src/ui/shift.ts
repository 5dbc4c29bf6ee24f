/** Who is at the gate: a member by PIN, until they lock it or nobody has touched it for ten minutes. */

import { AUTO_LOCK, fits, triesLeft, waitAfter } from "../domain/pins";
import type { Member } from "../domain/setup";
import { fact, keep } from "../store/device";
import { lock, openFor, stores } from "./acts";
import { state } from "./state";

let touchedAt = performance.now();

/** Milliseconds that a member must still wait after wrong tries. */
export async function waiting(member: Member): Promise<number> {
  const tries = (await fact(stores().device, "tries"))?.[member.id];
  return Math.max(0, (tries?.until ?? 0) - Date.now());
}

/** How many wrong tries a member has left before they must wait. */
export async function left(member: Member): Promise<number> {
  return triesLeft((await fact(stores().device, "tries"))?.[member.id]?.wrong ?? 0);
}

/** Whether the PIN was right; wrong ones are counted over restarts. */
export async function enter(member: Member, pin: string): Promise<boolean> {
  const { device } = stores();
  const all = (await fact(device, "tries")) ?? {};
  const wrong = (all[member.id]?.wrong ?? 0) + 1;
  await keep(device, "tries", { ...all, [member.id]: { wrong, until: Date.now() + waitAfter(wrong) } }); // counted before it is tried
  if (!(await fits(member, pin))) return false;
  await keep(device, "tries", { ...all, [member.id]: { wrong: 0, until: 0 } });
  await openFor(member, pin);
  state.member = member;
  state.wasUnfinished = false;
  state.checkpoint ??= state.setup?.checkpoints[0]?.id ?? null;
  state.stage = "gate";
  return true;
}

export function watchTouches(): void {
  const touched = (): void => void (touchedAt = performance.now());
  for (const event of ["pointerdown", "keydown"]) window.addEventListener(event, touched, { passive: true });
  setInterval(() => isIdle(AUTO_LOCK) && lock(), 10_000);
}

export const isIdle = (milliseconds: number): boolean => performance.now() - touchedAt > milliseconds;
