/**
 * What was stated at this device and is not yet confirmed, in a database of its own whose shape never changes: an upgrade of
 * the app cannot lose it. An entry leaves it only by an answer of the server that names its id, or by a person's hand.
 */

import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from "idb";
import { stored } from "./full";

export type EntryState = "waiting" | "refused" | "conflict";

/** `at`: the device's clock, ISO 8601; `skew_ms`: device clock minus server clock, null before it was ever measured. */
export interface Entry {
  seq: number;
  id: string;
  member_id: string;
  at: string;
  skew_ms: number | null;
  sealed: string;
  state: EntryState;
  code: string | null;
  message: string | null;
}

/** What may be shown of an entry afterwards: masked, and of the last ones alone. */
export interface Trace {
  seq: number;
  at: string;
  label: string;
  verdict: string | null;
  state: EntryState | "confirmed";
}

export interface Answer {
  id: string;
  state: "kept" | "repeated" | "conflict" | "refused";
  code: string | null;
  message: string | null;
}

export interface Standing {
  waiting: number;
  confirmed: number;
  troubled: number;
  oldest: string | null;
}

interface Shape extends DBSchema {
  entries: { key: number; value: Entry; indexes: { state: string } };
  traces: { key: number; value: Trace };
  counters: { key: string; value: number };
}

export type Outbox = IDBPDatabase<Shape>;
type Counters = IDBPObjectStore<Shape, (typeof STORES)[number][], "counters", "readwrite">;

export const TRACES = 20;
const STORES = ["entries", "traces", "counters"] as const;
const TALLY = "tally:";
const tallyKey = (day: string, kind: string): string => `${TALLY}${day}:${kind}`;
const SAFE = { durability: "strict" } as const; // the sound says "stored": it has to be on the disk

