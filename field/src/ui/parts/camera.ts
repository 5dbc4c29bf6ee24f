/** The camera: asked for five seconds at most, switched and remembered, with its torch where it has one. */

import { fact, keep } from "../../store/device";
import { stores } from "../acts";

const PATIENCE = 5_000;

/** Null when the camera does not come: refused, absent, or no answer. */
export async function openCamera(): Promise<MediaStream | null> {
  const chosen = await fact(stores().device, "camera");
  const video = { width: { ideal: 1280 }, ...(chosen ? { deviceId: { ideal: chosen } } : { facingMode: { ideal: "environment" } }) };
  const asked = navigator.mediaDevices?.getUserMedia({ video, audio: false });
  if (!asked) return null;
  const limit = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE));
  try {
    const stream = await Promise.race([asked, limit]);
    if (stream === null) void asked.then(closeCamera, () => undefined); // it may still come when nobody wants it
    return stream;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Remembers the camera after the one in use; false when there is no other. */
export async function chooseNext(stream: MediaStream): Promise<boolean> {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const at = cameras.findIndex(({ deviceId }) => deviceId === stream.getVideoTracks()[0]?.getSettings().deviceId);
  const next = cameras[(at + 1) % cameras.length];
  if (!next || cameras.length < 2) return false;
  await keep(stores().device, "camera", next.deviceId);
  return true;
}

export function hasTorch(stream: MediaStream): boolean {
  return "torch" in (stream.getVideoTracks()[0]?.getCapabilities?.() ?? {});
}

export async function setTorch(stream: MediaStream, isOn: boolean): Promise<void> {
  const wish = { advanced: [{ torch: isOn }] } as unknown as MediaTrackConstraints; // not in the types of the DOM yet
  await stream.getVideoTracks()[0]?.applyConstraints(wish);
}
