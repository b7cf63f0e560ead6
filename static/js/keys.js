// Every page behind the sign-in: `/` goes to the scan box; menus close by Escape or a click elsewhere.
// Without it the scan box is reached by Tab, and a menu closes by its own button.
(() => {
  "use strict";
  const TYPING = "input, textarea, select, [contenteditable]";

  function isPlainSlash(event) {
    return event.key === "/" && !event.ctrlKey && !event.altKey && !event.metaKey;
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  document.addEventListener("keydown", (event) => {
    if (isPlainSlash(event) && !event.target.closest(TYPING) && !document.querySelector("dialog[open]")) {
      const scan = document.getElementById("scan");
      scan.focus();
      scan.select();
      event.preventDefault();
    }
    if (event.key === "Escape") {
      const menu = event.target.closest("details.menu[open]");
      closeMenus();
      if (menu) menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
})();
