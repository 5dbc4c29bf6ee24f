/** ECDSA over P-256 with SHA-256, r and s one after the other in 64 bytes: of calls, and of passes. */

import { type Bytes, fromBase64Url, toBase64Url, toHex, utf8 } from "./bytes";
import type { Genuineness } from "./verdicts";
import type { Pass } from "./passes";
import type { Key } from "./setup";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const ALGORITHM = { name: "ECDSA", hash: "SHA-256" };

/** The device's own key: it never leaves the browser's key store. */
export async function ownKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

export async function publicText(pair: CryptoKeyPair): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
}

/** The signature of a call: over its method, its path without query, and the hash of its body. */
export async function callSignature(key: CryptoKey, method: string, path: string, body: string): Promise<string> {
  const hash = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(body))));
  const signature = await crypto.subtle.sign(ALGORITHM, key, utf8(`${method}\n${path}\n${hash}`));
  return toBase64Url(new Uint8Array(signature));
}

export async function verify(key: string, signature: Bytes, signed: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", fromBase64Url(key), CURVE, false, ["verify"]);
  return crypto.subtle.verify(ALGORITHM, imported, signature, signed);
}

export async function genuinenessOf(pass: Pass, keys: Key[]): Promise<Genuineness> {
  const key = keys.find(({ id }) => id === pass.keyId);
  if (key === undefined) return "unknown_key";
  return (await verify(key.public, pass.signature, pass.signed)) ? "genuine" : "forged";
}

/** Whether this browser verifies at all: one good signature holds, three bad ones do not. */
export async function canVerify(): Promise<boolean> {
  const pair = await ownKey();
  const point = await publicText(pair);
  const text = utf8("outpost");
  const good = new Uint8Array(await crypto.subtle.sign(ALGORITHM, pair.privateKey, text));
  const bad = good.slice();
  bad[40] = bad[40]! ^ 1;
  const other = await publicText(await ownKey());
  const answers = await Promise.all([
    verify(point, good, text),
    verify(point, bad, text),
    verify(point, good, utf8("outposts")),
    verify(other, good, text),
  ]);
  return answers.join() === "true,false,false,false";
}
