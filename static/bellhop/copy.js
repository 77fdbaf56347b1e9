// A field that is shown once: a click selects it, and a button copies it where the browser allows that.
"use strict";

for (const field of document.querySelectorAll("[data-copied]")) {
  field.addEventListener("focus", () => field.select());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    document.dispatchEvent(new CustomEvent("notice", { detail: { text: "Copied.", tone: "success" } }));
  });
}
