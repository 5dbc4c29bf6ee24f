/** Reads QR codes away from the page, so that buttons never wait for a picture. The decoder comes from our own address. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import address from "zxing-wasm/reader/zxing_reader.wasm?url";

const ONLY = { formats: ["QRCode" as const], maxNumberOfSymbols: 1, tryHarder: true };

const prepared = prepareZXingModule({ overrides: { locateFile: () => address }, fireImmediately: true });

async function read(image: ImageData): Promise<void> {
  await prepared;
  const [found] = await readBarcodes(image, ONLY);
  self.postMessage(found?.isValid ? found.text : null);
}

self.addEventListener("message", ({ data }: MessageEvent<ImageData>) => {
  // A rejection is no error of the worker unless it is thrown out of it.
  read(data).catch((error: unknown) => setTimeout(() => { throw error; }));
});
