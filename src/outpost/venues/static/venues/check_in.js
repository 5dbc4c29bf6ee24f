// The check-in page: one touch, kept in the phone until the lane has answered, sent by itself when the network is back.
// So is a check-out, which the pages' process takes once the check-in that it ends has arrived.
// Plain ES2017, a classic script: where it does not run, the form of the page does the same by the pages' process.

(function () {
  "use strict";

  const page = document.getElementById("check-in");
  // The phone keeps one page for all codes, so only the address says which one this is.
  const code = decodeURIComponent(location.pathname.slice(page.dataset.scope.length));
  const QUEUE = "outpost.check-ins", PERSON = "outpost.person", RECEIPT = "outpost.receipt", STAYS = "outpost.stays", PLACES = "outpost.places",
    PASS = "outpost.pass", DECLARED = "outpost.declared", AGREED = "outpost.position", ASKED = "#asked", SHAPES = { circle: "●", triangle: "▲", square: "■" }, DAY = 86400000;
  const PATIENCE = 10000, LONGEST_PAUSE = 60000, SHOWN_FOR = 600000, MOST_PLACES = 30,
    FIX_PATIENCE = 3000, FIX_AGE = 60000, ROUNDED = 100, SHORTEST = Number(page.dataset.shortest) * 1000;
  let memory = {};
  let tries = 0, timer = 0, isSending = false, isLocating = false, trouble = "";

  const part = (id) => document.getElementById(id);
  const word = (name) => document.querySelector(`[data-word=${name}]`).textContent.trim();

  // A browser that keeps nothing (private window, full disk) still checks in while the page is open.
  function read(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(key)) || memory[key] || otherwise;
    } catch (error) {
      return memory[key] || otherwise;
    }
  }
  function write(key, value) {
    memory[key] = value;
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch (error) {
      part("unkept").hidden = false;
    }
  }

  // UUIDv7: its time first, the rest random.
  function newId() {
    const bytes = new Uint8Array(16);
    crypto.getRandomValues(bytes);
    let time = Date.now();
    for (let index = 5; index >= 0; index--) {
      bytes[index] = time % 256;
      time = Math.floor(time / 256);
    }
    bytes[6] = (bytes[6] & 15) | 112;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // The first signs of a token are the person's: an entry is sent only under who made it.
  const owner = (person) => person.token.slice(0, 25);

  function person() {
    const known = read(PERSON, null);
    return known && known.token && Date.parse(known.expires_at) > Date.now() ? known : null;
  }

  // The tokens that may send an entry: the person's own, and those of whom they act for.
  const tokensOf = (who) => who ? [who].concat(who.companions || []) : [];
  const tokenOf = (entry) => tokensOf(person()).filter((one) => owner(one) === entry.who)[0];

  async function fetchPerson() {
    const answer = await fetch(page.dataset.token, { credentials: "same-origin", redirect: "manual" });
    if (!answer.ok) return null;
    const found = await answer.json();
    write(PERSON, found);
    return found;
  }

  function signIn() {
    location.href = page.dataset.start + "?next=" + encodeURIComponent(location.pathname);
  }

  async function touch() {
    let who = person();
    if (!who) {
      try {
        who = await fetchPerson();
      } catch (error) {
        trouble = "unknown";
        return show();
      }
      if (!who) return signIn();
    }
    const at = new Date().toISOString();
    const ticked = Array.from(part("companions").querySelectorAll("input:checked"), (one) => one.value);
    const everybody = tokensOf(who).filter((one) => one === who || ticked.indexOf(owner(one)) >= 0);
    const entries = everybody.map((one) => ({ id: newId(), code: code, occurred_at: at, who: owner(one), name: one.name }));
    // Who touches this code again has read why it was refused: what comes of this touch is what stands above the button.
    const isRead = (one) => one.refused && one.code === code && everybody.some((each) => owner(each) === one.who);
    write(QUEUE, read(QUEUE, []).filter((one) => !isRead(one)).concat(entries));
    write(STAYS, stays().concat([{ id: entries[0].id, code: code, at: at, who: owner(who), name: who.name }]));
    tries = 0;
    show();
    if (read(AGREED, "") === owner(who)) await locate(entries.map((one) => one.id));
    return send();
  }

  // Nobody is asked where they are before they switch it on, each for themselves; a browser that cannot say shows no switch.
  function offerPosition(who) {
    part("position-choice").hidden = !who || !navigator.geolocation || !window.isSecureContext;
    part("position").checked = Boolean(who && read(AGREED, "") === owner(who));
  }
  function agree() {
    write(AGREED, part("position").checked ? owner(person()) : "");
    part("unlocated").hidden = true;
  }

  // Where the phone is, to about 100 m, for whoever agreed: the entries of one touch wait for it a moment, and go without
  // it when the phone does not tell. It is sent with them and kept no longer than they are.
  async function locate(ids) {
    isLocating = true;
    try {
      const at = await within(new Promise((done, fail) => navigator.geolocation.getCurrentPosition(
        (found) => done(found.coords), fail, { timeout: FIX_PATIENCE, maximumAge: FIX_AGE })));
      const position = {
        longitude: Number(at.longitude.toFixed(3)), latitude: Number(at.latitude.toFixed(3)), accuracy: Math.ceil(at.accuracy) + ROUNDED,
      };
      write(QUEUE, read(QUEUE, []).map((one) => ids.indexOf(one.id) < 0 ? one : Object.assign({ position: position }, one)));
    } catch (error) {
      part("unlocated").hidden = false;
    }
    isLocating = false;
  }

  const within = (promise) => Promise.race([
    promise,
    new Promise((_done, fail) => setTimeout(() => fail(new Error("slow")), PATIENCE)),
  ]);

  function settle(entry, change) {
    const rest = read(QUEUE, []).filter((one) => one.id !== entry.id);
    write(QUEUE, change ? rest.concat([Object.assign({}, entry, change, { position: undefined })]) : rest);
  }

  const ask = (entry) => within(fetch(page.dataset.lane, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    body: JSON.stringify({ id: entry.id, code: entry.code, occurred_at: entry.occurred_at, token: tokenOf(entry).token, position: entry.position }),
  }));

  // One of what is kept; true when the next may go. What no answer settles stays as it is.
  async function sendOne(asking, taken, refused) {
    let answer;
    try {
      answer = await asking();
    } catch (error) {
      trouble = navigator.onLine ? "unreachable" : "offline";
      return later(0);
    }
    if (answer.ok) {
      taken(await answer.json());
      return true;
    }
    if (answer.status === 401 || answer.type === "opaqueredirect") {
      write(PERSON, {});
      trouble = "signedout";
      return false;
    }
    if (answer.status === 409 || answer.status === 422) {
      refused((await answer.json()).message);
      return true;
    }
    trouble = "busy";
    return later(Number(answer.headers.get("Retry-After")) || 0);
  }

  // The visits of a day that were touched here, to be left by another touch; what was left stays until that is known.
  const waits = (stay) => stay.left && !stay.done;
  const stays = () => read(STAYS, []).filter((one) => waits(one) || Date.now() - Date.parse(one.at) < DAY);
  const change = (id, what) => write(STAYS, stays().map((one) => one.id === id ? Object.assign({}, one, what) : one));
  const drop = (id) => write(STAYS, stays().filter((one) => one.id !== id));

  function leaveNow(stay) {
    part("soon").hidden = Date.now() - Date.parse(stay.at) >= SHORTEST;
    if (!part("soon").hidden) return;
    change(stay.id, { left: new Date().toISOString() });
    tries = 0;
    show();
    return send();
  }

  // It is the pages' process that ends a visit, for who is signed in: its form says that it was asked from here.
  async function askLeft(stay) {
    const form = await within(fetch(page.dataset.leave, { credentials: "same-origin", redirect: "manual" }));
    if (!form.ok) return form;
    const proof = new DOMParser().parseFromString(await form.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
    return within(fetch(page.dataset.left, {
      method: "POST", credentials: "same-origin", redirect: "manual",
      body: new URLSearchParams({ csrfmiddlewaretoken: proof.value, visit: stay.id, left_at: stay.left, token: person().token }),
    }));
  }

  // Who leaves a venue leaves it by whichever of its doors: all scans there are left by one touch. Two venues may share
  // a name, and what a phone kept before it was told the venue's id stays by its code.
  const venueOf = (stay) => (placeOf(stay.code) || {}).venueId || stay.code;
  function gone(stay) {
    const isSame = (one) => venueOf(one) === venueOf(stay) && one.who === stay.who && one.at <= stay.left && !one.left;
    write(STAYS, stays().filter((one) => !isSame(one)));
    change(stay.id, { done: true });
  }

  // A check-out goes after all check-ins of its touch: whoever came along leaves with it.
  function isReady(stay) {
    const who = person(), isBefore = (entry) => entry.code === stay.code && entry.occurred_at === stay.at && !entry.refused && tokenOf(entry);
    return waits(stay) && !stay.refused && who && owner(who) === stay.who && !read(QUEUE, []).some(isBefore);
  }

  function arrived(entry, told) {
    settle(entry, null);
    if (!told.checks_out) drop(entry.id);
    const last = read(RECEIPT, null);
    const names = last && last.at === entry.occurred_at ? [entry.name].concat(last.names) : [entry.name]; // of one touch
    write(RECEIPT, { code: entry.code, names: names, venue: told.venue, checkpoint: told.checkpoint,
      at: entry.occurred_at, leaves: told.checks_out });
    const places = read(PLACES, []).filter((one) => one.code !== entry.code).slice(1 - MOST_PLACES);
    write(PLACES, places.concat([{ code: entry.code, venue: told.venue, venueId: told.venue_id, checkpoint: told.checkpoint,
      leaves: told.checks_out }]));
  }

  // Full random back-off with a cap, never sooner than the lane asks: phones must not come back in step.
  function later(seconds) {
    tries += 1;
    const pause = Math.random() * Math.min(LONGEST_PAUSE, 1000 * Math.pow(2, tries));
    clearTimeout(timer);
    timer = setTimeout(send, seconds * 1000 + pause);
    return false;
  }

  // What was touched last goes first: somebody stands at the door with it.
  async function send() {
    if (isSending || isLocating) return;
    isSending = true;
    trouble = "";
    const mine = read(QUEUE, []).filter((one) => !one.refused && tokenOf(one));
    let goesOn = true;
    while (goesOn && mine.length) {
      const entry = mine.pop();
      goesOn = await sendOne(() => ask(entry), (told) => arrived(entry, told), (why) => { settle(entry, { refused: why }); drop(entry.id); });
    }
    const left = stays().filter(isReady);
    while (goesOn && left.length) {
      const stay = left.shift();
      goesOn = await sendOne(() => askLeft(stay), () => gone(stay), (why) => change(stay.id, { refused: why }));
    }
    if (goesOn) tries = 0;
    isSending = false;
    show();
    if (goesOn) fetchPass().catch(() => {}); // what stands is shown on
  }

  // The pass as it was told last, with its time: a service that is away takes nobody's pass.
  async function fetchPass() {
    const who = person();
    if (!who) return;
    const answer = await within(fetch(page.dataset.pass, {
      headers: { "Authorization": "Bearer " + who.token, "Accept-Language": document.documentElement.lang },
    }));
    if (answer.ok) write(PASS, Object.assign(await answer.json(), { who: owner(who) }));
    if (answer.status === 403) await renew();
    show();
  }

  // The district may want a declaration: it is opened once a visit, and is never in the way of a check-in. Without an
  // answer nothing opens, and neither over what waits to be sent nor over what was just recorded.
  async function askDeclaration() {
    const who = person(), known = read(DECLARED, {});
    if (!who || (known.who === owner(who) && Date.parse(known.until) > Date.now())) return;
    const answer = await within(fetch(page.dataset.declared, { credentials: "same-origin", redirect: "manual" }));
    if (!answer.ok) return;
    const until = (await answer.json()).until;
    write(DECLARED, { who: owner(who), until: until });
    part("undeclared").hidden = Boolean(until);
    const isFree = !isSending && part("kept").hidden && part("done").hidden;
    if (!until && isFree && location.hash !== ASKED) location.href = part("declare").href;
  }

  // Nobody has seen the card yet, as far as this token knows: once a day the phone asks for another.
  async function renew() {
    if (Date.now() - (read(PASS, {}).asked || 0) < DAY) return;
    write(PASS, { asked: Date.now() });
    await fetchPerson();
  }

  function showPass(who) {
    const pass = read(PASS, {});
    const isGood = Boolean(who && pass.who === owner(who) && !(pass.until && Date.parse(pass.until) <= Date.now()));
    part("pass").hidden = !isGood;
    if (!isGood) return;
    part("pass").dataset.shape = pass.shape;
    part("pass-shape").textContent = SHAPES[pass.shape];
    part("pass-word").textContent = pass.word;
    part("pass-reason").textContent = pass.reason;
    part("pass-at").textContent = word("asof") + " " + clock(pass.as_of);
  }

  const clock = (iso) => new Date(iso).toLocaleString(document.documentElement.lang, {
    month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
    timeZone: page.dataset.zone, // the district's, whatever the phone is set to
  });

  const placeOf = (code) => read(PLACES, []).filter((one) => one.code === code)[0];
  const named = (known) => known ? known.venue + " · " + known.checkpoint : "";

  // A line of a list, with a button where something can be done about it.
  function line(texts, label, act) {
    const item = document.createElement("li");
    const text = document.createElement("span");
    text.textContent = texts.filter(Boolean).join(" · ");
    item.appendChild(text);
    if (act) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word(label);
      button.addEventListener("click", () => { act(); show(); });
      item.appendChild(button);
    }
    return item;
  }
  function kept(one, at, isMine, what, dismiss) {
    const state = one.refused ? word("refused") + " " + one.refused : word(isMine ? "waiting" : "absent");
    return line([clock(at), one.name, named(placeOf(one.code)), what, state], "dismiss", one.refused && dismiss);
  }
  function list(id, items) {
    part(id).textContent = "";
    items.forEach((item) => part(id).appendChild(item));
  }

  // The last visit at each venue that asks for its end, and what was left today.
  function leaving(who) {
    const mine = stays().filter((one) => who && one.who === owner(who) && !one.refused && (placeOf(one.code) || {}).leaves);
    const isLast = (stay) => !mine.some((one) => venueOf(one) === venueOf(stay) && one.at > stay.at);
    return mine.filter(isLast).map((stay) => stay.left
      ? line([named(placeOf(stay.code)), word(stay.done ? "left" : "leaving"), clock(stay.left), stay.done ? "" : word("waiting")])
      : line([named(placeOf(stay.code)), clock(stay.at)], "leave", () => leaveNow(stay)));
  }

  // Whom one acts for, to be ticked; nobody is ticked beforehand.
  function offer(who) {
    const companions = who ? who.companions || [] : [];
    const box = part("companions-list");
    part("companions").hidden = !companions.length;
    const owners = companions.map(owner).join();
    if (box.dataset.owners === owners) return; // what is ticked stays ticked
    box.dataset.owners = owners;
    box.textContent = "";
    companions.forEach((one) => {
      const label = document.createElement("label"), tick = document.createElement("input");
      tick.type = "checkbox";
      tick.value = owner(one);
      label.appendChild(tick);
      label.appendChild(document.createTextNode(" " + one.name));
      box.appendChild(label);
    });
  }

  function show() {
    const receipt = read(RECEIPT, null), who = person(), queue = read(QUEUE, []);
    const isRecent = Boolean(receipt && receipt.code === code && Date.now() - Date.parse(receipt.at) < SHOWN_FOR);
    const isDone = isRecent && !queue.some((entry) => entry.code === code); // the green is for the last touch alone
    part("done").hidden = !isDone;
    if (isDone) {
      part("done-name").textContent = receipt.names.join("、");
      part("done-venue").textContent = receipt.venue;
      part("done-checkpoint").textContent = receipt.checkpoint;
      part("done-time").textContent = clock(receipt.at);
    }
    const ends = leaving(who);
    list("leave-list", ends);
    part("leave-note").hidden = !ends.some((one) => one.querySelector("button"));
    part("leave").hidden = !ends.length && !(receipt && receipt.leaves && Date.now() - Date.parse(receipt.at) < DAY);
    part("place").textContent = named(placeOf(code));
    part("who").textContent = who ? who.name : "";
    part("show-pass").hidden = !who;
    offer(who);
    offerPosition(who);
    part("touch").textContent = word(isDone ? "again" : who ? "act" : "first");
    part("touch").classList.toggle("is-quiet", isDone);
    const lines = queue.map((one) => kept(one, one.occurred_at, tokenOf(one), "", () => settle(one, null)));
    list("kept-list", lines.concat(stays().filter(waits).map((one) =>
      kept(one, one.left, who && owner(who) === one.who, word("leaving"), () => drop(one.id)))));
    part("kept").hidden = !part("kept-list").children.length;
    // Who stands at the door looks above the button, not at the list below: there is said why this code was refused, too.
    const refused = queue.filter((one) => one.refused && one.code === code).pop();
    part("trouble").hidden = !trouble && !refused;
    part("trouble-text").textContent = trouble ? word(trouble) : refused ? word("refused") + " " + refused.refused : "";
    part("sign-in").hidden = trouble !== "signedout";
    showPass(who);
  }

  // Page and files stay in the phone, so that the next visit needs no network. The worker answers from there.
  async function keepPage() {
    const worker = navigator.serviceWorker;
    if (!worker || !window.caches) return;
    await worker.register(page.dataset.worker, { scope: page.dataset.scope });
    const cache = await caches.open("check-in");
    const files = Array.from(document.querySelectorAll("link[rel=stylesheet], script[src]"), (one) => one.href || one.src);
    if (await cache.match(files[files.length - 1]) && await cache.match(page.dataset.scope)) return;
    await cache.addAll(files);
    await cache.put(page.dataset.scope, await fetch(location.pathname)); // what was there before stays until all is new
    const kept = files.concat(new URL(page.dataset.scope, location.href).href);
    const old = (await cache.keys()).filter((one) => kept.indexOf(one.url) < 0);
    await Promise.all(old.map((one) => cache.delete(one)));
  }

  // The code of the pass is drawn by a script of its own, which takes the button over once it is there.
  function showPassCode() {
    const button = part("show-pass"), script = document.createElement("script");
    button.removeEventListener("click", showPassCode);
    part("live-pass").dataset.open = "yes";
    script.src = button.dataset.file;
    script.onerror = () => { button.addEventListener("click", showPassCode); trouble = "unreached"; show(); };
    document.head.appendChild(script);
  }

  part("show-pass").addEventListener("click", showPassCode);
  // A check-in is sent before the form is: the form is for who has no script.
  part("form").addEventListener("submit", (event) => { event.preventDefault(); touch(); });
  part("sign-in").addEventListener("click", signIn);
  part("position").addEventListener("change", agree);
  document.querySelectorAll("[name=next]").forEach((one) => { one.value = location.pathname; });
  part("declare").search = "?next=" + encodeURIComponent(location.pathname + ASKED);
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  show();
  (person() ? Promise.resolve() : fetchPerson().then(show, show)).then(send).then(askDeclaration).catch(() => {});
  window.addEventListener("load", () => { keepPage().catch(() => {}); });
})();
