import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IDBFactory, IDBIndex, IDBObjectStore } from "fake-indexeddb";
import type { Statement } from "../src/domain/setup";
import { NOT_MEASURED } from "../src/domain/statements";
import { add, nextSeq, openOutbox, type Outbox, resolve, settle, standing, traces, troubled, waiting, wasEmptied } from "../src/store/outbox";
import { fact, forgetPlace, keep, openDevice } from "../src/store/device";
import { record } from "../src/store/recording";
import type { Caller } from "../src/sync/calls";
import { BATCH, drain } from "../src/sync/drain";
import { delivered, exported } from "../src/sync/handover";
import { pause } from "../src/sync/pace";
import { startRounds } from "../src/sync/rounds";
import { aCaller, Server } from "./server";

const QUICK: Statement = {
  ...{ kind: "quick", checkpoint_id: null, ...NOT_MEASURED },
  ...{ person: null, way: "typed", green_channel: null, verdict: null },
};
const VISIT: Statement = {
  ...QUICK,
  kind: "visit",
  person: { document_type: "resident_id", document_number: "440106199001017778", name: "甄门口", phone: "13700000001" },
};
const ignore = async (): Promise<void> => undefined;

let [outbox, caller, server] = [] as unknown as [Outbox, Caller, Server];

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  server = await Server.started();
  [outbox, caller] = [await openOutbox(), await aCaller()];
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function stated(count: number, statement = QUICK, memberId = "m1"): Promise<void> {
  for (let left = count; left > 0; left--) {
    await record(outbox, { statement, memberId, at: Date.now(), skew: null, label: "甄** ··7778", sealKey: server.sealKey });
  }
}

const sent = (): Promise<unknown> => drain(outbox, caller, ignore);
const seqs = (): number[] => [...server.kept.values()].map(({ seq }) => seq);

test("what was stated arrives as it was stated, and nothing of it stays", async () => {
  await stated(1, VISIT);
  expect(await standing(outbox)).toMatchObject({ waiting: 1, confirmed: 0, troubled: 0 });
  expect(await sent()).toEqual({ kind: "done" });
  expect(await server.opened([...server.kept.values()][0]!)).toEqual(VISIT);
  expect(await standing(outbox)).toEqual({ waiting: 0, confirmed: 1, troubled: 0, oldest: null });
});

test("the store holds no name, number or phone in clear", async () => {
  await stated(30, VISIT);
  const stored = JSON.stringify([await outbox.getAll("entries"), await outbox.getAll("traces")]);
  for (const secret of ["甄门口", "440106199001017778", "13700000001"]) expect(stored).not.toContain(secret);
  expect(await traces(outbox)).toHaveLength(20);
});

test("many go in batches, in order", async () => {
  await stated(BATCH + 5);
  await sent();
  expect(server.batches.map((batch) => batch.length)).toEqual([BATCH, 5]);
  expect(seqs()).toEqual(Array.from({ length: BATCH + 5 }, (_none, at) => at + 1));
});

/** How often the store was asked to read, and whether it had to go through what it holds to count it. */
async function asked(work: () => Promise<unknown>): Promise<{ reads: number; counts: number }> {
  const places = [IDBObjectStore.prototype, IDBIndex.prototype];
  const [reads, counts] = (["get", "count"] as const).map((name) => places.map((place) => vi.spyOn(place, name)));
  const lists = places.map((place) => vi.spyOn(place, "getAll"));
  await work();
  const sum = (spies: { mock: { calls: unknown[] } }[]): number => spies.reduce((all, spy) => all + spy.mock.calls.length, 0);
  const found = { reads: sum([...reads!, ...lists]), counts: sum(counts!) };
  vi.restoreAllMocks();
  return found;
}

test("a touch among many asks no more of the store than the first one, and counts none", async () => {
  const touch = async (): Promise<void> => void (await Promise.all([stated(1), standing(outbox)]));
  await stated(1);
  const first = await asked(touch);
  await stated(60);
  expect(await asked(touch)).toEqual(first);
  expect(first.counts).toBe(0);
});

