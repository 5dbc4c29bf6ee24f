/** What the server tells a device of its place (`outpost/desks`), and what the device tells of a person. */

import type { Limits, Method } from "./temperatures";

export interface Member {
  id: string;
  name: string;
  salt: string;
  verifier: string | null;
  rounds: number;
}

export interface Key {
  id: number;
  public: string;
}

/** The people of a place: one key opens it, sealed anew for each member (`lists`). */
export interface SealedList {
  sealed: string;
  keys: Record<string, string>;
}

export interface Setup {
  server_time: string;
  device: { id: string; name: string };
  place: { kind: string; name: string };
  checkpoints: { id: string; name: string }[];
  members: Member[];
  seal_key: Key;
  pass_keys: Key[];
  pass_rules: { version: number; position: number; zh: string; en: string }[];
  temperature: Limits;
  document_types: { code: string; zh: string; en: string }[];
  last_seq: number;
  app: string;
  people?: SealedList;
  words?: Record<"dispositions" | "rolls", Record<string, { zh: string; en: string }>>;
}

export const SITE = "contract";

export type Person = { pass: string } | { document_type: string; document_number: string; name: string; phone: string | null };
export type GreenChannel = "minor" | "elder" | "disability";

/** One thing stated at the gate of a venue, as it is sealed. Of who was turned away nothing but that, and what was shown. */
export interface Visit {
  kind: "visit" | "quick" | "turned_away";
  checkpoint_id: string | null;
  failed: string | null;
  failed_method: Method | null;
  temperature: string | null;
  method: Method | null;
  second: string | null;
  second_method: Method | null;
  second_after: number | null;
  isolated: boolean | null;
  person: Person | null;
  way: "scan" | "typed" | "paper";
  green_channel: GreenChannel | null;
  verdict: string | null;
}

/** One thing stated at the gate of a site. A reading is of somebody who was not let in; `listed_at`: of when the list was. */
export interface Passing {
  kind: "enter" | "leave" | "reading";
  registration_id: string;
  temperature: string | null;
  method: Method | null;
  pass: string | null;
  way: "scan" | "typed";
  listed_at: string;
  verdict: "may" | "may_not";
}

export type Statement = Visit | Passing;
