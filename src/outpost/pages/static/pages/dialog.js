// Asks before a button with data-confirm sends its form, its yes called by the act (data-confirm-yes, else the
// button's own words); {n} stands for the ticked rows, {m} for what they weigh. An act on ticked rows says which: the
// first of them by their first column. Opens <dialog>s by buttons with data-dialog="id".

const dialog = document.getElementById("confirm");
const NAMED = 5;

function named(rows) {
  const names = rows.slice(0, NAMED).map((tick) => tick.closest("tr").cells[1].textContent.trim());
  return names.join(" · ") + (rows.length > NAMED ? " · …" : "");
}

function ask(text, whom, verb, isDanger) {
  if (typeof dialog?.showModal !== "function") return Promise.resolve(window.confirm(`${text}\n${whom}`));
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.querySelector("#confirm-whom").textContent = whom;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = verb;
  yes.classList.toggle("btn-danger", isDanger);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();

  const button = event.target.closest("button[data-confirm]");
  if (!button || button.dataset.confirmed) return;
  event.preventDefault();
  const ticked = [...document.querySelectorAll("[data-tick]:checked")];
  const weight = ticked.reduce((sum, tick) => sum + Number(tick.dataset.weight ?? 0), 0);
  const say = (text) => text.replace("{n}", ticked.length).replace("{m}", weight);
  const verb = say(button.dataset.confirmYes || button.textContent.trim());
  const whom = button.closest("[data-bulk]") ? named(ticked) : "";
  const isDanger = button.matches(".btn-danger, .btn-outline-danger, .menu-item-danger");
  if (!(await ask(say(button.dataset.confirm), whom, verb, isDanger))) return;
  button.dataset.confirmed = "yes";
  button.click();
  delete button.dataset.confirmed;
});
