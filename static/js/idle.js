// Every page behind the sign-in: tells the server that somebody is still typing, warns a minute before
// the screen locks, and then locks it, in all tabs together.
// Without it the server locks by itself, and the next click leads to the locked screen.
(() => {
  "use strict";
  const KEY = "vialtrace.active";
  const IDLE = Number(document.body.dataset.idleSeconds) * 1000;
  const WARNING = Math.min(60000, IDLE / 2);
  const dialog = document.getElementById("idle-dialog");
  let activeHere = Date.now();
  let toldAt = Date.now();

  function lastActive() {
    try {
      return Math.max(activeHere, Number(localStorage.getItem(KEY)));
    } catch {
      return activeHere;
    }
  }

  function note() {
    activeHere = Date.now();
    try {
      localStorage.setItem(KEY, String(activeHere));
    } catch {
      // Each tab then counts for itself.
    }
    if (activeHere - toldAt > WARNING) tell();
  }

  function tell() {
    toldAt = Date.now();
    fetch(document.body.dataset.stayUrl, { cache: "no-store", credentials: "same-origin" }).catch(() => {
      // No connection: the next action says so in words.
    });
  }

  function look() {
    const idle = Date.now() - lastActive();
    if (idle >= IDLE) document.getElementById("lock").submit();
    else if (idle >= IDLE - WARNING && !dialog.open) dialog.showModal();
    else if (idle < IDLE - WARNING && dialog.open) dialog.close();
  }

  note();
  for (const kind of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(kind, note, { passive: true });
  }
  dialog.addEventListener("close", () => {
    note();
    tell();
  });
  setInterval(look, 1000);
})();
