/** What is stated at the gate, in its forms. Pure. */

import type { GreenChannel, Passing, Person, Visit } from "./setup";
import { type Method, type Reading, written } from "./temperatures";

/** Temperatures as texts of one decimal; `second_after` in seconds; `isolated` null: nobody had to be. */
export interface Measured {
  temperature: string | null;
  method: Method | null;
  second: string | null;
  second_method: Method | null;
  second_after: number | null;
  isolated: boolean | null;
}

export const NOT_MEASURED: Measured = { temperature: null, method: null, second: null, second_method: null, second_after: null, isolated: null };

/** What was measured, once or twice. */
export function measured(first: Reading, second: Reading | null = null, isolated: boolean | null = null): Measured {
  const once = { ...NOT_MEASURED, temperature: written(first.tenths), method: first.method, isolated };
  if (!second) return once;
  return { ...once, second: written(second.tenths), second_method: second.method, second_after: Math.round((second.at - first.at) / 1000) };
}

export function quick(checkpoint: string | null, measured: Measured = NOT_MEASURED): Visit {
  return { kind: "quick", checkpoint_id: checkpoint, ...measured, person: null, way: "typed", green_channel: null, verdict: null };
}

/** `verdict`: what the gate showed, whatever the member then decided. */
export function scanned(checkpoint: string | null, text: string, verdict: string, measured: Measured = NOT_MEASURED): Visit {
  return { ...quick(checkpoint, measured), kind: "visit", person: { pass: text }, way: "scan", verdict };
}

export interface Form {
  person: Person;
  channel: GreenChannel | null;
  isPaper: boolean;
  verdict: string | null;
}

export function registered(checkpoint: string | null, form: Form, measured: Measured): Visit {
  const { person, channel, isPaper, verdict } = form;
  const way = isPaper ? "paper" : "typed";
  return { ...quick(checkpoint, measured), kind: "visit", person, way, green_channel: channel, verdict };
}

/** Somebody of a list, as they stand at the gate. */
export interface Candidate {
  id: string;
  pass: string | null;
  listedAt: string;
  mayEnter: boolean;
}

export function passing(kind: Passing["kind"], { id, pass, listedAt, mayEnter }: Candidate, taken: Measured): Passing {
  const [way, verdict] = [pass === null ? "typed" : "scan", mayEnter ? "may" : "may_not"] as const;
  return { kind, registration_id: id, temperature: taken.temperature, method: taken.method, pass, way, listed_at: listedAt, verdict };
}
