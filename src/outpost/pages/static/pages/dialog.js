// Asks before a button with data-confirm sends its form, its yes called by the act (data-confirm-yes, else the
// button's own words); {n} stands for the ticked rows, {m} for what they weigh. Opens <dialog>s by buttons with data-dialog="id".

const dialog = document.getElementById("confirm");

function ask(text, verb, isDanger) {
  if (typeof dialog?.showModal !== "function") return Promise.resolve(window.confirm(text));
  dialog.querySelector("p").textContent = text;
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
  if (!(await ask(say(button.dataset.confirm), verb, button.matches(".btn-danger, .btn-outline-danger, .menu-item-danger")))) return;
  button.dataset.confirmed = "yes";
  button.click();
  delete button.dataset.confirmed;
});
