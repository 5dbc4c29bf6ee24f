/** Keeps the whole app on the device. A new version waits until the page says that nobody is in the middle of something. */

import { cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope & { __PRECACHED: { url: string; revision: string }[] };

cleanupOutdatedCaches();
precacheAndRoute(self.__PRECACHED);
self.addEventListener("message", (event) => {
  if (event.data === "apply") void self.skipWaiting();
});