test("a batch asks the store as often as a single entry", async () => {
  const kept = (entries: { id: string }[]) => entries.map(({ id }) => ({ id, state: "kept", code: null, message: null }) as const);
  const settled = async (count: number): Promise<unknown> => {
    const batch = await waiting(outbox, count);
    return asked(() => settle(outbox, batch, kept(batch)));
  };
  await stated(61);
  expect(await settled(1)).toEqual(await settled(60));
  expect(await standing(outbox)).toMatchObject({ waiting: 0, confirmed: 61 });
});

test("what is counted is counted anew when the app is opened", async () => {
  await stated(4);
  server.refuses = ({ seq }) => (seq === 2 ? "refused" : null);
  await sent();
  await stated(3);
  await outbox.put("counters", 77, "waiting"); // an earlier version in another tab does not count
  const opened = await openOutbox();
  expect(await standing(opened)).toMatchObject({ waiting: 3, confirmed: 3, troubled: 1 });
  for (const name of ["waiting", "troubled"]) await outbox.delete("counters", name); // as on a device that was full
  await stated(1);
  await resolve(outbox, 2);
  expect(await standing(outbox)).toMatchObject({ waiting: 4, confirmed: 3, troubled: 0 });
});

test("a line that loses answers now and then is no line that is away", async () => {
  await stated(BATCH + 1);
  server.mishaps.push({ status: 500 });
  expect(await sent()).not.toHaveProperty("hasMoved");
  server.mishaps.push("none", "lost before");
  expect(await sent()).toEqual({ kind: "later", after: null, hasMoved: true });
  expect(await standing(outbox)).toMatchObject({ waiting: 1, confirmed: BATCH });
});

test("pauses end by themselves, and begin anew where something was settled", async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.9999); // no whole milliseconds
  vi.stubGlobal("window", { addEventListener: () => undefined });
  const at: number[] = [];
  startRounds(async () => {
    at.push(performance.now());
    return { kind: "later", after: null, ...(at.length > 3 && { hasMoved: true }) };
  });
  await vi.advanceTimersByTimeAsync(19_000);
  expect(at.map((time) => Math.round((time - at[0]!) / 1_000) * 1_000)).toEqual([0, 2_000, 6_000, 14_000, 16_000, 18_000]);
});

test("a lost answer doubles nothing", async () => {
  await stated(3);
  for (const mishap of ["lost before", "lost after", "lost after"] as const) {
    server.mishaps.push(mishap);
    expect(await sent()).toEqual({ kind: "later", after: null });
    expect(await standing(outbox)).toMatchObject({ waiting: 3, confirmed: 0 });
  }
  await sent();
  expect(server.kept.size).toBe(3);
  expect(await standing(outbox)).toMatchObject({ waiting: 0, confirmed: 3 });
});

test("each entry has its own answer: one refused blocks none behind it", async () => {
  await stated(10);
  server.refuses = ({ seq }) => ({ 3: "refused", 5: "conflict" })[seq] as "refused" | "conflict" | null;
  await sent();
  expect(await standing(outbox)).toMatchObject({ waiting: 0, confirmed: 8, troubled: 2 });
  expect((await troubled(outbox)).map(({ seq, state, message }) => [seq, state, message])).toEqual([
    [3, "refused", "请查看"],
    [5, "conflict", "请查看"],
  ]);
  await resolve(outbox, 3);
  expect((await troubled(outbox)).map(({ seq }) => seq)).toEqual([5]);
});

test("an entry that nobody can read is set aside alone", async () => {
  await stated(7);
  server.isUnreadable = ({ seq }) => seq === 4;
  await sent();
  expect((await troubled(outbox)).map(({ seq, code }) => [seq, code])).toEqual([[4, "desks.unreadable"]]);
  expect(seqs().sort()).toEqual([1, 2, 3, 5, 6, 7]);
});

test("no status deletes anything", async () => {
  await stated(2);
  for (const status of [401, 403, 404, 429, 500, 503]) {
    server.mishaps.push({ status, body: { code: "desks.revoked", message: "" }, headers: { "Retry-After": "7" } });
    const drained = (await sent()) as { kind: string; after?: number };
    expect([status, drained.kind]).toEqual([status, status === 429 || status >= 500 ? "later" : "no"]);
    if (drained.kind === "later") expect(drained.after).toBe(7000);
  }
  expect(await standing(outbox)).toMatchObject({ waiting: 2, confirmed: 0, troubled: 0 });
});

