/** The calls of the gate: what became of each, so that whoever calls decides only whether to wait, to keep or to stop. */

import type { Setup } from "../domain/setup";
import { callSignature, publicText } from "../domain/signatures";
import type { Answer, Entry } from "../store/outbox";

export interface Caller {
  device: string;
  keys: CryptoKeyPair;
}

export type Outcome<T> =
  | { kind: "answer"; body: T; began: number; ended: number; device: number }
  | { kind: "later"; after: number | null; isBusy?: true } // no network, no answer; or the server says so; `after` in milliseconds
  | { kind: "no"; status: number; code: string; message: string };

export interface Taken {
  server_time: string;
  last_seq: number;
  gaps: [number, number][];
  answers: Answer[];
}

export interface SignedCall {
  device: string;
  signature: string;
  body: string;
}

const ROOT = "/api/v1/desk";
const PATIENCE = 30_000;
const NEVER_MIND = [408, 425, 429];

export async function enrol(code: string, name: string, keys: CryptoKeyPair): Promise<Outcome<Setup>> {
  const body = JSON.stringify({ code, public_key: await publicText(keys), name, app: __VERSION__ });
  return call("POST", "/devices", body, {});
}

export async function fetchSetup(caller: Caller): Promise<Outcome<Setup>> {
  return call("GET", "/setup", "", headersOf(await signed(caller, "GET", "/setup", "")));
}

/** The call that hands over some entries, signed: it can be sent from here or, as a file, from elsewhere. */
export async function entriesCall(caller: Caller, entries: Entry[]): Promise<SignedCall> {
  const sent = entries.map(({ id, seq, member_id, at, skew_ms, sealed }) => ({ id, seq, member_id, at, skew_ms, sealed }));
  const body = JSON.stringify({ app: __VERSION__, device_time: new Date().toISOString(), entries: sent });
  return signed(caller, "POST", "/entries", body);
}

export function sendEntries(ready: SignedCall): Promise<Outcome<Taken>> {
  return call("POST", "/entries", ready.body, headersOf(ready));
}

async function signed(caller: Caller, method: string, path: string, body: string): Promise<SignedCall> {
  const signature = await callSignature(caller.keys.privateKey, method, ROOT + path, body);
  return { device: caller.device, signature, body };
}

const headersOf = ({ device, signature }: SignedCall): Record<string, string> => ({
  "Outpost-Device": device,
  "Outpost-Signature": signature,
});

async function call<T>(method: string, path: string, body: string, headers: Record<string, string>): Promise<Outcome<T>> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE);
  const [device, began] = [Date.now(), performance.now()];
  try {
    const response = await fetch(ROOT + path, {
      method,
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang, ...headers },
      body: body || undefined,
      cache: "no-store",
      credentials: "omit",
      signal: limit.signal,
    });
    return await outcomeOf<T>(response, began, device);
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) return { kind: "later", after: null };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf<T>(response: Response, began: number, device: number): Promise<Outcome<T>> {
  if (response.ok) {
    const body = (await response.json()) as T;
    const ended = performance.now();
    return { kind: "answer", body, began, ended, device: device + ended - began };
  }
  if (response.status >= 500 || NEVER_MIND.includes(response.status)) return { kind: "later", after: waitOf(response), isBusy: true };
  const said = (await response.json().catch(() => ({}))) as { code?: string; error?: string; message?: string };
  return { kind: "no", status: response.status, code: said.code ?? said.error ?? "", message: said.message ?? "" };
}

function waitOf(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
