/** Days and times where the authority stands. */

import { dayOf, ZONE } from "../domain/days";

const AHEAD = 8 * 3_600_000; // its clock before UTC, all the year

/** YYYYMMDD of a moment in milliseconds. */
export const localDay = (at: number): string => dayOf(at).replace(/-/g, "");

const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const SHORT = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, dateStyle: "short", timeStyle: "short", hour12: false });

export const clockTime = (at: number): string => CLOCK.format(at);
export const dayAndTime = (at: number): string => SHORT.format(at);

/** As an input of kind datetime-local holds it, and back. */
export const asField = (at: number): string => new Date(at + AHEAD).toISOString().slice(0, 16);
export const fromField = (text: string): number => Date.parse(`${text}:00+08:00`);
