/** Entries are sealed to the server: what the device has sealed it cannot open again. See the contract in docs/adr/0030. */

import { type Bytes, fromBase64Url, fromHex, joined, toBase64Url, utf8 } from "./bytes";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const CONTEXT = "outpost.desks.entry.1";
const NONCE = 12;

/** `id`: a UUID; `serverKey`: a raw point of 65 bytes, base64url. */
export async function seal(content: object, id: string, seq: number, serverKey: string): Promise<string> {
  const theirs = await crypto.subtle.importKey("raw", fromBase64Url(serverKey), CURVE, false, []);
  const own = (await crypto.subtle.generateKey(CURVE, false, ["deriveBits"])) as CryptoKeyPair;
  const name = fromHex(id.replace(/-/g, ""));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const box = { name: "AES-GCM", iv: nonce, additionalData: joined(name, numbered(seq)) };
  const closed = await crypto.subtle.encrypt(box, await entryKey(shared, name), utf8(JSON.stringify(content)));
  const point = await crypto.subtle.exportKey("raw", own.publicKey);
  return toBase64Url(joined(new Uint8Array(point), nonce, new Uint8Array(closed)));
}

/** The key of one entry, from the secret that both sides share. */
export async function entryKey(shared: ArrayBuffer, name: Bytes): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: joined(utf8(CONTEXT), name) };
  return crypto.subtle.deriveKey(derivation, source, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Eight bytes, big-endian. */
export function numbered(seq: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seq));
  return bytes;
}
