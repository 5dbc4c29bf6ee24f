import { expect, test } from "vitest";
import { fromBase32, fromBase64Url, toBase64Url, utf8 } from "../src/domain/bytes";
import { answeredAt, type Kept, NEVER, read } from "../src/domain/clock";
import { documentFault, phoneFault } from "../src/domain/documents";
import { newId } from "../src/domain/ids";
import { label, maskedName, typedLabel } from "../src/domain/masked";
import { fits, waitAfter } from "../src/domain/pins";
import { sight, withEntry, withSight } from "../src/domain/repeats";
import { callSignature, ownKey, publicText, verify } from "../src/domain/signatures";
import { type Reading, readTemperature, says, standing, tenthsOf } from "../src/domain/temperatures";
import { oneForm, pairingCode } from "../src/domain/typed";
import shared from "../../tests/shared/documents.json";
import measured from "../../tests/shared/temperatures.json";

const LIMITS = { lowest: "34.0", highest: "43.0", normal_up_to: "37.3", failed_below: "35.0", recheck_minutes: 15 };
const MINUTE = 60_000;

test("base64url and base32 there and back", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_none, at) => at);
  expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
  expect(toBase64Url(bytes)).not.toMatch(/[+/=]/);
  expect(fromBase32("MZXW6YTBOI")).toEqual(utf8("foobar"));
  for (const wrong of ["MZXW6YTBOJ", "MZXW6YTBOIA", "M", "mzxw6ytboi", "MZXW6YT0"]) expect([wrong, fromBase32(wrong)]).toEqual([wrong, null]);
});

test("temperatures: shared cases, and which fault it is", () => {
  for (const { text, good } of shared.temperatures) expect([text, "tenths" in readTemperature(text, LIMITS)]).toEqual([text, good]);
  expect(["37.3", "3.65", "366", "36", "33.9"].map((text) => readTemperature(text, LIMITS))).toEqual([
    { tenths: 373 },
    ...[{ fault: "form" }, { fault: "form" }, { fault: "form" }],
    { fault: "range" },
  ]);
});

test("documents and phones: shared cases", () => {
  const today = shared.today.replace(/-/g, "");
  for (const { type, text, good } of shared.documents) expect([type, text, documentFault(type, text, today) === null]).toEqual([type, text, good]);
  for (const { text, good } of shared.phones) expect([text, phoneFault(text) === null]).toEqual([text, good]);
});

test("normal begins and ends with its own value", () =>
  expect([349, 350, 373, 374].map((tenths) => says(tenths, LIMITS))).toEqual(["failed", "normal", "normal", "fever"]));

test("which of several readings counts: shared cases", () => {
  expect(measured.readings.length).toBeGreaterThan(15);
  for (const { taken, amounts_to } of measured.readings.filter((one) => one.taken.length)) {
    const readings = taken.map(({ minutes, degrees, method }) => ({ tenths: tenthsOf(degrees), method, at: minutes * MINUTE }) as Reading);
    const left = standing(readings, measured.limits).length ? "abnormal" : says(readings.at(-1)!.tenths, measured.limits);
    expect([taken, left]).toEqual([taken, amounts_to]);
  }
});

test.each([
  ["resident_id", "11010519491231002X", null],
  ["resident_id", "１１０１０５ 19491231002ｘ", null],
  ["resident_id", "110105491231002", null],
  ["resident_id", "11010519491231002", "length"],
  ["resident_id", "110105194912310021", "check_digit"],
  ["resident_id", "110105194902310021", "birth"],
  ["resident_id", "110105209912310021", "birth"],
  ["resident_id", "990105194912310021", "check_digit"],
  ["resident_id", "160105194912310021", "province"],
  ["resident_id", "1101051949123100AX", "characters"],
  ["resident_id", "", "empty"],
  ["passport", "E12345678", null],
  ["passport", "ABCDEF", "form"],
  ["hk_macao_permit", "H12345678", null],
  ["hk_macao_permit", "X12345678", "form"],
  ["taiwan_permit", "12345678", null],
  ["birth_certificate", "A123456789", null],
  ["foreign_permanent_resident", "ABC110190010112", null],
  ["foreign_permanent_resident", "110105194912310021", "form"],
  ["other", "军字第123号", null],
])("a document: %s %s is %s", (type, text, fault) => expect(documentFault(type, text, "20221201")).toBe(fault));

