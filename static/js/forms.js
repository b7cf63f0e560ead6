// Every page with a form: asks before a form with `data-confirm`, sends a form once, copies a shown secret.
// Without it a form is sent at once; sent twice, the server recognises its idempotency key.
(() => {
  "use strict";
  const agreed = new WeakSet();

  function ask(form, button) {
    const dialog = document.getElementById("confirm-dialog");
    document.getElementById("confirm-text").textContent = form.dataset.confirm;
    document.getElementById("confirm-yes").textContent = (button ?? form.querySelector("button")).textContent.trim();
    dialog.returnValue = "no";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return;
        agreed.add(form);
        form.requestSubmit(button);
      },
      { once: true },
    );
    dialog.showModal();
  }

  // The buttons stay enabled: a disabled button is not sent, and one disabled for ever cannot be tried
  // again when the connection was cut.
  function sendOnce(form, event) {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    setTimeout(() => allowAgain(form), 10000);
  }

  function allowAgain(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    agreed.delete(form);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (event.submitter?.formTarget) return; // Shown elsewhere on the page: this form has not been sent.
    if (form.dataset.confirm && !agreed.has(form)) {
      event.preventDefault();
      ask(form, event.submitter);
      return;
    }
    sendOnce(form, event);
  });

  // A page taken back from the browser's memory is alive again.
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(allowAgain));

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue; // Not offered without HTTPS: the text can be selected by hand.
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = "Copied";
    });
  }
})();
