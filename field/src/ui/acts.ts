/** What can be done at the gate: open, pair, record, send. The screens call these and read `state`. */

import { type Answered, answeredAt, type Kept, NEVER, read, type Reading } from "../domain/clock";
import { dayOf } from "../domain/days";
import { listKey, openList } from "../domain/lists";
import type { Member, Setup, Statement } from "../domain/setup";
import { canVerify, ownKey } from "../domain/signatures";
import type { Gate } from "../domain/verdicts";
import { clockOf, type Device, fact, forgetPlace, keep, openDevice } from "../store/device";
import * as outbox from "../store/outbox";
import { stored } from "../store/full";
import { record } from "../store/recording";
import { type Caller, enrol, fetchSetup, type Outcome, type Taken } from "../sync/calls";
import { drain, type Drained } from "../sync/drain";
import { type Rounds, startRounds } from "../sync/rounds";
import { signal } from "./signals";
import { state } from "./state";

const SLOW = 2_000;
const SETUP_EVERY = 600_000;
const REVOKED = "desks.revoked";
const OPEN_LOCK = "outpost-gate";

let device: Device;
let box: outbox.Outbox;
let caller: Caller | null = null;
let answered: Answered | null = null;
let kept: Kept = NEVER; // until the store is open
let rounds: Rounds;
let setupAt = -Infinity;
let opener: CryptoKey | null = null; // of lists, while somebody is at the gate

export const stores = (): { device: Device; box: outbox.Outbox; caller: Caller | null } => ({ device, box, caller });

export async function open(): Promise<void> {
  const timer = setTimeout(() => (state.isSlow = true), SLOW);
  device = await openDevice(() => (state.isOutdated = true));
  box = await outbox.openOutbox();
  clearTimeout(timer);
  kept = await clockOf(device);
  await takeDevice();
  rounds = startRounds(round);
  void claimTab();
  void askToKeep();
  state.canVerify = await canVerify();
}

/** Who this device is, from what it keeps. */
async function takeDevice(): Promise<void> {
  const known = await fact(device, "device");
  caller = known ? { device: known.id, keys: known.keys } : null;
  state.setup = (await fact(device, "setup")) ?? null;
  state.checkpoint = (await fact(device, "checkpoint")) ?? null;
  state.ending = (await fact(device, "ending")) ?? null;
  state.stage = state.ending ? "ended" : state.setup ? "members" : "pairing";
  state.skew = kept.skew;
  await look();
}

async function claimTab(): Promise<void> {
  await navigator.locks?.request(OPEN_LOCK, { ifAvailable: true }, (held) => {
    state.hasOtherTab = held === null;
    return held ? new Promise(() => undefined) : undefined; // held while this page lives
  });
}

async function askToKeep(): Promise<void> {
  state.isPersisted = (await navigator.storage?.persist?.()) ?? false;
}

/** Shows what the outbox holds. */
export async function look(): Promise<void> {
  state.standing = await outbox.standing(box);
  state.traces = await outbox.traces(box);
  // Where there are none the browser would search among all that were confirmed and deleted: thousands, at every touch.
  state.troubled = state.standing.troubled ? await outbox.troubled(box) : [];
  const today = dayOf(clock().now);
  state.tally = { enter: await outbox.tally(box, today, "enter"), leave: await outbox.tally(box, today, "leave") };
}

/** Opens the list of the place for who has just proved their PIN, and each newer one, until they are gone. */
export async function openFor(member: Member, pin: string): Promise<void> {
  opener = state.setup?.people ? await listKey(member, pin) : null;
  await readList(member);
}

export function closeList(): void {
  [opener, state.list] = [null, null];
}

async function readList(member: Member | null): Promise<void> {
  const sealed = state.setup?.people;
  if (!opener || !sealed || !member || !caller) return;
  state.list = await openList(sealed, opener, caller.device, member.id);
}

/** Null when it worked; else what to tell: the server's message, or "" when it could not be reached. */
export async function pair(code: string, name: string): Promise<string | null> {
  const keys = await ownKey();
  const outcome = await enrol(code, name, keys);
  if (outcome.kind === "later") return "";
  if (outcome.kind === "no") return outcome.message;
  await outbox.empty(box);
  await keep(device, "device", { id: outcome.body.device.id, keys });
  await device.delete("facts", "ending");
  await takeSetup(outcome);
  await takeDevice();
  return null;
}

async function takeSetup(told: Extract<Outcome<Setup>, { kind: "answer" }>): Promise<void> {
  await hear(told.body.server_time, told);
  if (await outbox.wasEmptied(box, told.body.last_seq)) state.wasEmptied = told.body.last_seq > 0;
  const setup = withKeys(told.body, await fact(device, "setup"));
  await keep(device, "setup", setup);
  state.setup = setup;
  const here = state.member?.id;
  if (here && !setup.members.some(({ id }) => id === here)) lock();
  await readList(state.member);
  setupAt = performance.now();
}