test.each([
  ["13800000000", null],
  ["+86 138-0000-0000", null],
  ["", null],
  ["+85291234567", null],
  ["1380000000", "phone"],
  ["12345678901", "phone"],
])("a phone: %s is %s", (text, fault) => expect(phoneFault(text)).toBe(fault));

test("what may be shown of a person", () => {
  expect(["张三", "欧阳锋", "John Smith", "张", ""].map(maskedName)).toEqual(["张*", "欧**", "J***", "*", ""]);
  expect([typedLabel("张三", "11010519491231002X"), label("张*", ""), label("", "")]).toEqual(["张* 002X", "张*", ""]);
});

test("what is typed: width, capitals and spaces make no difference", () => {
  expect(oneForm(" ａｂ１\u200b２ c")).toBe("AB12C");
  expect(["ab1de fg2hj", "AB1DE-FGOHI", "ABCDE", "ABCDEFGHU2"].map(pairingCode)).toEqual(["AB1DEFG2HJ", "AB1DEFG0H1", null, null]);
});

test("the same code held, let in, and shown again", () => {
  let seen = withSight(new Map(), "a", "green", 0);
  const kinds = [sight(new Map(), "a", "green", 0), sight(seen, "a", "green", 9_999), sight(seen, "a", "green", 10_000)];
  expect(kinds.map(({ kind }) => kind)).toEqual(["new", "held", "new"]);
  seen = withEntry(seen, "a", "green", 1_000);
  expect(sight(seen, "a", "green", 8_000)).toEqual({ kind: "repeat" });
  expect(sight(seen, "a", "red", 8_000)).toEqual({ kind: "again", since: 1_000 });
  expect(sight(withSight(seen, "a", "green", 8_000), "a", "green", 60_000)).toEqual({ kind: "again", since: 1_000 });
  expect(sight(seen, "b", "green", 8_000)).toEqual({ kind: "new" });
});

test("the time: by the server, by the corrected device, never back", () => {
  const kept: Kept = { serverAt: 100 * MINUTE, skew: -180 * MINUTE, newestIssued: 0 };
  expect(read(NEVER, null, 5 * MINUTE, 0)).toEqual({ now: 5 * MINUTE, isLost: false });
  expect(read(kept, { serverAt: 100 * MINUTE, tick: 7 }, -1, 7 + MINUTE)).toEqual({ now: 101 * MINUTE, isLost: false });
  expect(read(kept, null, -75 * MINUTE, 0)).toEqual({ now: 105 * MINUTE, isLost: false });
  expect(read(kept, null, -81 * MINUTE, 0)).toEqual({ now: 100 * MINUTE, isLost: false });
  expect(read(kept, null, -83 * MINUTE, 0)).toEqual({ now: 100 * MINUTE, isLost: true });
  expect(read({ ...kept, newestIssued: 110 * MINUTE }, null, -75 * MINUTE, 0).now).toBe(110 * MINUTE);
});

test("an answer tells the skew, half of the call's time allowed for", () => {
  expect(answeredAt(1_000_000, 1_060_400, 0, 800)).toEqual({ serverAt: 1_000_400, tick: 800, skew: 60_000 });
});

test("PINs: those that fit, and growing waits", async () => {
  const salt = toBase64Url(utf8("salt"));
  const verifier = "6AM48UJKYhnWs6OkdblJHWuU4cfdSUMHE3-eQdRt3TE"; // hashlib.pbkdf2_hmac("sha256", b"135790", b"salt", 1000)
  const member = { id: "m", name: "", salt, verifier, rounds: 1000 };
  expect([await fits(member, "135790"), await fits(member, "135791")]).toEqual([true, false]);
  expect([1, 4, 5, 6, 7, 30].map(waitAfter)).toEqual([0, 0, 30_000, 60_000, 120_000, 3_600_000]);
});

test("a call is signed over method, path and body", async () => {
  const keys = await ownKey();
  const signature = await callSignature(keys.privateKey, "POST", "/api/v1/desk/entries", "{}");
  const hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // of {}
  const signed = utf8(`POST\n/api/v1/desk/entries\n${hash}`);
  expect(await verify(await publicText(keys), fromBase64Url(signature), signed)).toBe(true);
  expect(fromBase64Url(signature)).toHaveLength(64);
});

test("ids are in order of time", () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map(newId);
  expect(ids).toEqual([...ids].sort());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
