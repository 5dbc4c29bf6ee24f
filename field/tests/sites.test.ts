import { expect, test } from "vitest";
import { dayAfter, dayOf, daysBetween } from "../src/domain/days";
import { asOf, failing, type Standing } from "../src/domain/entering";
import { byNumber, byPerson, digestOf, isInside, isTooOld, type List, type Listed, listKey, obstacles, openList, toLeave, type Unwell, undecided, whyLeave, withReading } from "../src/domain/lists";
import { measured, NOT_MEASURED, passing } from "../src/domain/statements";
import { type Reading, tenthsOf } from "../src/domain/temperatures";
import { add, openOutbox, tally } from "../src/store/outbox";
import entering from "../../tests/shared/entering.json";
import listed from "../../tests/shared/listed.json";
import temperatures from "../../tests/shared/temperatures.json";

const AT = Date.parse("2022-06-08T04:00:00Z");
const HOUR = 3_600_000;
const FREE: Standing = { declared_on: "2022-06-01", unverified_since: null, base_on: "2022-06-01", left_on: null, disposition: null, is_positive: false, coming: null, isolation_days: 0, tests: 0, tests_done: 0, excepted_to: null };

const person = (id: string, change: Partial<Listed> = {}): Listed => ({ ...FREE, id, person: id, number: "", name: "甄*", tail: "1234", employer: "", roll: "worker", inside: false, ...change });
const list = (people: Listed[], change: Partial<List> = {}): List => ({ at: new Date(AT).toISOString(), holds_to: null, holds_hours: 72, salt: entering.salt, people, ...change });

test("who may enter on which day, and why not: shared cases", () => {
  expect(entering.persons.length).toBeGreaterThan(100);
  for (const one of entering.persons) expect([one.today, one.person, failing(one.person, one.today)]).toEqual([one.today, one.person, one.failing]);
});

test("a disposition that begins later holds from its instant on: shared cases", () => {
  expect(entering.instants.length).toBeGreaterThan(10);
  for (const { at, person: one, failing: why } of entering.instants) {
    const now = Date.parse(at);
    const found = asOf(one, now);
    expect([at, failing(found, dayOf(now)), toLeave(list([person("a", { ...one, inside: true })]), new Map(), now).length]).toEqual([at, why, found.disposition === "isolation" || found.is_positive ? 1 : 0]);
  }
});

test("a list made before such a start switches by itself, and one without says nothing of it", () => {
  const coming = { at: new Date(AT + HOUR).toISOString(), disposition: "isolation", is_positive: false };
  const one = list([person("a", { inside: true, coming }), person("b", { coming: undefined as never })]);
  const told = (now: number): unknown => [...one.people.map((each) => obstacles(one, each, now).length), toLeave(one, new Map(), now).length];
  expect([told(AT + HOUR - 1), told(AT + HOUR)]).toEqual([[0, 0, 0], [1, 0, 1]]);
});

test("on which day an instant lies, summer time among them: shared cases", () => {
  for (const { at, day } of entering.days) expect([at, dayOf(Date.parse(at))]).toEqual([at, day]);
});

test("days are counted by the calendar", () => {
  expect([daysBetween("2024-02-28", "2024-03-01"), daysBetween("2023-12-31", "2024-01-01"), daysBetween("1986-05-03", "1986-05-05")]).toEqual([2, 1, 2]);
  expect([dayAfter("2024-02-15", 15), dayAfter("2022-12-31", 1)]).toEqual(["2024-03-01", "2023-01-01"]);
});

test("a number is found by its digest, in whatever form it is typed: shared cases", async () => {
  for (const { type, text, digest } of entering.numbers) expect([text, await digestOf(entering.salt, type, text)]).toEqual([text, digest]);
  const { type, text, digest } = entering.numbers[0]!;
  const one = list([person("a"), person("b", { number: digest })]);
  expect([(await byNumber(one, type, text))?.id, await byNumber(one, "passport", text), byPerson(one, "a")?.id]).toEqual(["b", null, "a"]);
});

test("a list opens by its member's PIN alone, on its own device: shared case", async () => {
  const { device, member, pin, people, content } = listed;
  const key = await listKey(member, pin);
  expect(await openList(people, key, device, member.id)).toEqual(content);
  expect(await openList(people, await listKey(member, "246814"), device, member.id)).toBe(null);
  expect(await openList(people, key, device, device)).toBe(null);
  expect(await openList(people, key, member.id, member.id)).toBe(null);
});

test("an old list says so, and one whose rules end", () => {
  const one = list([person("a")], { holds_to: "2022-06-09" });
  const codes = (now: number): string[] => obstacles(one, one.people[0]!, now).map(([code]) => code);
  expect(codes(AT + 10 * HOUR)).toEqual([]);
  expect(codes(AT + 13 * HOUR)).toEqual(["list_ended"]);
  expect(codes(AT + 72 * HOUR + 1)).toEqual(["list_too_old", "list_ended"]);
});

test("seven hours after, a list of four hours lets nobody in and says how old it may be", () => {
  const one = list([person("a")], { holds_hours: 4 });
  expect([obstacles(one, one.people[0]!, AT + 4 * HOUR), obstacles(one, one.people[0]!, AT + 7 * HOUR)]).toEqual([[], [["list_too_old", { hours: "4" }]]]);
  for (const holds_hours of [undefined, Number.NaN, 0, -1]) expect([holds_hours, isTooOld({ ...one, holds_hours }, AT + 1)]).toEqual([holds_hours, true]);
});

