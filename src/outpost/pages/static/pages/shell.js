// The frame: menus that close, toasts for failed htmx requests, selects that send their form, headings that stay.

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

// A table that fits has its heading stick below the header; a wider one scrolls in a frame of its own.
const frames = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const frame = target.closest(".list-scroll");
    frame.classList.toggle("is-fitting", target.offsetWidth <= frame.clientWidth);
  }
});
for (const table of document.querySelectorAll(".list-scroll > table")) frames.observe(table);

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

// A button that may be pressed again after some seconds, and what is said when nothing has come by then.
for (const button of document.querySelectorAll("[data-seconds]")) {
  const text = button.textContent;
  const late = document.getElementById(button.dataset.late);
  let left = Number(button.dataset.seconds);
  const step = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.wait.replace("{n}", left) : text;
    if (left <= 0 && late) late.hidden = false;
    left -= 1;
    if (left >= 0) setTimeout(step, 1000);
  };
  step();
}

// A text to be copied; the button stands there only where the browser copies.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(button.dataset.copied);
  });
}
