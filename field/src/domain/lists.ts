/**
 * The list of a site's people, as the server sealed it: only the PIN of somebody who works here opens it, and what it says
 * is held in memory alone. The other side of `desks/sealing.py`; tests/shared/listed.json holds both to the same.
 */

import { type Bytes, fromBase64Url, fromHex, joined, toBase64Url, utf8 } from "./bytes";
import { dayOf } from "./days";
import { oneDocument } from "./documents";
import { asOf, failing, ordered, type Obstacle, type Standing } from "./entering";
import type { Member, SealedList } from "./setup";
import { type Limits, type Reading, standing } from "./temperatures";

export interface Listed extends Standing {
  id: string;
  person: string;
  number: string;
  name: string;
  tail: string;
  employer: string;
  roll: string;
  inside: boolean;
  /** The day of an abnormal report that nobody has decided about, and whether it said fever; lists of before do not say. */
  undecided_on?: string | null;
  undecided_fever?: boolean;
}

/**
 * `at`: as of when it says what it says; `holds_to`: the day from which other rules hold; `holds_hours`: how old it may
 * grow, after which it lets nobody in. A list that does not say so lets nobody in at all.
 */
export interface List {
  at: string;
  holds_to: string | null;
  holds_hours?: number;
  salt: string;
  people: Listed[];
}

const HOUR = 3_600_000;

const CONTEXT = "outpost.desks.people.1";
const NONCE = 12;
const DIGEST = 16;

/** The key by which a PIN opens lists. */
export async function listKey(member: Pick<Member, "salt" | "rounds">, pin: string): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"]);
  const salt = joined(fromBase64Url(member.salt), utf8(CONTEXT));
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: member.rounds };
  return crypto.subtle.deriveKey(way, source, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
}

/** Null where this member's PIN opens no part of it: it was set, or changed, after this list was made. */
export async function openList(list: SealedList, key: CryptoKey, device: string, member: string): Promise<List | null> {
  const wrapped = list.keys[member];
  if (wrapped === undefined) return null;
  const place = joined(utf8(CONTEXT), idBytes(device));
  try {
    const own = await unboxed(key, wrapped, joined(place, idBytes(member)));
    const opener = await crypto.subtle.importKey("raw", own, "AES-GCM", false, ["decrypt"]);
    return JSON.parse(new TextDecoder().decode(await unboxed(opener, list.sealed, place))) as List;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

async function unboxed(key: CryptoKey, text: string, bound: Bytes): Promise<Bytes> {
  const bytes = fromBase64Url(text);
  const box = { name: "AES-GCM", iv: bytes.slice(0, NONCE), additionalData: bound };
  return new Uint8Array(await crypto.subtle.decrypt(box, key, bytes.slice(NONCE)));
}

const idBytes = (id: string): Bytes => fromHex(id.replace(/-/g, ""));

/** By what a list knows a number: the number itself stands nowhere in it. */
export async function digestOf(salt: string, type: string, text: string): Promise<string> {
  const document = oneDocument(type, text);
  const key = await crypto.subtle.importKey("raw", fromBase64Url(salt), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const digest = await crypto.subtle.sign("HMAC", key, utf8(`${document.type}:${document.number}`));
  return toBase64Url(new Uint8Array(digest).slice(0, DIGEST));
}

export async function byNumber(list: List, type: string, text: string): Promise<Listed | null> {
  const digest = await digestOf(list.salt, type, text);
  return list.people.find(({ number }) => number === digest) ?? null;
}

export const byPerson = (list: List, person: string): Listed | null => list.people.find((one) => one.person === person) ?? null;

/** Whether nobody is let in by it any more, at an instant in milliseconds. */
export const isTooOld = ({ at, holds_hours = 0 }: List, now: number): boolean => !(now - Date.parse(at) <= holds_hours * HOUR);

/** Every condition that fails at an instant (milliseconds), the list's own age among them; none: may enter. */
export function obstacles(list: List, person: Listed, now: number): Obstacle[] {
  const today = dayOf(now);
  const own: Obstacle[] = [];
  if (isTooOld(list, now)) own.push(["list_too_old", { hours: `${list.holds_hours ?? 0}` }]);
  if (list.holds_to !== null && today >= list.holds_to) own.push(["list_ended", { on: list.holds_to }]);
  return [...failing(asOf(person, now), today), ...own];
}

/** What is to be known of who may enter: a report that waits for a decision shuts nobody out. */
export function undecided({ undecided_on: on = null, undecided_fever }: Listed, now: number): Obstacle | null {
  if (on === null) return null;
  return on === dayOf(now) ? [undecided_fever ? "undecided_fever" : "undecided_ill", {}] : ["undecided", { on }];
}

/** Who was inside as of the list, and passed here since: `passed` by id, with instants in milliseconds. */
export type Passed = ReadonlyMap<string, { isIn: boolean; at: number }>;

export function isInside(list: List, person: Listed, passed: Passed): boolean {
  const here = passed.get(person.id);
  return here !== undefined && here.at > Date.parse(list.at) ? here.isIn : person.inside;
}

/** The readings of who is unwell, by id. */
export type Unwell = ReadonlyMap<string, readonly Reading[]>;

/** The same after one more reading: a fever stands until one takes it back. */
export function withReading(unwell: Unwell, id: string, reading: Reading, limits: Limits): Unwell {
  const next = new Map(unwell);
  const left = standing([...(next.get(id) ?? []), reading], limits);
  if (left.length) next.set(id, left);
  else next.delete(id);
  return next;
}

/** Why somebody must not be inside, whatever days have passed: an order, or a positive test. */
export const whyLeave = (person: Listed, now: number): Obstacle[] => [...ordered(asOf(person, now))];

/** Who is inside and must not be, whatever days have passed: an order, or a positive test. */
export const toLeave = (list: List, passed: Passed, now: number): Listed[] =>
  list.people.filter((one) => isInside(list, one, passed) && whyLeave(one, now).length > 0);
