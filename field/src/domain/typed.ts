/** What hands and scanner guns type: full-width letters, spaces and capitals make no difference. */

const SHORT_CODE = /^[0-9A-HJKMNP-TV-Z]{10}$/;

export const oneForm = (text: string): string => text.normalize("NFKC").replace(/[\s\u200b-\u200f\ufeff]/g, "").toUpperCase();

/** The ten letters of a pairing code as the server knows them (O, I and L are misread digits); null for none. */
export function pairingCode(text: string): string | null {
  const code = oneForm(text).replace(/-/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return SHORT_CODE.test(code) ? code : null;
}
