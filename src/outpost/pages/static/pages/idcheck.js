// Checks while typing, as advice only: the server decides. The texts come from the page, in its language.
//   data-check="phone"     mainland mobile numbers; other numbers are left to the server
//   data-check="document"  resident ID numbers, GB 11643; data-check-type="id of the document type's select"
// A field that asks the server while it is typed (hx-post) is judged there alone, by the rule that judges what is saved.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const RESIDENT_ID = "resident_id";

// Full-width digits, spaces and dashes are what people paste; x is X.
const tidy = (text) => text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();

function isRealDate(digits) {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1800 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date <= new Date();
}

function documentFault(input, text) {
  const type = document.getElementById(input.dataset.checkType ?? "");
  if (type && type.value !== RESIDENT_ID) return "";
  if (text.length === 15 && /^\d+$/.test(text)) return "";
  if (!/^\d{17}[\dX]$/.test(text)) return input.dataset.wrongLength.replace("{found}", text.length);
  if (!isRealDate(text.slice(6, 14))) return input.dataset.wrongDate;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  return "10X98765432"[sum % 11] === text[17] ? "" : input.dataset.wrongDigit;
}

function phoneFault(input, text) {
  if (text.startsWith("+") || text.startsWith("00")) return "";
  return /^1[3-9]\d{9}$/.test(text.replace(/^86(?=1\d{10}$)/, "")) ? "" : input.dataset.wrong;
}

function show(input, fault) {
  const id = `${input.id}_advice`;
  let advice = document.getElementById(id);
  if (!advice) {
    advice = document.createElement("div");
    advice.id = id;
    advice.className = "field-advice";
    advice.setAttribute("role", "status");
    input.after(advice);
    input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
  }
  advice.textContent = fault;
  input.classList.toggle("is-doubtful", fault !== "");
}

function check(input) {
  const text = tidy(input.value);
  const fault = text === "" ? "" : input.dataset.check === "phone" ? phoneFault(input, text) : documentFault(input, text);
  show(input, fault);
}

// Advice makes the page taller: not between press and release of a button below it, or its click goes astray.
let isPressed = false;
addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { isPressed = false; }, true);

function checkOnceReleased(input) {
  if (isPressed) addEventListener("pointerup", () => setTimeout(check, 0, input), { once: true });
  else check(input);
}

for (const input of document.querySelectorAll("[data-check]:not([hx-post])")) {
  const full = input.dataset.check === "phone" ? 11 : 18;
  // Nobody likes to be told that a number is too short while still typing it.
  input.addEventListener("input", () => {
    if (tidy(input.value).length >= full || input.classList.contains("is-doubtful")) check(input);
  });
  input.addEventListener("blur", () => checkOnceReleased(input));
  document.getElementById(input.dataset.checkType ?? "")?.addEventListener("change", () => check(input));
}
