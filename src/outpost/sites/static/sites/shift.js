// Enter in a temperature goes to the next row; the form is sent by its button alone.

const inputs = [...document.querySelectorAll("input[data-next]")];

for (const [place, input] of inputs.entries()) {
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    inputs[place + 1]?.focus();
  });
}
