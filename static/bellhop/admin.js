// Small helpers of the admin pages; everything works without them, with one more click.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.classList.add("bh-submits-itself");
    form.addEventListener("change", () => form.submit());
  }
});

// Tabs: a link each; the address keeps the one that is open, so that it survives saving and can be sent to others.
document.addEventListener("DOMContentLoaded", () => {
  for (const tabs of document.querySelectorAll("[data-tabs]")) {
    const links = [...tabs.querySelectorAll("[data-tab]")];
    const open = (name) => {
      for (const link of links) {
        const chosen = link.dataset.tab === name;
        link.setAttribute("aria-selected", String(chosen));
        document.getElementById(link.dataset.tab).hidden = !chosen;
      }
    };
    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        history.replaceState(null, "", link.hash);
        open(link.dataset.tab);
      });
      const errors = document.getElementById(link.dataset.tab).querySelectorAll(".errorlist, .errornote").length;
      if (errors) {
        link.insertAdjacentHTML("beforeend", ' <span class="bh-tab-errors" title="Something here needs your attention">!</span>');
      }
    }
    const openAsked = () => {
      const asked = location.hash.slice(1);
      open(links.some((link) => link.dataset.tab === asked) ? asked : tabs.dataset.tabs);
    };
    window.addEventListener("hashchange", openAsked);
    const form = tabs.closest("form");
    form?.addEventListener("submit", () => {
      form.action = location.pathname + location.search + location.hash;
    });
    openAsked();
  }
});

// The integrations of a rule: opened popup, filter, and a fresh list when the popup saved something.
document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll("a[data-popup]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      window.open(link.href, link.dataset.popup, "width=860,height=760,resizable=yes,scrollbars=yes");
    });
  }
  for (const ticks of document.querySelectorAll("[data-ticks-url]")) {
    const rows = ticks.querySelector("[data-ticks-rows]");
    const search = ticks.querySelector("[data-ticks-search]");
    const refresh = async (alsoTicked) => {
      const query = new URLSearchParams({ q: search.value });
      for (const box of rows.querySelectorAll("input:checked")) query.append("ticked", box.value);
      for (const id of alsoTicked) query.append("ticked", id);
      const answer = await fetch(`${ticks.dataset.ticksUrl}?${query}`, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) return;
      rows.innerHTML = await answer.text();
      settle();
    };
    const settle = () => {
      const list = rows.querySelector("[data-total]");
      ticks.querySelector("[data-ticks-link-text]").textContent = list.dataset.linkText;
      search.hidden = Number(list.dataset.total) < 8;
    };
    let waiting;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => refresh([]), 250);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    window.addEventListener("message", (event) => {
      if (event.origin === location.origin && event.data?.bellhop === "integrations") refresh(event.data.saved);
    });
    settle();
  }
  for (const button of document.querySelectorAll("[data-close-window]")) {
    button.addEventListener("click", () => window.close());
  }
  const said = document.querySelector("[data-tell-opener]");
  if (said && window.opener) {
    const saved = said.dataset.tellOpener ? [said.dataset.tellOpener] : [];
    window.opener.postMessage({ bellhop: "integrations", saved }, location.origin);
  }
});
