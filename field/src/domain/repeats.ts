/** The same code held before the camera is one pass; the same person later has come in before. Pure. */

/** What was last said of each person and when, and when they came in, in milliseconds. Kept in memory alone. */
export type Seen = ReadonlyMap<string, { verdict: string; lastAt: number; inAt: number | null }>;

/** `held`: read again before anything was decided; `repeat`: let in just now; `again`: let in before. */
export type Sight = { kind: "new" } | { kind: "held" } | { kind: "repeat" } | { kind: "again"; since: number };

const QUIET = 10_000;

export function sight(seen: Seen, key: string, verdict: string, now: number): Sight {
  const before = seen.get(key);
  if (before === undefined) return { kind: "new" };
  if (now - before.lastAt < QUIET && verdict === before.verdict) return { kind: before.inAt === null ? "held" : "repeat" };
  return before.inAt === null ? { kind: "new" } : { kind: "again", since: before.inAt };
}

export function withSight(seen: Seen, key: string, verdict: string, now: number): Seen {
  return new Map(seen).set(key, { verdict, inAt: seen.get(key)?.inAt ?? null, lastAt: now });
}

export function withEntry(seen: Seen, key: string, verdict: string, now: number): Seen {
  return new Map(seen).set(key, { verdict, inAt: seen.get(key)?.inAt ?? now, lastAt: now });
}
