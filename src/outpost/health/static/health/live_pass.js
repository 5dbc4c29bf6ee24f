// 出示通行码: the signed code of one's pass over the whole screen, made anew every half minute, and what it is worth.
// No colour stands here: a gate reads the code, and who stands by learns nothing. Loaded when somebody asks for it.
// Plain ES2017, a classic script, like the check-in page that it serves.

(function () {
  "use strict";

  const page = document.getElementById("live-pass"), own = document.currentScript.src;
  const PERSON = "outpost.person", CODE = "outpost.live-pass";
  const RENEWED = 30000, LASTS = 60000, PATIENCE = 10000, AGAIN = 5000, QUIET = 4;
  let people = [], chosen = 0, shown = null, drawn = "", trouble = "", ticking = 0, renewing = 0, lock = null, before = null;

  const part = (name) => page.querySelector(`[data-part=${name}]`);
  const word = (name) => page.querySelector(`[data-word=${name}]`).textContent.trim();
  const owner = (one) => one.token.slice(0, 25);
  const clock = (at, seconds) => new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined, hour12: false, timeZone: page.dataset.zone,
  });

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch (error) {
      return null;
    }
  }
  function write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch (error) {
      // a browser that keeps nothing shows the code while the page is open
    }
  }

  const within = (promise) => Promise.race([
    promise,
    new Promise((_done, fail) => setTimeout(() => fail(new Error("slow")), PATIENCE)),
  ]);

  function load(name, values) {
    if (document.querySelector(`[data-live="${values.src || values.href}"]`)) return Promise.resolve();
    return new Promise((done, fail) => {
      const element = Object.assign(document.createElement(name), values, { onload: done, onerror: fail });
      element.dataset.live = values.src || values.href;
      document.head.appendChild(element);
    });
  }

  async function askPerson() {
    const answer = await within(fetch(page.dataset.token, { credentials: "same-origin", redirect: "manual" }));
    return answer.ok ? answer.json() : null;
  }

  async function fetchPerson() {
    const found = await askPerson();
    if (found) write(PERSON, found);
    return found;
  }

  // A phone that checks in keeps who one is for a month. Who acts for somebody since, or had their card seen, learns it
  // on their own page: the next door shall know it, too. What is kept of somebody else stays.
  async function followPerson() {
    const kept = read(PERSON);
    const found = kept && kept.token ? await askPerson() : null;
    if (found && owner(found) === owner(kept)) write(PERSON, found);
  }

  // On one's own page the session says who one is; at the door the phone does, so that nobody waits for the pages.
  async function findPerson() {
    const kept = read(PERSON);
    const isGood = kept && kept.token && Date.parse(kept.expires_at) > Date.now();
    if (isGood && !page.dataset.fresh) return kept;
    try {
      return await fetchPerson();
    } catch (error) {
      return isGood ? kept : null;
    }
  }

  const last = () => {
    const kept = read(CODE);
    return kept && people[chosen] && kept.who === owner(people[chosen]) ? kept : null;
  };

  async function renew() {
    clearTimeout(renewing);
    if (page.hidden || document.hidden) return;
    const one = people[chosen];
    trouble = one ? await ask(one) : "signedout";
    if (people[chosen] !== one) return;
    renewing = setTimeout(renew, trouble ? AGAIN * (1 + Math.random()) : RENEWED);
    show();
  }

  // What stands in the way, "" for nothing. Whose card nobody has seen is refused a verdict, and gets a code that says so.
  async function ask(one) {
    try {
      const answer = await within(fetch(page.dataset.lane, {
        headers: { "Authorization": "Bearer " + one.token, "Accept-Language": document.documentElement.lang },
      }));
      if (answer.status === 401) return "signedout";
      if (answer.status !== 200 && answer.status !== 403) return "busy";
      const told = await answer.json();
      if (!told.code) return "busy";
      const fresh = { code: told.code, at: Date.now(), who: owner(one) };
      write(CODE, fresh);
      if (people[chosen] === one) shown = fresh;
      return "";
    } catch (error) {
      return navigator.onLine ? "busy" : "offline";
    }
  }

  function draw(text) {
    if (text === drawn || !window.qrcode) return;
    const code = window.qrcode(0, "M");
    code.addData(text, "Alphanumeric");
    code.make();
    const count = code.getModuleCount(), all = count + 2 * QUIET, ratio = window.devicePixelRatio || 1;
    const wide = Math.min(window.innerWidth * 0.94, window.innerHeight * 0.62);
    const pixels = Math.max(2, Math.floor(wide * ratio / all)), canvas = part("code");
    canvas.width = canvas.height = pixels * all;
    canvas.style.width = canvas.style.height = pixels * all / ratio + "px";
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.fillStyle = "#000";
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < count; column++) {
        if (code.isDark(row, column)) ink.fillRect((column + QUIET) * pixels, (row + QUIET) * pixels, pixels, pixels);
      }
    }
    drawn = text;
  }

  function show() {
    const age = shown ? Date.now() - shown.at : Infinity, isFresh = age >= 0 && age <= LASTS;
    page.classList.toggle("is-old", !isFresh);
    part("clock").textContent = clock(Date.now(), true);
    part("who").textContent = people[chosen] ? people[chosen].name : "";
    part("code").hidden = !shown;
    if (shown) draw(shown.code);
    const cause = word(trouble || "busy");
    const said = isFresh ? word("fresh") : shown ? cause + " " + word("old").replace("{time}", clock(shown.at, false))
      : trouble ? cause + " " + word("none") : word("waits");
    if (part("state").textContent !== said) part("state").textContent = said; // read out once, not every second
  }

  function choose(index) {
    chosen = index;
    shown = last();
    Array.from(part("people").children, (one, place) => one.setAttribute("aria-pressed", String(place === index)));
    show();
    return renew();
  }

  function offer() {
    part("people").textContent = "";
    part("people").hidden = people.length < 2;
    people.forEach((one, index) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: one.name });
      button.addEventListener("click", () => choose(index));
      part("people").appendChild(button);
    });
  }

  async function stayAwake() {
    try {
      if (navigator.wakeLock) lock = await navigator.wakeLock.request("screen");
    } catch (error) {
      lock = null; // a low battery refuses it
    }
  }

  function keepFiles() {
    const files = [own, page.dataset.code, page.dataset.look];
    if (window.caches) caches.open("check-in").then((cache) => cache.addAll(files)).catch(() => {});
  }

  async function open() {
    before = document.activeElement;
    page.hidden = false;
    shown = null;
    drawn = "";
    trouble = "";
    part("close").focus();
    ticking = setInterval(show, 1000);
    stayAwake();
    try {
      await Promise.all([load("link", { rel: "stylesheet", href: page.dataset.look }), load("script", { src: page.dataset.code })]);
      keepFiles();
    } catch (error) {
      trouble = "offline";
    }
    const who = await findPerson();
    people = who ? [who].concat(who.companions || []) : [];
    offer();
    return choose(0);
  }

  function close() {
    page.hidden = true;
    clearInterval(ticking);
    clearTimeout(renewing);
    if (lock) lock.release();
    lock = null;
    if (before) before.focus();
  }

  part("close").addEventListener("click", close);
  page.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  window.addEventListener("resize", () => { drawn = ""; });
  window.addEventListener("online", renew);
  document.addEventListener("visibilitychange", () => {
    if (page.hidden || document.hidden) return;
    stayAwake();
    renew();
  });
  document.querySelectorAll("[data-show-pass]").forEach((button) => button.addEventListener("click", open));
  if (page.dataset.open) open();
  if (page.dataset.fresh) followPerson().catch(() => {});
})();
