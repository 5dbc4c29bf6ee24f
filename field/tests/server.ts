/** A server of the tests: keeps what it is sent by id, opens what is sealed, and fails as it is told. */

import { fromBase64Url, fromHex, joined, toBase64Url } from "../src/domain/bytes";
import { entryKey, numbered } from "../src/domain/sealing";
import { ownKey } from "../src/domain/signatures";
import type { Caller } from "../src/sync/calls";
import type { Answer } from "../src/store/outbox";

interface Sent {
  id: string;
  seq: number;
  member_id: string;
  sealed: string;
}

export type Mishap = "none" | "lost before" | "lost after" | { status: number; body?: object; headers?: Record<string, string> };

const ECDH = { name: "ECDH", namedCurve: "P-256" };

export class Server {
  readonly kept = new Map<string, Sent>();
  readonly batches: Sent[][] = [];
  readonly mishaps: Mishap[] = [];
  refuses: (entry: Sent) => Answer["state"] | null = () => null;
  isUnreadable: (entry: Sent) => boolean = () => false;
  sealKey = "";
  private keys!: CryptoKeyPair;

  static async started(): Promise<Server> {
    const server = new Server();
    server.keys = (await crypto.subtle.generateKey(ECDH, true, ["deriveBits"])) as CryptoKeyPair;
    server.sealKey = toBase64Url(new Uint8Array(await crypto.subtle.exportKey("raw", server.keys.publicKey)));
    globalThis.fetch = (_address, options) => server.answer(JSON.parse(String(options?.body)));
    return server;
  }

  private async answer({ entries }: { entries: Sent[] }): Promise<Response> {
    const mishap = this.mishaps.shift();
    if (mishap === "lost before") throw new TypeError("network");
    if (typeof mishap === "object") return reply(mishap.body ?? {}, mishap.status, mishap.headers);
    if (entries.some(this.isUnreadable)) return reply({ code: "desks.unreadable", message: "?" }, 422);
    this.batches.push(entries);
    const answers = entries.map((entry) => this.take(entry));
    if (mishap === "lost after") throw new TypeError("network");
    const last = Math.max(...[...this.kept.values()].map(({ seq }) => seq));
    return reply({ server_time: new Date().toISOString(), last_seq: last, gaps: [], answers });
  }

  private take(entry: Sent): Answer {
    const refusal = this.refuses(entry);
    const before = this.kept.get(entry.id);
    this.kept.set(entry.id, entry);
    const state = refusal ?? (before ? "repeated" : "kept");
    return { id: entry.id, state, code: refusal && "desks.test", message: refusal && "请查看" };
  }

  opened(entry: Sent): Promise<unknown> {
    return opened(this.keys.privateKey, entry);
  }
}

/** What a sealed text holds, as the server opens it. */
export async function opened(own: CryptoKey, { id, seq, sealed }: Sent): Promise<unknown> {
  const bytes = fromBase64Url(sealed);
  const theirs = await crypto.subtle.importKey("raw", bytes.slice(0, 65), ECDH, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own, 256);
  const name = fromHex(id.replace(/-/g, ""));
  const box = { name: "AES-GCM", iv: bytes.slice(65, 77), additionalData: joined(name, numbered(seq)) };
  const plain = await crypto.subtle.decrypt(box, await entryKey(shared, name), bytes.slice(77));
  return JSON.parse(new TextDecoder().decode(plain));
}

function reply(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

export const aCaller = async (): Promise<Caller> => ({ device: "018f0000-0000-7000-8000-000000000001", keys: await ownKey() });
