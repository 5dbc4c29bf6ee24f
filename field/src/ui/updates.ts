/** New versions of the app: they wait until the gate is locked and idle, or somebody taps. Nothing reloads in between. */

import { isIdle } from "./shift";
import { state } from "./state";

const IDLE = 120_000;
const ASK_EVERY = 3_600_000;

let waitingWorker: ServiceWorker | null = null;

export async function watchUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const registration = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { updateViaCache: "none" });
  const isFirst = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => (state.isOutdated = !isFirst)); // by another tab
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const found = registration.installing;
    found?.addEventListener("statechange", () => found.state === "installed" && offer(registration.waiting));
  });
  setInterval(() => void registration.update().catch(() => undefined), ASK_EVERY); // offline: the next hour will do
  setInterval(() => state.isUpdateReady && state.stage === "members" && isIdle(IDLE) && applyUpdate(), 15_000);
}

/** The very first version has nobody to replace. */
function offer(worker: ServiceWorker | null): void {
  if (!worker || !navigator.serviceWorker.controller) return;
  waitingWorker = worker;
  state.isUpdateReady = true;
}

export function applyUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waitingWorker?.postMessage("apply");
}
