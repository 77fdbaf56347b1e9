// Alert Settings: rows that expand in place, the ticks behind the popup, and who would be told. All of it is links,
// plain posts and boxes without this.
"use strict";

// A row's link opens its panel below it; what was typed in a panel stays when it closes.
const expand = (link) => {
  const panel = document.getElementById(link.getAttribute("aria-controls"));
  const open = panel.hidden;
  panel.hidden = !open;
  link.setAttribute("aria-expanded", String(open));
  if (open && !panel.childElementCount) window.htmx.ajax("GET", link.href, { target: panel, swap: "innerHTML" });
};
document.addEventListener("click", (event) => {
  const link = event.target.closest(".rule-name");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  expand(link);
});
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches?.(".rule-name")) {
    event.preventDefault();
    expand(event.target);
  }
  // Enter in a search must not save the form around it.
  if (event.key === "Enter" && event.target.matches?.("[data-no-submit]")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const drop = event.target.closest("#new-rule [data-drops-form]");
  if (!drop) return;
  event.preventDefault();
  drop.closest("#new-rule").replaceChildren();
  document.querySelector("[data-opens-form]")?.focus();
});

// The open tab is posted too, so that it is open again after saving.
document.addEventListener("click", (event) => {
  const tab = event.target.closest(".rule-form [role=tab]");
  if (tab) tab.closest("form").querySelector("[data-open-tab]").value = tab.dataset.tab;
});

// Who would be told, as the boxes and addresses stand now.
const weigh = (form) => {
  const warning = form?.querySelector("[data-tells-nobody]");
  if (!warning) return;
  const ticks = "input:is([name=integrations], [name=groups], [data-hears]):checked:not([data-disabled])";
  const typed = [form.elements.recipients, ...form.querySelectorAll("textarea[data-hears]")];
  const byDefault = !form.elements.only_these.checked && form.querySelector("[data-defaults] [data-usable]");
  warning.hidden = Boolean(byDefault || form.querySelector(ticks) || typed.some((each) => each.value.trim()));
};
// What the line of a closed part says is what is stored.
const unsaved = (element) => {
  const said = element.closest?.(".rule-form details.policy")?.querySelector("summary > .quiet");
  if (said) said.textContent = "changed, not saved yet";
};
for (const type of ["input", "change"]) {
  document.addEventListener(type, (event) => {
    unsaved(event.target);
    weigh(event.target.closest?.(".rule-form"));
  });
}

// How many tests are chosen, with those that are not shown.
document.addEventListener("change", (event) => {
  const tests = event.target.name === "tests" && event.target.closest(".tests");
  const count = tests && tests.querySelector("[data-chosen]");
  if (!count) return;
  const kept = tests.querySelector("input[type=hidden][name=tests]")?.value.split(",").length ?? 0;
  count.textContent = tests.querySelectorAll("input[name=tests]:checked").length + kept;
});

// The popup was opened from one form: there, and only there, what it saved is ticked.
let asking = null;
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-ticks-rows] [data-dialog]");
  if (opener) asking = opener.closest(".rule-form");
});
document.addEventListener("htmx:configRequest", (event) => {
  const saved = event.detail.triggeringEvent?.detail?.saved;
  if (!event.target.matches?.("[data-ticks-rows]") || !saved || event.target.closest(".rule-form") !== asking) return;
  event.detail.parameters.append("ticked", saved);
});
// The switch of a row says how the form below it saw the rule, so that the form can follow.
document.addEventListener("htmx:configRequest", (event) => {
  const stamp = event.target.closest?.(".rule-switch")?.closest(".rule").querySelector(".rule-form [name=stamp]");
  if (stamp) event.detail.parameters.append("stamp", stamp.value);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.matches?.(".hours, .escalation")) {
    unsaved(event.target);
    weigh(event.target.closest(".rule-form"));
  }
  const rows = event.target.closest?.("[data-ticks-rows]");
  if (!rows) return;
  const search = rows.closest("fieldset").querySelector("[data-ticks-search]");
  search.hidden = search.hidden && Number(rows.querySelector("[data-total]").dataset.total) <= 8;
  weigh(rows.closest(".rule-form"));
});

// Where the eye and the keyboard go after an answer.
document.addEventListener("htmx:load", (event) => {
  const part = event.detail.elt;
  if (part.matches?.(".rule-head")) {
    const panel = document.getElementById(part.querySelector(".rule-name").getAttribute("aria-controls"));
    part.querySelector(".rule-name").setAttribute("aria-expanded", String(!panel.hidden));
  }
  if (!part.matches?.(".rule")) return;
  const wrong = [...part.querySelectorAll("[aria-invalid=true]")].find((each) => each.offsetParent);
  if (wrong) wrong.focus();
  else if (part.dataset.saved !== undefined) part.querySelector(".rule-name").focus();
  else if (part.id === "rule-new") part.querySelector("input[name=name]").focus();
});
