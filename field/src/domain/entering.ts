/**
 * May somebody enter a site on a day, and if not, every condition that fails. Pure. The other side of `sites/rules.py`:
 * tests/shared/entering.json holds both to the same. Days are counted as they are ordered: the base day is day 0, then so
 * many full days, and the first day on which the person may enter is the one after.
 */

import { dayAfter, daysBetween } from "./days";

/** A disposition that begins later, and whether a positive test stands then. */
export interface Coming {
  at: string;
  disposition: string;
  is_positive: boolean;
}

export interface Standing {
  declared_on: string | null;
  unverified_since: string | null;
  base_on: string | null;
  left_on: string | null;
  disposition: string | null;
  is_positive: boolean;
  coming: Coming | null;
  isolation_days: number;
  tests: number;
  tests_done: number;
  excepted_to: string | null;
}

/** A problem's code and its numbers. */
export type Obstacle = [string, Record<string, string>];

const AWAY_DAYS = 7;
const NEVER_EXCEPTED = ["sites.ordered", "sites.tested_positive"];

const fullDays = (base: string, today: string): number => Math.max(daysBetween(base, today) - 1, 0);

/** At an instant in milliseconds: what begins until then holds. */
export function asOf<S extends Standing>(person: S, now: number): S {
  const { coming } = person;
  if (!coming || now < Date.parse(coming.at)) return person;
  return { ...person, disposition: coming.disposition, is_positive: coming.is_positive, coming: null };
}

export function failing(person: Standing, today: string): Obstacle[] {
  const isExcepted = person.excepted_to !== null && today <= person.excepted_to;
  const found = [...ordered(person), ...declared(person, today), ...ofPlaces(person, today)];
  return found.filter(([code]) => !isExcepted || NEVER_EXCEPTED.includes(code));
}

/** What no exception helps against. */
export function* ordered({ disposition, is_positive }: Standing): Iterable<Obstacle> {
  if (disposition !== null && disposition !== "admitted") yield ["sites.ordered", { disposition }];
  if (is_positive) yield ["sites.tested_positive", {}];
}

function* declared({ declared_on, unverified_since, left_on }: Standing, today: string): Iterable<Obstacle> {
  if (unverified_since !== null) return yield ["sites.unverified", { since: unverified_since }];
  if (declared_on === null) return yield ["sites.not_declared", {}];
  if (left_on === null) return;
  const away = fullDays(left_on, today);
  if (away > AWAY_DAYS && declared_on <= left_on) yield ["sites.away_too_long", { away: `${away}`, most: `${AWAY_DAYS}` }];
}

function* ofPlaces({ base_on, isolation_days, tests, tests_done }: Standing, today: string): Iterable<Obstacle> {
  if (base_on === null) return;
  const on = isolation_days ? dayAfter(base_on, isolation_days + 1) : base_on;
  if (today < on) yield ["sites.isolation_runs", { days: `${isolation_days}`, done: `${fullDays(base_on, today)}`, on }];
  if (tests_done < tests) yield ["sites.tests_missing", { tests: `${tests}`, done: `${tests_done}` }];
}
