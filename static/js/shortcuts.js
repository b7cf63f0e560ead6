// Pages with a button or link that has `data-key`: that key presses it, wherever the cursor is. What the field with
// the cursor holds is selected, so that typing replaces it.
// Without it the button is reached by Tab and says its key for nothing, and a field is emptied by hand.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target === null) return;
    event.preventDefault();
    target.click();
  });
  const first = document.querySelector("main input[autofocus]");
  first?.addEventListener("focus", () => first.select(), { once: true });
})();
