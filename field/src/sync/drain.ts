/** Sends what waits, in order, until nothing does. Nothing is lost by an answer: only an entry's own answer settles it. */

import { type Answer, type Entry, type Outbox, settle, waiting } from "../store/outbox";
import { type Caller, entriesCall, type Outcome, sendEntries, type Taken } from "./calls";

export const BATCH = 200;
const LOCK = "outpost-drain";
const WHOLE_CALL = [413, 422];

type Told = Extract<Outcome<Taken>, { kind: "answer" }>;
/** `hasMoved`: something was settled before it stopped. */
export type Drained = { kind: "done" } | { kind: "elsewhere" } | (Exclude<Outcome<Taken>, Told> & { hasMoved?: true });

/** One at a time over all tabs, where the browser has locks; without them the ids keep it harmless. `heard`: of each answer. */
export function drain(outbox: Outbox, caller: Caller, heard: (told: Told) => Promise<void>): Promise<Drained> {
  if (!navigator.locks) return sendAll(outbox, caller, heard);
  const work = (lock: Lock | null): Promise<Drained> =>
    lock ? sendAll(outbox, caller, heard) : Promise.resolve({ kind: "elsewhere" });
  return navigator.locks.request(LOCK, { ifAvailable: true }, work) as Promise<Drained>;
}

async function sendAll(outbox: Outbox, caller: Caller, heard: (told: Told) => Promise<void>): Promise<Drained> {
  let size = BATCH;
  let moved: { hasMoved?: true } = {};
  for (;;) {
    const batch = await waiting(outbox, size);
    if (batch.length === 0) return { kind: "done" };
    const outcome = await sendEntries(await entriesCall(caller, batch));
    if (outcome.kind === "answer") {
      await heard(outcome);
      if ((await settle(outbox, batch, outcome.body.answers)) === 0) return { kind: "later", after: null, ...moved };
      moved = { hasMoved: true };
    } else if (outcome.kind === "no" && WHOLE_CALL.includes(outcome.status)) {
      size = Math.ceil(batch.length / 2);
      if (batch.length === 1) await settle(outbox, batch, [setAside(batch[0]!, outcome)]);
    } else return { ...outcome, ...moved };
  }
}

/** An entry that the server cannot read even alone is for a person to look at. */
function setAside(entry: Entry, outcome: { code: string; message: string }): Answer {
  return { id: entry.id, state: "refused", code: outcome.code, message: outcome.message };
}
