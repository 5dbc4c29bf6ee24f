/** How long to wait before the next try: chance up to a ceiling that doubles, so that gates do not come back together. */

const FIRST = 2_000;
const CEILING = 300_000;

/** Milliseconds after so many failures in a row (1, 2, …); never sooner than the server asked for. */
export function pause(failures: number, after: number | null, chance: number): number {
  const ceiling = Math.min(FIRST * 2 ** (failures - 1), CEILING);
  return (after ?? 0) + chance * ceiling;
}
