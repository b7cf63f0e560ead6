// Every page behind the sign-in: a scanner that types is caught wherever the cursor is. What it sent goes into the
// page's own scan field (`form[data-scan-here]` with an `input[data-scan-input]`), else into the box at the top.
// Without it the cursor has to stand in the field before a code is scanned.
//
// A scanner types faster than people and ends with Enter or Tab. Only that last key tells a code from typing, so the
// keys do reach the field with the cursor, which then gets back what it held before. Passwords are never looked at.
// The keys are timed on average: a computer that hesitates once must not cut a code into another one.
(() => {
  "use strict";
  const FASTEST_PERSON = 50; // ms from key to key, on average
  const PAUSE = 150; // ms after which something new begins
  const SHORTEST = 6; // keys in a row, which no hand types so fast
  const SEPARATOR = "\x1d";
  const HOLDS_TEXT = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select";
  let burst = "";
  let beganAt = -Infinity;
  let lastAt = -Infinity;
  let deliveredAt = -Infinity;
  let before = null; // the field with the cursor, as it was when the burst began

  function characterOf(event) {
    const isAltGraph = event.getModifierState("AltGraph");
    if (event.key === SEPARATOR) return SEPARATOR;
    if ((event.altKey || event.metaKey) && !isAltGraph) return null;
    if (event.ctrlKey && !isAltGraph) {
      // As a keyboard sends it. On other layouts the key with this place has another sign.
      return event.key === "]" || event.code === "BracketRight" ? SEPARATOR : null;
    }
    return event.key.length === 1 ? event.key : null;
  }

  function remembered(field) {
    if (!field.matches?.(HOLDS_TEXT)) return null;
    const { value, selectionStart, selectionEnd } = field;
    return { field, value, selectionStart, selectionEnd };
  }

  function giveBack({ field, value, selectionStart, selectionEnd }) {
    if (field.value === value) return;
    field.value = value;
    if (Number.isInteger(selectionStart)) field.setSelectionRange(selectionStart, selectionEnd);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function scanField(focused) {
    if (focused.matches?.("#scan, [data-scan-input]")) return focused;
    const form = document.querySelector("dialog[open] form[data-scan-here]") ?? document.querySelector("form[data-scan-here]");
    return form?.querySelector("[data-scan-input]") ?? document.getElementById("scan");
  }

  function deliver(code, focused) {
    const field = scanField(focused);
    if (before && before.field !== field) giveBack(before);
    field.value = code; // whole, because a separator that comes as a key types nothing
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.form.requestSubmit();
  }

  function forget() {
    burst = "";
    before = null;
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (["Shift", "Control", "Alt", "AltGraph"].includes(event.key)) return;
      // Where codes are collected a line each, a scanner types them as a person would.
      if (event.repeat || event.isComposing || event.target.matches?.("[type=password], [data-scan-lines]")) {
        forget();
        return;
      }
      const isEnd = event.key === "Enter" || event.key === "Tab";
      if (event.timeStamp - lastAt > PAUSE) forget();
      lastAt = event.timeStamp;
      if (isEnd && !burst && event.timeStamp - deliveredAt < PAUSE) stop(event); // the second of two ends
      else if (isEnd && burst.length >= SHORTEST && isFast(event)) {
        stop(event);
        deliver(burst, event.target);
        deliveredAt = event.timeStamp;
        forget();
      } else collect(event);
    },
    true,
  );

  function collect(event) {
    const character = characterOf(event);
    if (character === null || (!burst && character === "/")) { // no code begins with the way to the scan box
      forget();
      return;
    }
    if (!burst) {
      beganAt = event.timeStamp;
      before = remembered(event.target);
    }
    burst += character;
    // Within a code a slash is no shortcut, a space presses no button, and the separator is no key of the browser.
    const isInside = burst.length > 1 && isFast(event);
    if (isInside) event.stopImmediatePropagation();
    if (character === SEPARATOR || (isInside && !before)) event.preventDefault();
  }

  function isFast(event) {
    return event.timeStamp - beganAt < FASTEST_PERSON * burst.length;
  }

  document.addEventListener("pointerdown", forget, true);
  document.addEventListener("code-read", (event) => deliver(event.detail, document.body)); // by the camera
})();
