// Nothing typed is lost: a form with data-keep is remembered when it is sent. If the session had expired, the
// sign-in page comes next; back on the form's page, what was typed is offered again. So it is when the server did
// not take the form and says so in the address (#unsaved). Held in this tab only, for the same account only, never
// passwords or files, forgotten on signing out and on success.

const KEY = "outpost.unsaved";
const account = document.body.dataset.account ?? "";
const SKIPPED = new Set(["csrfmiddlewaretoken", "next"]);
const SEEN = "seen"; // what the form showed when this was typed: changes since then are told on saving

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

const forget = () => sessionStorage.removeItem(KEY);

function valuesOf(form) {
  const hidden = new Set([...form.querySelectorAll("input[type=password], input[type=file]")].map((input) => input.name));
  return [...new FormData(form)].filter(([name, value]) => !SKIPPED.has(name) && !hidden.has(name) && typeof value === "string");
}

function fill(form, values) {
  for (const input of form.elements) {
    if (!input.name || SKIPPED.has(input.name) || ["password", "file", "submit"].includes(input.type)) continue;
    if (input.type === "hidden" && input.name !== SEEN) continue;
    const given = values.filter(([name]) => name === input.name).map(([, value]) => value);
    if (input.type === "checkbox" || input.type === "radio") input.checked = given.includes(input.value);
    else if (given.length) input.value = given[0];
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function offer(form, values) {
  const bar = document.createElement("div");
  bar.className = "notice notice-info";
  bar.setAttribute("role", "status");
  const text = document.createElement("div");
  text.textContent = form.dataset.keep;
  const yes = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-primary", textContent: form.dataset.keepYes });
  const no = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: form.dataset.keepNo });
  yes.addEventListener("click", () => { fill(form, values); forget(); bar.remove(); });
  no.addEventListener("click", () => { forget(); bar.remove(); });
  bar.append(text, yes, no);
  form.before(bar);
}

const kept = stored();
if (kept && location.hash === "#unsaved") {
  kept.isInterrupted = true;
  history.replaceState(null, "", location.pathname + location.search);
}
if (kept) {
  if (!account) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, isInterrupted: true }));
  } else if (kept.account !== account || !kept.isInterrupted) {
    forget();
  } else {
    const form = document.querySelector("form[data-keep]");
    if (form && kept.path === location.pathname) offer(form, kept.values);
  }
}

let isTouched = false;
document.addEventListener("input", (event) => {
  if (event.target.closest?.("form[data-keep]")) isTouched = true;
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-forget]")) forget();
  if (!event.target.matches("form[data-keep]")) return;
  isTouched = false;
  const path = location.pathname;
  sessionStorage.setItem(KEY, JSON.stringify({ account, path, values: valuesOf(event.target), isInterrupted: false }));
});
window.addEventListener("beforeunload", (event) => {
  if (isTouched) event.preventDefault();
});
