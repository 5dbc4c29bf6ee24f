/** What is stated at the gate, in its forms. Pure. */

import type { GreenChannel, Passing, Person, Visit } from "./setup";
import { type Limits, type Method, type Reading, says, written } from "./temperatures";

/** Temperatures as texts of one decimal; `failed`: a reading before `temperature` that said nothing of the person;
 * `second_after` in seconds; `isolated` null: nobody had to be. */
export interface Measured {
  failed: string | null;
  failed_method: Method | null;
  temperature: string | null;
  method: Method | null;
  second: string | null;
  second_method: Method | null;
  second_after: number | null;
  isolated: boolean | null;
}

const LONGEST_WAIT = 86_400;

export const NOT_MEASURED: Measured = {
  ...{ failed: null, failed_method: null, temperature: null, method: null },
  ...{ second: null, second_method: null, second_after: null, isolated: null },
};

/** What was measured of somebody, in order of time: a first reading that failed stands beside the one that counts. */
export function measured(readings: readonly Reading[], limits: Limits, isolated: boolean | null = null): Measured {
  const from = Math.max(0, readings.findIndex(({ tenths }) => says(tenths, limits) !== "failed"));
  const [failed, first, second] = [from > 0 ? readings[0] : undefined, readings[from], readings[from + 1]];
  return {
    ...{ failed: text(failed), failed_method: failed?.method ?? null, temperature: text(first), method: first?.method ?? null },
    ...{ second: text(second), second_method: second?.method ?? null, isolated },
    second_after: first && second ? waited(first.at, second.at) : null,
  };
}

/** Seconds; not known where the clock was put right between the readings: the server refuses an entry that says so. */
function waited(from: number, to: number): number | null {
  const seconds = Math.round((to - from) / 1000);
  return seconds >= 0 && seconds <= LONGEST_WAIT ? seconds : null;
}

const text = (reading: Reading | undefined): string | null => (reading ? written(reading.tenths) : null);

export function quick(checkpoint: string | null, measured: Measured = NOT_MEASURED): Visit {
  return { kind: "quick", checkpoint_id: checkpoint, ...measured, person: null, way: "typed", green_channel: null, verdict: null };
}

export const turnedAway = (checkpoint: string | null, verdict: string | null): Visit => ({ ...quick(checkpoint), kind: "turned_away", verdict });

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