export async function openOutbox(): Promise<Outbox> {
  const outbox = await openDB<Shape>("outpost-outbox", 1, {
    upgrade(database) {
      database.createObjectStore("entries", { keyPath: "seq" }).createIndex("state", "state");
      database.createObjectStore("traces", { keyPath: "seq" });
      database.createObjectStore("counters");
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  await stored(recount(outbox));
  return outbox;
}

/** How many wait and how many are troubled is counted when the app is opened and kept with every change: after days without
 * network they are thousands, and it is asked at every touch. A full device may not note it: then `standing` counts. */
async function recount(outbox: Outbox): Promise<void> {
  const work = outbox.transaction(STORES, "readwrite");
  const [entries, counters] = [work.objectStore("entries"), work.objectStore("counters")];
  const [all, unsent] = await Promise.all([entries.count(), entries.index("state").count("waiting")]);
  await Promise.all([counters.put(unsent, "waiting"), counters.put(all - unsent, "troubled"), work.done]);
}

export async function nextSeq(outbox: Outbox): Promise<number> {
  return ((await outbox.get("counters", "last")) ?? 0) + 1;
}

/** False when another tab has taken the number meanwhile. True only when the entry is on the disk. `tally`: day and kind. */
export async function add(outbox: Outbox, entry: Entry, trace: Trace, tally: [string, string] | null = null): Promise<boolean> {
  const work = outbox.transaction(STORES, "readwrite", SAFE);
  const counters = work.objectStore("counters");
  const isFree = ((await counters.get("last")) ?? 0) + 1 === entry.seq;
  const parts = isFree
    ? [
        work.objectStore("entries").add(entry),
        work.objectStore("traces").add(trace),
        work.objectStore("traces").delete(IDBKeyRange.upperBound(entry.seq - TRACES)),
        counters.put(entry.seq, "last"),
        change(counters, "waiting", 1),
        tally ? count(counters, tally) : null,
      ]
    : [];
  await Promise.all([...parts, work.done]); // a full device fails each of them
  return isFree;
}

/** Counts one more of a kind on a day, and forgets the days before. */
async function count(counters: Counters, [day, kind]: [string, string]): Promise<void> {
  void counters.delete(IDBKeyRange.bound(TALLY, tallyKey(day, ""), false, true));
  await change(counters, tallyKey(day, kind), 1, 0);
}

/** `first`: from where a counter begins; one without begins with `recount`. */
async function change(counters: Counters, name: string, by: number, first?: number): Promise<void> {
  const known = (await counters.get(name)) ?? first;
  if (known !== undefined) await counters.put(known + by, name);
}

/** How many of a kind were stored here on a day. */
export const tally = async (outbox: Outbox, day: string, kind: string): Promise<number> =>
  (await outbox.get("counters", tallyKey(day, kind))) ?? 0;

/** The next ones to be sent, in order; all without a count. */
export function waiting(outbox: Outbox, count?: number): Promise<Entry[]> {
  return outbox.getAllFromIndex("entries", "state", "waiting", count);
}

/** Those that a person must look at: refused, or stated twice in different ways. */
export async function troubled(outbox: Outbox): Promise<Entry[]> {
  const found = await Promise.all((["refused", "conflict"] as const).map((state) => outbox.getAllFromIndex("entries", "state", state)));
  return found.flat().sort((one, other) => one.seq - other.seq);
}

/** Takes over the answers to the entries that were sent, in their order; returns how many of them were settled. */
export async function settle(outbox: Outbox, sent: Entry[], answers: Answer[]): Promise<number> {
  const known = new Map(answers.map((answer) => [answer.id, answer]));
  const work = outbox.transaction(STORES, "readwrite", SAFE);
  const [entries, traces, counters] = [work.objectStore("entries"), work.objectStore("traces"), work.objectStore("counters")];
  const present = bySeq(await entries.getAll(IDBKeyRange.bound(sent[0]!.seq, sent.at(-1)!.seq)));
  const shown = bySeq(await traces.getAll());
  let [settled, confirmed] = [0, 0];
  for (const { seq, id } of sent) {
    const [answer, entry, trace] = [known.get(id), present.get(seq), shown.get(seq)];
    if (!answer || entry?.id !== id || entry.state !== "waiting") continue; // another tab was first
    settled += 1;
    const state = stateAfter(answer);
    if (state === "confirmed") {
      confirmed += 1;
      void entries.delete(seq);
    } else void entries.put({ ...entry, state, code: answer.code, message: answer.message });
    if (trace) void traces.put({ ...trace, state });
  }
  void change(counters, "waiting", -settled);
  void change(counters, "confirmed", confirmed, 0);
  void change(counters, "troubled", settled - confirmed);
  await work.done;
  return settled;
}

const bySeq = <T extends { seq: number }>(found: T[]): Map<number, T> => new Map(found.map((one) => [one.seq, one]));

function stateAfter(answer: Answer): Trace["state"] {
  if (answer.state === "kept" || answer.state === "repeated") return "confirmed";
  return answer.state === "conflict" ? "conflict" : "refused";
}

/** A person has dealt with it: the server has kept it, too. */
export async function resolve(outbox: Outbox, seq: number): Promise<void> {
  const work = outbox.transaction(STORES, "readwrite", SAFE);
  const entry = await work.objectStore("entries").get(seq);
  if (entry && entry.state !== "waiting") {
    void work.objectStore("entries").delete(seq);
    void change(work.objectStore("counters"), "troubled", -1);
  }
  await work.done;
}

export async function standing(outbox: Outbox): Promise<Standing> {
  const work = outbox.transaction(["entries", "counters"]);
  const [entries, counters] = [work.objectStore("entries"), work.objectStore("counters")];
  const waiting = (await counters.get("waiting")) ?? (await entries.index("state").count("waiting"));
  const troubled = (await counters.get("troubled")) ?? (await entries.count()) - waiting;
  const confirmed = (await counters.get("confirmed")) ?? 0;
  const first = waiting ? await entries.index("state").get("waiting") : undefined;
  return { waiting, confirmed, troubled, oldest: first?.at ?? null };
}

export async function traces(outbox: Outbox): Promise<Trace[]> {
  return (await outbox.getAll("traces")).reverse();
}

/** Whether the server has seen more than this store remembers: it was emptied. Goes on behind what was sent before. */
export async function wasEmptied(outbox: Outbox, serverLast: number): Promise<boolean> {
  const work = outbox.transaction("counters", "readwrite", SAFE);
  const isBehind = ((await work.store.get("last")) ?? 0) < serverLast;
  if (isBehind) void work.store.put(serverLast, "last");
  await work.done;
  return isBehind;
}

/** Forgets whom it was about; what is unsent stays, sealed. */
export const forgetTraces = (outbox: Outbox): Promise<void> => outbox.clear("traces");

/** Empties everything: only for a device that begins anew and has nothing unsent. */
export async function empty(outbox: Outbox): Promise<void> {
  const work = outbox.transaction(STORES, "readwrite", SAFE);
  for (const store of STORES) void work.objectStore(store).clear();
  for (const name of ["waiting", "troubled"]) void work.objectStore("counters").put(0, name);
  await work.done;
}
