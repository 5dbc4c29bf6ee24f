/** Reads QR codes away from the page, so that buttons never wait for a picture. The decoder comes from our own address. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import address from "zxing-wasm/reader/zxing_reader.wasm?url";

const ONLY = { formats: ["QRCode" as const], maxNumberOfSymbols: 1, tryHarder: true };

prepareZXingModule({ overrides: { locateFile: () => address } });

self.addEventListener("message", async ({ data }: MessageEvent<ImageData>) => {
  const [found] = await readBarcodes(data, ONLY);
  self.postMessage(found?.isValid ? found.text : null);
});
