/** What is unsent as a file: the very calls that would have sent it, sealed and signed, for any gate that is online. */

import { type Caller, entriesCall, sendEntries, type SignedCall } from "./calls";
import { BATCH } from "./drain";
import { type Outbox, waiting } from "../store/outbox";

const FORM = "outpost-gate-1";

export interface Delivered {
  kept: number;
  refused: number;
  isWhole: boolean;
}

/** The text of the file. */
export async function exported(outbox: Outbox, caller: Caller): Promise<string> {
  const entries = await waiting(outbox);
  const calls: SignedCall[] = [];
  for (let at = 0; at < entries.length; at += BATCH) calls.push(await entriesCall(caller, entries.slice(at, at + BATCH)));
  return JSON.stringify({ form: FORM, calls });
}

/** Sends what a file holds; null for a file that is none. Sending it twice does nothing more. */
export async function delivered(text: string): Promise<Delivered | null> {
  const calls = callsOf(text);
  if (calls === null) return null;
  const sum = { kept: 0, refused: 0, isWhole: true };
  for (const call of calls) {
    const outcome = await sendEntries(call);
    if (outcome.kind !== "answer") return { ...sum, isWhole: false };
    const good = outcome.body.answers.filter(({ state }) => state === "kept" || state === "repeated").length;
    sum.kept += good;
    sum.refused += outcome.body.answers.length - good;
  }
  return sum;
}

function callsOf(text: string): SignedCall[] | null {
  try {
    const file = JSON.parse(text) as { form?: unknown; calls?: unknown } | null;
    return file?.form === FORM && Array.isArray(file.calls) ? (file.calls as SignedCall[]) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
