/** The screen of a gate does not go dark while the gate is open. */

import { onMounted, onUnmounted } from "vue";

let awake: WakeLockSentinel | null = null;

async function ask(): Promise<void> {
  if (document.visibilityState !== "visible") return;
  awake = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null; // a low battery refuses it
}

export function stayAwake(): void {
  onMounted(() => {
    void ask();
    document.addEventListener("visibilitychange", ask);
  });
  onUnmounted(() => {
    void awake?.release();
    document.removeEventListener("visibilitychange", ask);
  });
}
