// The print dialog: shows the preview at once and again after each change. Without it, a button does.
"use strict";

const preview = document.querySelector("[data-label-preview]");
if (preview) {
  const form = preview.form;
  const show = () => {
    if (form.checkValidity()) form.requestSubmit(preview);
  };
  form.addEventListener("change", show);
  show();
}
