/** Calendar days where the authority stands, as YYYY-MM-DD: which day an instant lies on, and counting. Pure. */

export const ZONE = "Asia/Shanghai"; // not always eight hours ahead: it had summer time from 1986 to 1991

const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });
const LENGTH = 86_400_000;

/** The day of an instant in milliseconds. */
export const dayOf = (at: number): string => DAY.format(at);

/** How many days lie between two days: calendar arithmetic, no clock's. */
export const daysBetween = (first: string, last: string): number => Math.round((Date.parse(last) - Date.parse(first)) / LENGTH);

export const dayAfter = (day: string, days: number): string => new Date(Date.parse(day) + days * LENGTH).toISOString().slice(0, 10);
