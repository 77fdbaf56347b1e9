// Small helpers of the admin pages; everything works without them, with one more click.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.classList.add("bh-submits-itself");
    form.addEventListener("change", () => form.submit());
  }
});
