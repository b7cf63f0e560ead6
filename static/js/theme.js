// Every page: shows the colours this person chose on this device, and remembers a new choice.
// Without it the colours follow the device; the switch in the person's menu stays hidden.
(() => {
  "use strict";
  const KEY = "vialtrace.theme";
  const root = document.documentElement;

  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage can be switched off; the device's colours are then shown.
    }
  }

  function show(theme) {
    if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme;
    else delete root.dataset.bsTheme;
  }

  show(chosen());

  document.addEventListener("DOMContentLoaded", () => {
    for (const panel of document.querySelectorAll(".theme-switch")) {
      panel.hidden = false;
      const choice = panel.querySelector(`[value="${root.dataset.bsTheme ?? "system"}"]`);
      if (choice) choice.checked = true;
      panel.addEventListener("change", (event) => {
        show(event.target.value);
        try {
          localStorage.setItem(KEY, event.target.value);
        } catch {
          // Shown now, not remembered.
        }
      });
    }
  });
})();
