// The column chooser: the choice is a cookie of a year, so that the server sends only the chosen columns.

for (const chooser of document.querySelectorAll("[data-columns]")) {
  chooser.querySelector("[data-apply]").addEventListener("click", () => {
    const keys = [...chooser.querySelectorAll("input:checked")].map((box) => box.value);
    const age = keys.length ? 365 * 24 * 3600 : 0;
    document.cookie = `columns_${chooser.dataset.columns}=${keys.join(".")}; path=/; max-age=${age}; samesite=lax`;
    window.location.reload();
  });
}
