// Answers for the check-in page when the network does not: the page of every code is the same one, kept by check_in.js.

const PAGE = new URL("./", self.location).pathname;
const PATIENCE = 2000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const kept = (request) => caches.match(request);

async function page(request) {
  const known = await kept(PAGE);
  if (!known) return fetch(request);
  const slow = new Promise((done) => setTimeout(() => done(known.clone()), PATIENCE));
  const fresh = fetch(request).then(async (answer) => {
    if (answer.status >= 500) return known;
    if (answer.ok) await (await caches.open("check-in")).put(PAGE, answer.clone());
    return answer;
  }, () => known);
  return Promise.race([fresh, slow]);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const name = pathname.slice(PAGE.length); // of a code; the page where one is typed has none
  const isPage = request.mode === "navigate" && name && !name.includes("/");
  if (isPage) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(kept(request).then((file) => file || fetch(request)));
});
