import { expect, test } from "vitest";
import { fromBase64Url } from "../src/domain/bytes";
import shared from "../../tests/shared/sealing.json";
import { opened } from "./server";

const CURVE = { name: "ECDH", namedCurve: "P-256" };

test("the server's sealed text opens by the same derivation", async () => {
  const own = await crypto.subtle.importKey("pkcs8", fromBase64Url(shared.private_pkcs8), CURVE, false, ["deriveBits"]);
  expect(await opened(own, { ...shared, member_id: "" })).toEqual(shared.content);
});
