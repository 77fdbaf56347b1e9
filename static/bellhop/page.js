// What every page shares: the dialog, tabs, menus, notices, live parts. No page needs more to be read.
"use strict";

const announce = (text, tone = "info") => {
  const notice = document.createElement("p");
  notice.className = `notice ${tone}`;
  notice.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "link";
  close.textContent = "Dismiss";
  close.addEventListener("click", () => notice.remove());
  notice.prepend(close);
  const open = document.querySelector("dialog[open] [data-notices]") ?? document.getElementById("notices");
  open.replaceChildren(notice);
};
// The server says so with HX-Trigger: {"notice": {"text": "...", "tone": "success"}}.
document.addEventListener("notice", (event) => announce(event.detail.text, event.detail.tone));
document.addEventListener("htmx:responseError", (event) => {
  const said = event.detail.xhr.getResponseHeader("X-Refusal");
  announce(said ? decodeURIComponent(said) : `This did not work (${event.detail.xhr.status}). Nothing was changed.`, "error");
});
document.addEventListener("htmx:sendError", () => announce("The server cannot be reached. Nothing was changed.", "error"));

// A page that comes with news begins there, for the keyboard and for ears, unless a field or an anchor asks for more.
addEventListener("DOMContentLoaded", () => {
  const notices = document.getElementById("notices");
  const free = document.activeElement === document.body && !location.hash && !document.querySelector("[autofocus]");
  if (free && notices.childElementCount) notices.focus({ preventScroll: true });
});

// The dialog: <a href="/page/" data-dialog="/fragment/">. Without scripts the link leads to the page.
const dialog = () => document.getElementById("dialog");
let opened = "";
const openDialog = (address) => {
  opened = address;
  const body = document.getElementById("dialog-body");
  body.replaceChildren();
  dialog().showModal();
  window.htmx.ajax("GET", address, { target: "#dialog-body", swap: "innerHTML" });
};
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openDialog(opener.dataset.dialog);
  }
  if (event.target.closest("[data-close-dialog]") && dialog()?.open) {
    event.preventDefault();
    dialog().close();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("close-dialog", () => dialog().close());
// The browser gives the focus back to the link, unless the page was refreshed behind the dialog and has a new one.
document.addEventListener("close", (event) => {
  const focused = document.activeElement;
  if (event.target !== dialog() || (focused !== document.body && !dialog().contains(focused))) return;
  document.querySelector(`[data-dialog="${CSS.escape(opened)}"]`)?.focus();
}, true);
// What was said of the step before is not said of the next.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "dialog-body") dialog().querySelector("[data-notices]").replaceChildren();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "dialog-body") return;
  // In this order, not in the page's: the heading stands before the field that it must not take the focus from.
  const find = (what) => event.detail.target.querySelector(what);
  (find("[autofocus]") ?? find("[aria-invalid=true]") ?? find("h2[tabindex]"))?.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Tabs as the ARIA pattern has them: arrows, Home and End move; panels are found by aria-controls.
const choose = (tab, focus) => {
  for (const each of tab.closest("[role=tablist]").querySelectorAll("[role=tab]")) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
};
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab) return;
  event.preventDefault();
  choose(tab, true);
});
document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  if (!tab) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const at = tabs.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose(tabs[to % tabs.length], true);
});

// One press is one deed: what is being sent is not sent again.
const isDeed = (elt) => elt.matches("form, button");
const stay = (elt, sending) => (sending ? elt.setAttribute("aria-busy", "true") : elt.removeAttribute("aria-busy"));
document.addEventListener("htmx:confirm", (event) => {
  const { elt, verb } = event.detail;
  if (verb === "post" && isDeed(elt) && elt.ariaBusy === "true") event.preventDefault();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (requestConfig.verb === "post" && isDeed(elt)) stay(elt, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  // Where the answer leads to another page, the browser is on its way there.
  if (isDeed(event.detail.elt) && !event.detail.xhr.getResponseHeader("HX-Redirect")) stay(event.detail.elt, false);
});
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
  if (event.target.ariaBusy === "true") event.preventDefault();
  else stay(event.target, true);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach((form) => stay(form, false)));

// One box for all: <input type="checkbox" data-ticks="name">.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.ticks;
  if (!name) return;
  const scope = event.target.closest("form, table, section") ?? document;
  for (const box of scope.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// Fields that only count with another one's choice: <input data-only-with="auth=basic">. What is wrong stays in sight.
const showOnly = (root) => {
  for (const input of root.querySelectorAll("[data-only-with]")) {
    const [name, value] = input.dataset.onlyWith.split("=");
    const field = input.closest(".field");
    field.hidden = input.form.elements[name].value !== value && !field.querySelector(".errorlist");
  }
};
addEventListener("DOMContentLoaded", () => showOnly(document));
document.addEventListener("htmx:afterSettle", (event) => showOnly(event.detail.target));
document.addEventListener("change", (event) => event.target.form && showOnly(event.target.form));

// What is there to be copied: entering [data-copied] selects it, <button data-copy="its-id" hidden> shows where it can.
const offerCopies = (root) => {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
};
addEventListener("DOMContentLoaded", () => offerCopies(document));
document.addEventListener("htmx:afterSettle", (event) => offerCopies(event.detail.target));
document.addEventListener("focusin", (event) => event.target.matches?.("[data-copied]") && event.target.select());
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
  announce("Copied.", "success");
});

// Live parts: [data-live] with hx-get and hx-trigger="live". They wait while one types in them or the page is hidden.
const busy = (part) => part.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select");
setInterval(() => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-live]")) {
    const waited = (Number(part.dataset.waited) || 0) + 1;
    const due = waited >= (Number(part.dataset.live) || 5) && !busy(part) && !part.querySelector("details[open]");
    part.dataset.waited = due ? 0 : waited;
    if (due) window.htmx.trigger(part, "live");
  }
}, 1000);
let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!part?.matches?.("[data-live]")) return;
  // What was typed since the question was sent wins over the answer.
  if (busy(part)) event.detail.shouldSwap = false;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  kept = { focused, ticked: [...part.querySelectorAll("input[type=checkbox]:checked")].map((box) => [box.name, box.value]) };
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!kept || !event.detail.target?.matches?.("[data-live]")) return;
  for (const [name, value] of kept.ticked) {
    const box = event.detail.target.querySelector(`input[type=checkbox][name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    if (box) box.checked = true;
  }
  if (kept.focused) document.getElementById(kept.focused)?.focus();
  kept = null;
});

// The reader's time zone, for people who did not choose one.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
