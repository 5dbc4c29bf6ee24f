/** The text of a pass, as its QR holds it. Pure; the signature is judged elsewhere (signatures.ts). */

import { type Bytes, fromBase32, toHex } from "./bytes";

export type Colour = "green" | "yellow" | "red";

/** Instants in seconds since 1970; `until` null: without end; `colour` null: nobody has seen this holder's card. */
export interface Pass {
  isLive: boolean;
  keyId: number;
  person: string;
  issuedAt: number;
  until: number | null;
  colour: Colour | null;
  ruleSet: number;
  position: number;
  name: string;
  tail: string;
  signed: Bytes;
  signature: Bytes;
}

const KINDS = [1, 2];
const COLOURS: Record<number, Colour | null> = { 0: "green", 1: "yellow", 2: "red", 255: null };
const HEAD = 30; // bytes before the name
const SIGNATURE = 64;

/** Null for whatever is not the text of a pass, sign by sign: one pass has one text. */
export function passOf(text: string): Pass | null {
  const bytes = fromBase32(text);
  if (bytes === null || bytes.length < HEAD + 2 + SIGNATURE) return null;
  const signed = bytes.slice(0, -SIGNATURE);
  const view = new DataView(signed.buffer);
  const texts = textsOf(signed);
  const colour = COLOURS[view.getUint8(26)];
  if (!KINDS.includes(view.getUint8(0)) || colour === undefined || texts === null) return null;
  return {
    isLive: view.getUint8(0) === 1,
    keyId: view.getUint8(1),
    person: toHex(signed.slice(2, 18)),
    issuedAt: view.getUint32(18),
    until: view.getUint32(22) || null,
    colour,
    ruleSet: view.getUint16(27),
    position: view.getUint8(29),
    ...texts,
    signed,
    signature: bytes.slice(-SIGNATURE),
  };
}

function textsOf(signed: Bytes): { name: string; tail: string } | null {
  const tailAt = HEAD + 1 + (signed[HEAD] ?? 0);
  const end = tailAt + 1 + (signed[tailAt] ?? 0);
  if (end !== signed.length) return null;
  try {
    const read = new TextDecoder("utf-8", { fatal: true });
    return { name: read.decode(signed.slice(HEAD + 1, tailAt)), tail: read.decode(signed.slice(tailAt + 1, end)) };
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
