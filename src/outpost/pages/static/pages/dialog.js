// Asks before a button with data-confirm sends its form; opens <dialog>s by buttons with data-dialog="id".

const dialog = document.getElementById("confirm");

function ask(text, isDanger) {
  if (typeof dialog?.showModal !== "function") return Promise.resolve(window.confirm(text));
  dialog.querySelector("p").textContent = text;
  dialog.querySelector("[data-yes]").classList.toggle("btn-danger", isDanger);
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
  const count = document.querySelectorAll("[data-tick]:checked").length;
  const text = button.dataset.confirm.replace("{n}", count);
  if (!(await ask(text, button.matches(".btn-danger, .btn-outline-danger")))) return;
  button.dataset.confirmed = "yes";
  button.click();
  delete button.dataset.confirmed;
});
