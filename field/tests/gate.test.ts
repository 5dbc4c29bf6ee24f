/** What the person at the gate is told, and what stays, when a PIN is wrong, the device is full, or somebody leaves. */

import { beforeEach, expect, test, vi } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import { toBase64Url, utf8 } from "../src/domain/bytes";
import type { Member, Setup, Statement } from "../src/domain/setup";
import { NOT_MEASURED } from "../src/domain/statements";
import { fact, keep, openDevice } from "../src/store/device";
import { openOutbox, standing } from "../src/store/outbox";
import * as acts from "../src/ui/acts";
import { openCamera } from "../src/ui/parts/camera";
import { enter, left, waiting } from "../src/ui/shift";
import { state } from "../src/ui/state";
import { say, speak } from "../src/ui/words";
import { aCaller, Server } from "./server";

const QUICK: Statement = {
  ...{ kind: "quick", checkpoint_id: null, ...NOT_MEASURED },
  ...{ person: null, way: "typed", green_channel: null, verdict: null },
};
const PIN = "246813";
const SALT = utf8("0123456789abcdef");
const heard: string[] = [];

class Sound {
  currentTime = 0;
  destination = {};
  resume = async (): Promise<void> => undefined;
}
class Node {
  constructor(_context: unknown, options: { frequency?: number }) {
    if (options.frequency) heard.push(options.frequency < 500 ? "bad" : "stored");
  }
  connect = (next: unknown): unknown => next;
  start = (): void => undefined;
  stop = (): void => undefined;
}

async function aMember(): Promise<Member> {
  const key = await crypto.subtle.importKey("raw", utf8(PIN), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: SALT, iterations: 10 }, key, 256);
  return { id: "m1", name: "检测员甲", salt: toBase64Url(SALT), rounds: 10, verifier: toBase64Url(new Uint8Array(bits)) } as Member;
}

const PUT = IDBObjectStore.prototype.put;
const noRoom = (): never => {
  throw new DOMException("full", "QuotaExceededError");
};

let member: Member;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  Object.assign(globalThis, { AudioContext: Sound, OscillatorNode: Node, GainNode: Node, window: globalThis });
  Object.assign(globalThis, { addEventListener: () => undefined, localStorage: { setItem: () => undefined, getItem: () => null } });
  heard.length = 0;
  const server = await Server.started();
  const caller = await aCaller();
  member = await aMember();
  const device = await openDevice(() => undefined);
  await keep(device, "device", { id: caller.device, keys: caller.keys });
  const setup = { checkpoints: [], members: [member], seal_key: { id: 1, public: server.sealKey }, pass_keys: [], place: { kind: "venue", name: "黄阁市场" } };
  await keep(device, "setup", { ...setup, server_time: new Date().toISOString() } as unknown as Setup);
  device.close();
  globalThis.fetch = () => Promise.reject(new TypeError("network"));
  await acts.open();
  speak("zh");
});

test("a wrong PIN says how many tries are left, then how long to wait; nothing but time opens it again", async () => {
  for (const count of [4, 3, 2, 1]) {
    expect(await enter(member, "000000")).toBe(false);
    expect([await left(member), await waiting(member)]).toEqual([count, 0]);
  }
  await enter(member, "000000");
  expect(await left(member)).toBe(0);
  expect(await waiting(member)).toBeGreaterThan(29_000);
  expect(state.stage).toBe("members");
  expect(await enter(member, PIN)).toBe(true);
  expect(await left(member)).toBe(5);
});

test("on a full device nothing sounds as stored, what stood stays, and it goes on once there is room", async () => {
  await enter(member, PIN);
  expect(await acts.put(QUICK, "")).toBe(true);
  heard.length = 0;
  const space = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(noRoom);
  expect(await acts.put(QUICK, "")).toBe(false);
  expect([state.isFull, state.flash === "stored" && heard.includes("stored"), new Set(heard)]).toEqual([true, false, new Set(["bad"])]);
  expect(say("full", { count: state.standing.waiting })).toContain("已存的 1 条不受影响");
  space.mockRestore();
  expect(await acts.put(QUICK, "")).toBe(true);
  expect([state.isFull, state.standing.waiting]).toEqual([false, 2]);
  const box = await openOutbox();
  expect((await box.getAll("entries")).map(({ seq }) => seq)).toEqual([1, 2]); // no number was lost with it
  expect(await standing(box)).toMatchObject({ waiting: 2 });
});

