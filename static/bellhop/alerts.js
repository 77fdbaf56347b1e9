// The lists of alerts: since when they are right, how many are ticked, and the dialog that asks about the ticked ones.
"use strict";

const countTicks = () => {
  const out = document.getElementById("ticked");
  if (!out) return;
  const count = document.querySelectorAll("#alerts input[name=alert]:checked").length;
  out.textContent = count ? `With the ${count} ticked:` : "With those ticked:";
};
document.addEventListener("change", countTicks);
document.addEventListener("htmx:afterSettle", countTicks);

// Where the button that one pressed is gone, the focus stays in its row.
let acted = "";
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-name]");
  if (row) acted = row.dataset.name;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "alerts" && document.activeElement === document.body) document.getElementById(acted)?.focus();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const at = event.detail.xhr?.getResponseHeader("X-As-Of");
  const shown = document.getElementById("as-of");
  if (at && shown) shown.textContent = at;
});

// The question about ticked alerts comes by POST; the dialog opens once it is there.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = document.getElementById("dialog");
  if (event.detail.target.id === "dialog-body" && !dialog.open) dialog.showModal();
});
