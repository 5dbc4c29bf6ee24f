// The frame: menus that close, toasts for failed htmx requests, selects that send their form.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-more-filters]");
  if (button) button.setAttribute("aria-expanded", button.closest("form").classList.toggle("is-open"));
});

function toast(text) {
  const item = document.createElement("p");
  item.className = "toast-item";
  item.textContent = text;
  document.getElementById("toasts")?.append(item);
  setTimeout(() => item.remove(), 8000);
}

for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, () => toast(document.body.dataset.failed));
}

document.querySelector("[data-focus]")?.focus();