test("a device that cannot even keep its clock still sends, and answers make room", async () => {
  await enter(member, PIN);
  await acts.put(QUICK, "");
  const server = await Server.started();
  const clock = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...put: [unknown, IDBValidKey?]) {
    return this.name === "facts" ? noRoom() : (Reflect.apply(PUT, this, put) as IDBRequest<IDBValidKey>);
  });
  acts.sendNow();
  await vi.waitFor(() => expect(state.standing).toMatchObject({ waiting: 0, confirmed: 1 }));
  clock.mockRestore();
  expect(server.kept.size).toBe(1);
});

test("a round that cannot even read is tried again", async () => {
  await enter(member, PIN);
  await acts.put(QUICK, "");
  const server = await Server.started();
  const shut = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(noRoom);
  acts.sendNow();
  await new Promise((resolve) => setTimeout(resolve, 20));
  shut.mockRestore();
  acts.sendNow();
  await vi.waitFor(() => expect(state.standing).toMatchObject({ waiting: 0, confirmed: 1 }));
  expect(server.kept.size).toBe(1);
});

test("whose fault it is that nothing goes: nobody answers, or the server says that it is busy", async () => {
  await enter(member, PIN);
  await acts.put(QUICK, "");
  await vi.waitFor(() => expect(state.link).toBe("away"));
  const server = await Server.started();
  server.mishaps.push({ status: 503, headers: { "Retry-After": "1" } });
  acts.sendNow();
  await vi.waitFor(() => expect(state.link).toBe("busy"));
  expect([say("link_away"), say("link_busy")]).toEqual(["离线，先存在本机", "服务器繁忙，先存在本机"]);
  expect(state.standing).toMatchObject({ waiting: 1 });
});

test("an answer without keys leaves the last good ones, and their age", async () => {
  const device = await openDevice(() => undefined);
  const before = { ...(await fact(device, "setup"))!, pass_keys: [{ id: 1, public: "AA" }] };
  await keep(device, "setup", before);
  const next = { ...before, pass_keys: [], server_time: new Date().toISOString() };
  globalThis.fetch = async () => new Response(JSON.stringify(next));
  await acts.refresh();
  await vi.waitFor(() => expect(state.link).toBe("reached"));
  expect([state.setup?.pass_keys, state.setup?.server_time]).toEqual([before.pass_keys, before.server_time]);
});

test("a camera that never answers is given up after five seconds, and let go when it comes", async () => {
  const stop = vi.fn();
  let come: (stream: unknown) => void = () => undefined;
  const getUserMedia = (): Promise<unknown> => new Promise((resolve) => (come = resolve));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const opened = openCamera();
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await opened).toBeNull();
  come({ getTracks: () => [{ stop }] });
  await vi.advanceTimersByTimeAsync(0);
  expect(stop).toHaveBeenCalledOnce();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("who was begun when the gate was locked is spoken of to whoever comes next", async () => {
  await enter(member, PIN);
  state.isUnfinished = true;
  acts.lock();
  expect([state.stage, state.member, state.wasUnfinished, state.isUnfinished]).toEqual(["members", null, true, false]);
  expect(await enter(member, PIN)).toBe(true);
  expect(state.wasUnfinished).toBe(false);
});

test("who works here no longer is gone from the gate once it hears so, and nobody else is", async () => {
  const device = await openDevice(() => undefined);
  const heard = { ...(await fact(device, "setup"))!, pass_keys: [{ id: 1, public: "AA" }], server_time: new Date().toISOString() };
  await enter(member, PIN);
  globalThis.fetch = async () => new Response(JSON.stringify(heard));
  await acts.refresh();
  expect([state.stage, state.member?.id]).toEqual(["gate", "m1"]);
  globalThis.fetch = async () => new Response(JSON.stringify({ ...heard, members: [] }));
  await acts.refresh();
  expect([state.stage, state.member]).toEqual(["members", null]);
});

test("tries are counted over a restart", async () => {
  await enter(member, "000000");
  const device = await openDevice(() => undefined);
  expect((await fact(device, "tries"))?.m1?.wrong).toBe(1);
});
