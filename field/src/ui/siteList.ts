/** Who stands at the gate of a site, found in its list, and what the gate says of them. */

import { byNumber, byPerson, isInside, type Listed, obstacles, undecided, withReading } from "../domain/lists";
import type { Obstacle } from "../domain/entering";
import { label } from "../domain/masked";
import type { Passing } from "../domain/setup";
import { type Measured, measured, passing } from "../domain/statements";
import { type Reading, says } from "../domain/temperatures";
import type { Verdict } from "../domain/verdicts";
import { clock, put } from "./acts";
import { signal } from "./signals";
import { state } from "./state";
import { looked } from "./verifying";
import { language, say, type Word } from "./words";

/** `person` null: not in the list, or a code that names nobody (`verdict` says why). */
export interface Sighted {
  person: Listed | null;
  why: Obstacle[];
  hint: Obstacle | null;
  isInside: boolean;
  pass: string | null;
  verdict: Verdict | null;
}

/** The pass is genuine and shown now, or a card that goes with its document. */
const NAMED: Verdict[] = ["look", "ended", "red", "yellow", "green"];
const SAID = { enter: "site_entered", leave: "site_left", reading: "site_read" } as const;

export async function byCode(text: string): Promise<Sighted | null> {
  const { pass, verdict, sight } = await looked(text);
  if (sight.kind === "repeat" || sight.kind === "held") return null;
  if (!pass || !NAMED.includes(verdict)) return told({ person: null, why: [], hint: null, isInside: false, pass: null, verdict });
  return found(state.list && byPerson(state.list, pass.person), text, verdict);
}

export async function byTyped(type: string, text: string): Promise<Sighted> {
  return found(state.list && (await byNumber(state.list, type, text)), null, null);
}

function found(person: Listed | null, pass: string | null, verdict: Verdict | null): Sighted {
  const list = state.list;
  if (!list || !person) return told({ person: null, why: [], hint: null, isInside: false, pass, verdict });
  const why = obstacles(list, person, clock().now);
  if (verdict === "red") why.push(["red", {}]);
  if (state.unwell.has(person.id)) why.push(["unwell", {}]);
  return told({ person, why, hint: undecided(person, clock().now), isInside: isInside(list, person, state.passed), pass, verdict });
}

function told(seen: Sighted): Sighted {
  signal(!seen.person || seen.why.length ? "bad" : seen.isInside || seen.hint ? "look" : "good");
  return seen;
}

/** Stores what was done; the person is then where they went. False when it could not be stored. */
export async function pass(kind: Passing["kind"], seen: Sighted, taken: Measured): Promise<boolean> {
  const { person, why } = seen;
  if (!person || !state.list) return true;
  const candidate = { id: person.id, pass: seen.pass, listedAt: state.list.at, mayEnter: why.length === 0 };
  const who = label(person.name, person.tail);
  const isStored = await put(passing(kind, candidate, taken), say(SAID[kind], { who }), Date.now(), kind !== "reading");
  if (isStored && kind !== "reading") state.passed = new Map(state.passed).set(person.id, { isIn: kind === "enter", at: clock().now });
  return isStored;
}

/** A reading that leaves somebody unwell, or failed, is stored at once; a normal one goes with the entering. */
export async function measure(seen: Sighted, reading: Reading): Promise<void> {
  if (!seen.person) return;
  const limits = state.setup!.temperature;
  state.unwell = withReading(state.unwell, seen.person.id, reading, limits);
  const isUnwell = state.unwell.has(seen.person.id);
  if (!isUnwell) seen.why = seen.why.filter(([code]) => code !== "unwell");
  if (isUnwell || says(reading.tenths, limits) === "failed") await pass("reading", seen, measured([reading], limits));
  if (isUnwell) signal("bad");
}

/** A condition in full words. */
export function inWords([code, numbers]: Obstacle): string {
  const word = `site_why_${code.replace("sites.", "")}` as Word;
  const disposition = state.setup?.words?.dispositions[numbers.disposition ?? ""]?.[language.value] ?? "";
  return say(word, { ...numbers, disposition });
}
