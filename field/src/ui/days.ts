/** Days and times where the authority stands. */

const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" });

/** YYYYMMDD of a moment in milliseconds. */
export const localDay = (at: number): string => DAY.format(at).replace(/\D/g, "");

const ZONE = 8 * 3_600_000;

/** As an input of kind datetime-local holds it, and back. */
export const asField = (at: number): string => new Date(at + ZONE).toISOString().slice(0, 16);
export const fromField = (text: string): number => Date.parse(`${text}:00+08:00`);
