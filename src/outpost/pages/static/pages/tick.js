// Ticked rows of a list: tick all of the page, a range with Shift, the count, the bar with the acts on them.

for (const list of document.querySelectorAll("[data-list]")) {
  const all = list.querySelector("[data-tick-all]");
  const ticks = [...list.querySelectorAll("[data-tick]")];
  const count = list.querySelector("[data-ticked-text]");
  if (!all || !count) continue;
  let last = null;

  const refresh = () => {
    const ticked = ticks.filter((tick) => tick.checked).length;
    all.checked = ticked > 0 && ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
    count.textContent = ticked ? count.dataset.tickedText.replace("{n}", ticked) : "";
    const bar = list.querySelector("[data-bulk]");
    if (bar) bar.hidden = ticked === 0;
    for (const button of list.querySelectorAll("[data-needs-tick]")) button.disabled = ticked === 0;
    for (const tick of ticks) tick.closest("tr").classList.toggle("is-ticked", tick.checked);
  };

  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    refresh();
  });
  for (const tick of ticks) {
    tick.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
        for (const other of ticks.slice(from, to + 1)) other.checked = tick.checked;
      }
      last = tick;
      refresh();
    });
  }
  window.addEventListener("pageshow", refresh);
  refresh();
}