test("an answer that leaves entries out leaves them waiting", async () => {
  await stated(2);
  server.mishaps.push({ status: 200, body: { server_time: "2026-01-01T00:00:00Z", last_seq: 0, gaps: [], answers: [] } });
  expect(await sent()).toEqual({ kind: "later", after: null });
  expect(await standing(outbox)).toMatchObject({ waiting: 2 });
});

test("two tabs: one sends, and no number is given twice", async () => {
  const other = await openOutbox();
  const one = { statement: QUICK, memberId: "m1", at: Date.now(), skew: null, label: "", sealKey: server.sealKey };
  await Promise.all(Array.from({ length: 10 }, (_none, at) => record(at % 2 ? outbox : other, one)));
  const drained = await Promise.all([drain(outbox, caller, ignore), drain(other, caller, ignore)]);
  expect(drained.map(({ kind }) => kind).sort()).toEqual(["done", "elsewhere"]);
  expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await standing(other)).toMatchObject({ waiting: 0, confirmed: 10 });
});

test("a taken number is given back, nothing half stored", async () => {
  await stated(1);
  const entry = { seq: 1, id: "x", member_id: "m", at: "", skew_ms: null, sealed: "", state: "waiting", code: null, message: null } as const;
  expect(await add(outbox, entry, { seq: 1, at: "", label: "", verdict: null, state: "waiting" })).toBe(false);
  expect((await outbox.getAll("entries")).map(({ id }) => id)).not.toContain("x");
});

test("shift change: entries keep their member", async () => {
  await stated(2, QUICK, "a");
  await stated(2, QUICK, "b");
  await sent();
  expect([...server.kept.values()].map(({ member_id }) => member_id)).toEqual(["a", "a", "b", "b"]);
});

test("an emptied store is noticed and goes on behind what was sent", async () => {
  await stated(1);
  expect(await wasEmptied(outbox, 1)).toBe(false);
  expect(await wasEmptied(outbox, 50)).toBe(true);
  expect(await nextSeq(outbox)).toBe(51);
});

test("a file hands over what is unsent, and twice does nothing more", async () => {
  await stated(BATCH + 3, VISIT);
  const file = await exported(outbox, caller);
  expect(file).not.toContain("甄门口");
  expect(await delivered(file)).toEqual({ kept: BATCH + 3, refused: 0, isWhole: true });
  expect(await delivered(file)).toEqual({ kept: BATCH + 3, refused: 0, isWhole: true });
  expect(server.kept.size).toBe(BATCH + 3);
  await sent();
  expect(await standing(outbox)).toMatchObject({ waiting: 0, confirmed: BATCH + 3 });
  server.mishaps.push("lost before");
  expect(await delivered(file)).toMatchObject({ isWhole: false });
  for (const text of ["", "{}", "null", '{"form":"outpost-gate-1"}']) expect(await delivered(text)).toBeNull();
});

test("an upgrade keeps everything, and the tab in its way gives way", async () => {
  let isTold = false;
  const old = await openDevice(() => (isTold = true));
  await keep(old, "checkpoint", "南门");
  await stated(30);
  const next = await openDevice(() => undefined, 3);
  expect([isTold, await fact(next, "checkpoint"), (await standing(outbox)).waiting]).toEqual([true, "南门", 30]);
});

test("an ended device forgets its place, not its key", async () => {
  const device = await openDevice(() => undefined);
  await keep(device, "device", { id: caller.device, keys: caller.keys });
  await keep(device, "checkpoint", "南门");
  await forgetPlace(device, "revoked");
  expect([await fact(device, "checkpoint"), await fact(device, "setup"), await fact(device, "ending")]).toEqual([undefined, undefined, "revoked"]);
  expect((await fact(device, "device"))?.id).toBe(caller.device);
});

test("pauses grow by chance up to a ceiling, never shorter than asked", () => {
  expect([1, 2, 3].map((failures) => pause(failures, null, 1))).toEqual([2_000, 4_000, 8_000]);
  expect(pause(40, null, 1)).toBe(300_000);
  expect(pause(1, 9_000, 0)).toBe(9_000);
});