/** Nobody is at the gate any more: somebody locked it, or who was there works at this place no longer. */
export function lock(): void {
  state.member = null;
  [state.wasUnfinished, state.isUnfinished] = [state.isUnfinished, false];
  closeList();
  if (state.stage === "gate") state.stage = "members";
}

/** A list without a key would shut every gate that hears it: the last good one stays, and its age with it. */
function withKeys(next: Setup, last: Setup | undefined): Setup {
  if (next.pass_keys.length || !last?.pass_keys.length) return next;
  return { ...next, pass_keys: last.pass_keys, server_time: last.server_time };
}

/** Every answer sets the clock. */
async function hear(serverTime: string, told: { device: number; began: number; ended: number }): Promise<void> {
  const { skew, ...rest } = answeredAt(Date.parse(serverTime), told.device, told.began, told.ended);
  answered = rest;
  kept = { ...kept, serverAt: rest.serverAt, skew };
  state.skew = skew;
  state.link = "reached";
  await stored(keep(device, "clock", kept)); // on a full device the answers that follow make room
}

export const clock = (): Reading => read(kept, answered, Date.now(), performance.now());

/** The newest pass that was seen moves the clock's floor. */
export async function sawIssued(seconds: number): Promise<void> {
  if (seconds * 1000 <= kept.newestIssued) return;
  kept = { ...kept, newestIssued: seconds * 1000 };
  await stored(keep(device, "clock", kept));
}

export function gateNow(): Gate {
  const { now, isLost } = clock();
  const keysAt = state.setup ? Date.parse(state.setup.server_time) / 1000 : null;
  const isReady = state.canVerify === true && (state.setup?.pass_keys.length ?? 0) > 0;
  return { isReady, keysAt, isClockLost: isLost, now: now / 1000 };
}

/** True when it is stored; the sound comes then, not before. False on a device that is full: whoever asks keeps what was
 * typed. `at`: the device's clock, in milliseconds. */
export async function put(statement: Statement, label: string, at = Date.now(), isCounted = false): Promise<boolean> {
  if (!state.setup || !state.member) throw new Error("nobody is at this gate");
  const sealKey = state.setup.seal_key.public;
  const tally: [string, string] | null = isCounted ? [dayOf(clock().now), statement.kind] : null;
  const entry = { statement, memberId: state.member.id, at, skew: kept.skew, label, sealKey, tally };
  state.isFull = !(await stored(record(box, entry)));
  if (state.isFull) {
    signal("bad");
    rounds.now(); // what is confirmed makes room
    return false;
  }
  signal("stored");
  state.flash = "stored";
  setTimeout(() => (state.flash = null), 1_200);
  await look();
  rounds.soon();
  return true;
}

export const sendNow = (): void => rounds.now();

async function round(): Promise<Drained> {
  if (!caller) return { kind: "done" };
  const wasAway = state.link === "away" || state.link === "busy";
  const drained = await drain(box, caller, heardOf);
  if (wasAway && drained.kind === "done") setupAt = -Infinity; // much may have been decided meanwhile
  const last = drained.kind === "done" && !state.ending ? await refreshSetup() : drained;
  if (last.kind === "later") state.link = last.isBusy ? "busy" : "away"; // whose fault it is, as far as it is known
  if (last.kind === "no") await refused(last);
  await look();
  return last;
}

async function heardOf(told: Extract<Outcome<Taken>, { kind: "answer" }>): Promise<void> {
  await hear(told.body.server_time, told);
  if (told.body.answers.some(({ code }) => code === REVOKED)) setupAt = -Infinity; // its answer ends this device
  await look(); // whoever empties a full store sees it go down
}

async function refreshSetup(): Promise<Drained> {
  if (!caller || performance.now() - setupAt < SETUP_EVERY) return { kind: "done" };
  const outcome = await fetchSetup(caller);
  if (outcome.kind !== "answer") return outcome;
  await takeSetup(outcome);
  return { kind: "done" };
}

/** Asks for the list of members anew; false when the server did not answer. */
export async function refresh(): Promise<boolean> {
  setupAt = -Infinity;
  return (await round()).kind === "done";
}

async function refused({ status, code }: Extract<Drained, { kind: "no" }>): Promise<void> {
  state.link = "refused";
  const ending = ({ [REVOKED]: "revoked", "desks.unknown_device": "unknown_device" } as const)[code];
  if (status !== 401 || !ending || state.ending) return;
  await forgetPlace(device, ending);
  await outbox.forgetTraces(box);
  state.member = null;
  closeList();
  await takeDevice();
}

export async function choose(checkpoint: string): Promise<void> {
  state.checkpoint = checkpoint;
  await keep(device, "checkpoint", checkpoint);
}

export async function resolved(seq: number): Promise<void> {
  await outbox.resolve(box, seq);
  await look();
}
