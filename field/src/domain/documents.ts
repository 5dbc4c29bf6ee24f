/**
 * Numbers of documents and phones while they are typed: advice before the entry is sealed, since nobody can correct it
 * afterwards. The server decides (`people/rules.py`, `core/phones.py`); tests/shared/documents.json holds both to the same.
 */

import { oneForm } from "./typed";

export type DocumentFault = "empty" | "length" | "characters" | "province" | "birth" | "check_digit" | "form";
export type PhoneFault = "phone";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const PROVINCES = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9)/;
const LIKE_X = /[×✕ХΧ]/g;
const FORMS: Record<string, RegExp> = {
  hk_macao_permit: /^[HM][A0-9]\d{7}(\d{2})?$/,
  taiwan_permit: /^\d{8}(\d{2}([A-Z]|\([A-Z]\))?)?$/,
  passport: /^(?=[A-Z]*\d)[A-Z0-9]{5,15}$/,
  birth_certificate: /^[A-Z]\d{9}$/,
  other: /^(?=.*\d)[\p{L}\p{N}_()-]{4,32}$/u,
};
const LAST_DAY = "99991231";
const MOBILE = /^(?:\+?86|0086)?1[3-9]\d{9}$/;

/** Why a number cannot be one of its type; null when it can. `today` is YYYYMMDD of the local day. */
export function documentFault(type: string, text: string, today: string): DocumentFault | null {
  const number = oneForm(text);
  if (number === "") return "empty";
  if (type === "resident_id") return residentFault(number.replace(/-/g, "").replace(LIKE_X, "X"), today);
  if (type === "foreign_permanent_resident") return permanentFault(number, today);
  return FORMS[type]?.test(number) === false ? "form" : null;
}

/** The one form in which the server knows a good number, and its type: of a permit the part that stays for life. */
export function oneDocument(type: string, text: string): { type: string; number: string } {
  const typed = oneForm(text);
  if (type === "hk_macao_permit") return { type, number: typed.slice(0, 9) };
  if (type === "taiwan_permit") return { type, number: typed.slice(0, 8) };
  if (type !== "resident_id") return { type, number: typed };
  const number = typed.replace(/-/g, "").replace(LIKE_X, "X");
  if (number.startsWith("9")) return { type: "foreign_permanent_resident", number };
  const whole = `${number.slice(0, 6)}19${number.slice(6)}`;
  return { type, number: /^\d{15}$/.test(number) ? whole + checkCharacter(whole) : number };
}

function permanentFault(number: string, today: string): DocumentFault | null {
  if (/^[A-Z]{3}\d{12}$/.test(number)) return ["19", "20"].some((century) => isBirth(century + number.slice(7, 13))) ? null : "birth";
  return number.startsWith("9") ? residentFault(number, today) : "form";
}

function residentFault(typed: string, today: string): DocumentFault | null {
  const isOld = /^\d{15}$/.test(typed);
  const number = isOld ? `${typed.slice(0, 6)}19${typed.slice(6)}` : typed;
  if (!isOld && number.length !== 18) return "length";
  if (!/^\d{17}[\dX]?$/.test(number)) return "characters";
  if (!PROVINCES.test(number)) return "province";
  if (!isBirth(number.slice(6, 14), today)) return "birth";
  return isOld || checkCharacter(number) === number[17] ? null : "check_digit";
}

/** The 18th character for 17 digits (ISO 7064 MOD 11-2). */
export function checkCharacter(digits: string): string {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(digits[at]), 0);
  return "10X98765432"[sum % 11] ?? "";
}

function isBirth(digits: string, today = LAST_DAY): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1900 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && digits <= today;
}

/** Of a phone, which may be left out; numbers from elsewhere are left to the server. */
export function phoneFault(text: string): PhoneFault | null {
  const number = oneForm(text).replace(/[-‐−/.()]/g, "");
  if (number === "" || /^(\+|00)(?!86)\d{7,}$/.test(number)) return null;
  return MOBILE.test(number) ? null : "phone";
}
