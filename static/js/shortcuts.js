// Pages with a button that has `data-key`: that key presses it, wherever the cursor is.
// Without it the button is reached by Tab, and says its key for nothing.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
    if (button === null) return;
    event.preventDefault();
    button.click();
  });
})();
