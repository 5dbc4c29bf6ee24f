/** Asks the worker for the code in a picture, one picture at a time. */

import ScanWorker from "./scan.worker?worker";

const WIDEST = 960; // enough for a pass held 25 cm away, small enough for an old phone

let worker: Worker | null = null;
const canvas = document.createElement("canvas");

/** Loads the decoder before it is wanted: a later version of the app may have taken the place of this one's files. */
export function startDecoder(): Worker {
  worker ??= new ScanWorker();
  return worker;
}

/** Null when there is no code, or when the decoder broke: the next picture gets a new one. */
export function decode(source: HTMLVideoElement | ImageBitmap, width: number, height: number): Promise<string | null> {
  const asked = startDecoder();
  const image = pixels(source, width, height);
  return new Promise((resolve) => {
    asked.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
    asked.onerror = () => {
      worker = null;
      resolve(null);
    };
    asked.postMessage(image, [image.data.buffer]);
  });
}

function pixels(source: CanvasImageSource, width: number, height: number): ImageData {
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The code in a photo; null when there is none. */
export async function decodePhoto(file: File): Promise<string | null> {
  const bitmap = await createImageBitmap(file);
  return decode(bitmap, bitmap.width, bitmap.height);
}
