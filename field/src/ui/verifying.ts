/** From the text of a code to what the gate shows of it. */

import { label } from "../domain/masked";
import { type Pass, passOf } from "../domain/passes";
import { type Seen, type Sight, sight, withEntry, withSight } from "../domain/repeats";
import { genuinenessOf } from "../domain/signatures";
import { type Verdict, verdictOf } from "../domain/verdicts";
import { gateNow, sawIssued } from "./acts";
import { type Signal, signal } from "./signals";
import { state } from "./state";

export interface Found {
  text: string;
  pass: Pass | null;
  verdict: Verdict;
  sight: Sight;
  label: string;
}

const SIGNALS: Partial<Record<Verdict, Signal>> = { green: "good", yellow: "look", look: "look" };
const QUIET: Sight["kind"][] = ["held", "repeat"];
/** Verdicts that tell who it is: the signature held. */
const KNOWN: Verdict[] = ["future", "picture", "look", "ended", "red", "yellow", "green"];
const AHEAD = 60;

let seen: Seen = new Map();

export async function judged(text: string): Promise<Found> {
  const found = await looked(text);
  if (!QUIET.includes(found.sight.kind)) signal(SIGNALS[found.verdict] ?? "bad");
  return found;
}

/** The same without a sound: whoever asks says themselves what it means. */
export async function looked(text: string): Promise<Found> {
  const pass = passOf(text);
  const genuineness = pass ? await genuinenessOf(pass, state.setup?.pass_keys ?? []) : "forged";
  // One from the future would carry the clock along with it.
  if (pass && genuineness === "genuine" && pass.issuedAt <= gateNow().now + AHEAD) await sawIssued(pass.issuedAt);
  const gate = gateNow();
  const verdict = verdictOf(gate, pass, genuineness);
  const found = { text, pass, verdict, sight: sight(seen, keyOf(text, pass), verdict, gate.now * 1000) };
  seen = withSight(seen, keyOf(text, pass), verdict, gate.now * 1000);
  return { ...found, label: pass && KNOWN.includes(verdict) ? label(pass.name, pass.tail) : "" };
}

/** The person was let in: whoever shows the same pass later is told since when. */
export function wasLetIn(found: Found): void {
  seen = withEntry(seen, keyOf(found.text, found.pass), found.verdict, gateNow().now * 1000);
}

const keyOf = (text: string, pass: Pass | null): string => pass?.person ?? text;
