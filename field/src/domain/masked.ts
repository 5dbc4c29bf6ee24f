/** What may stand on the screen of a person afterwards: 张* 1234. As `core/masking.py` writes names. */

export function maskedName(name: string): string {
  const signs = [...name.trim()];
  if (signs.length < 2) return "*".repeat(signs.length);
  return /\p{Script=Han}/u.test(signs[0]!) ? signs[0] + "*".repeat(signs.length - 1) : `${signs[0]}***`;
}

export const label = (name: string, tail: string): string => [name, tail].filter(Boolean).join(" ");

export const typedLabel = (name: string, number: string): string => label(maskedName(name), number.slice(-4));