test("isolation ends while the gate is offline", () => {
  const one = list([person("a", { isolation_days: 6 })]);
  const why = (now: number): unknown => obstacles(one, one.people[0]!, now);
  expect(why(AT + 11 * HOUR)).toEqual([]);
  expect(why(AT - 16 * HOUR)).toEqual([["sites.isolation_runs", { days: "6", done: "5", on: "2022-06-08" }]]);
});

test("who passed here since the list is where they went; a newer list knows better", () => {
  const one = list([person("a", { inside: true, disposition: "isolation" }), person("b", { is_positive: true }), person("c")]);
  const passed = new Map([["a", { isIn: false, at: AT + 1 }], ["b", { isIn: true, at: AT + 1 }], ["c", { isIn: true, at: AT - 1 }]]);
  expect(one.people.map((each) => isInside(one, each, passed))).toEqual([false, true, false]);
  expect([toLeave(one, passed, AT), toLeave(one, new Map(), AT)].map((found) => found.map(({ id }) => id))).toEqual([["b"], ["a"]]);
});

test("a report that waits for a decision is named and shuts nobody out; a list of before says nothing of it", () => {
  const says = (change: Partial<Listed>, now = AT): unknown => undecided(person("a", change), now);
  expect(says({ undecided_on: "2022-06-08", undecided_fever: true })).toEqual(["undecided_fever", {}]);
  expect(says({ undecided_on: "2022-06-08", undecided_fever: false })).toEqual(["undecided_ill", {}]);
  expect(says({ undecided_on: "2022-06-08", undecided_fever: true }, AT + 24 * HOUR)).toEqual(["undecided", { on: "2022-06-08" }]);
  expect([says({}), says({ undecided_on: null })]).toEqual([null, null]);
  const one = list([person("a", { undecided_on: "2022-06-08", undecided_fever: true })]);
  expect(obstacles(one, one.people[0]!, AT)).toEqual([]);
});

test("who has to leave, and why", () => {
  const why = (change: Partial<Listed>): unknown => whyLeave(person("a", change), AT);
  expect(why({ disposition: "isolation" })).toEqual([["sites.ordered", { disposition: "isolation" }]]);
  expect(why({ disposition: "admitted", is_positive: true })).toEqual([["sites.tested_positive", {}]]);
  expect(why({ disposition: "admitted" })).toEqual([]);
});

test("whoever is unwell stays so until a reading takes the fever back: shared cases", () => {
  for (const { taken, amounts_to } of temperatures.readings) {
    const readings = taken.map(({ minutes, degrees, method }) => ({ tenths: tenthsOf(degrees), method, at: AT + minutes * 60_000 }) as Reading);
    const unwell = readings.reduce<Unwell>((known, one) => withReading(known, "a", one, temperatures.limits), new Map());
    expect([taken, unwell.has("a")]).toEqual([taken, amounts_to === "abnormal"]);
  }
});

test("all that was read is stated, how and in which order: shared cases", () => {
  const { limits, cases } = temperatures.stated;
  for (const { taken, said } of cases) {
    const readings = taken.map(({ minutes, degrees, method }) => ({ tenths: tenthsOf(degrees), method, at: AT + minutes * 60_000 }) as Reading);
    expect([taken, measured(readings, limits)]).toEqual([taken, { ...said, isolated: null }]);
  }
  const first: Reading = { tenths: 377, method: "forehead", at: AT };
  expect(measured([first, { ...first, at: AT + 1_200_400 }], limits).second_after).toBe(1200);
  for (const jumped of [-3_600_000, 86_400_600]) {
    expect(measured([first, { ...first, at: AT + jumped }], limits).second_after).toBeNull();
  }
  expect(measured([first], limits, true)).toEqual({ ...NOT_MEASURED, temperature: "37.7", method: "forehead", isolated: true });
  expect(measured([], limits)).toEqual(NOT_MEASURED);
});

test("what is stated of somebody who passes", () => {
  const candidate = { id: "r", pass: null, listedAt: "2022-06-08T04:00:00Z", mayEnter: true };
  expect(passing("enter", candidate, { ...NOT_MEASURED, temperature: "36.5", method: "ear" })).toEqual({ kind: "enter", registration_id: "r", temperature: "36.5", method: "ear", pass: null, way: "typed", listed_at: candidate.listedAt, verdict: "may" });
  expect(passing("reading", { ...candidate, pass: "X", mayEnter: false }, { ...NOT_MEASURED, temperature: "37.5" })).toMatchObject({ way: "scan", pass: "X", verdict: "may_not" });
});

test("what passes is counted with what is stored, by the day", async () => {
  const outbox = await openOutbox();
  const store = (seq: number, day: string, kind: string): Promise<boolean> => {
    const rest = { id: `${seq}`, member_id: "m", at: "", skew_ms: null, sealed: "", state: "waiting", code: null, message: null } as const;
    return add(outbox, { seq, ...rest }, { seq, at: "", label: "", verdict: null, state: "waiting" }, [day, kind]);
  };
  await store(1, "2022-06-07", "enter");
  await store(2, "2022-06-08", "enter");
  await store(3, "2022-06-08", "enter");
  await store(3, "2022-06-08", "enter");
  await store(4, "2022-06-08", "leave");
  expect(await Promise.all([tally(outbox, "2022-06-07", "enter"), tally(outbox, "2022-06-08", "enter"), tally(outbox, "2022-06-08", "leave")])).toEqual([0, 2, 1]);
});
