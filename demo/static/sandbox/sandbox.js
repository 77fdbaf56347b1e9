// Follows the rooms: asks for this page again and takes over what is new, and nothing else. What one does here is done
// in the same way: the answer to it is the page as it is then.
"use strict";

const status = document.getElementById("status");
const key = (node) => node.id;

// What somebody is busy with stays as it is for the moment.
const isBusy = (node) => node.querySelector("details[open], :popover-open") !== null;

// After this the children of `now` are those of `then`; those that are the same stay the same, and keep the focus.
function takeOver(now, then) {
  const known = new Map([...now.children].map((node) => [key(node), node]));
  const wanted = [...then.children].map((fresh) => {
    const old = known.get(key(fresh));
    if (!old || !key(fresh)) return fresh;
    return old.outerHTML === fresh.outerHTML || isBusy(old) ? old : replaced(old, fresh);
  });
  for (const node of [...now.children]) if (!wanted.includes(node)) node.remove();
  wanted.forEach((node, at) => {
    if (now.children[at] !== node) now.insertBefore(node, now.children[at] ?? null);
  });
}

// Whoever stood on a button stands on it again, or else on its message.
function replaced(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (focused) {
    const names = focused.dataset.names;
    const again = [...fresh.querySelectorAll("[data-names]")].find((node) => names && node.dataset.names === names);
    (again ?? fresh).focus({ preventScroll: true });
  }
  return fresh;
}

function show(page) {
  const list = document.getElementById("rooms");
  const fresh = page.getElementById("rooms");
  if (!fresh) return;
  // A login in another tab makes the tokens of the forms here worthless.
  const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
  for (const room of fresh.querySelectorAll(":scope > section")) {
    const mine = document.getElementById(room.id);
    if (!mine) {
      list.append(room);
      continue;
    }
    takeOver(mine.querySelector(".messages"), room.querySelector(".messages"));
    const [title, newTitle] = [mine.querySelector("h2"), room.querySelector("h2")];
    if (title.innerHTML !== newTitle.innerHTML) title.replaceWith(newTitle);
  }
  sort(list, [...fresh.querySelectorAll(":scope > section")].map(key));
}

// The room that spoke last comes first, but never moves away under who is typing, or stands on something.
function sort(list, order) {
  const typing = [...list.querySelectorAll("input[name=text]")].some((input) => input.value !== "");
  if (typing || list.contains(document.activeElement) || isBusy(list)) return;
  order.map((id) => document.getElementById(id)).forEach((room, at) => {
    const there = list.querySelectorAll(":scope > section")[at];
    if (room && there !== room) list.insertBefore(room, there);
  });
}

async function load(address, options) {
  const answer = await fetch(address, { cache: "no-store", ...options });
  if (!answer.ok) throw new Error(`The sandbox answers ${answer.status}.`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

let acting = 0;

async function follow() {
  try {
    if (!acting && !document.hidden) {
      const page = await load(location.href);
      if (!acting) show(page);
    }
  } catch (error) {
    console.debug("The sandbox does not answer; trying again.", error);
  }
  setTimeout(follow, 2000);
}

// Presses, words and who one is go in the background, so that what is half typed elsewhere stays.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-act]")) return;
  event.preventDefault();
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  button?.closest("[popover]")?.hidePopover();
  const input = form.elements.namedItem("text");
  if (input) input.value = "";
  button?.setAttribute("aria-busy", "true");
  acting += 1;
  try {
    const page = await load(button?.getAttribute("formaction") ?? form.action, { method: "POST", body });
    acting -= 1;
    show(page);
    become(page);
    status.textContent = input ? "Sent." : "Done.";
  } catch (error) {
    acting -= 1;
    if (input && !input.value) input.value = body.get("text");
    status.textContent = `This did not work. ${error.message}`;
  }
  button?.removeAttribute("aria-busy");
});

// Who one is, at the top and beside each line.
function become(page) {
  for (const button of document.querySelectorAll("#you button")) {
    const fresh = page.querySelector(`#you button[value="${button.value}"]`);
    button.setAttribute("aria-pressed", fresh?.getAttribute("aria-pressed") ?? "false");
    if (button.getAttribute("aria-pressed") !== "true") continue;
    for (const select of document.querySelectorAll(".composer select")) select.value = button.value;
  }
  document.getElementById("you-remark").textContent = page.getElementById("you-remark")?.textContent ?? "";
}

// Slack tells an app of buttons that are links, too.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-press]");
  if (!link) return;
  const form = document.getElementById("press");
  const body = new URLSearchParams([...new FormData(form), ["press", link.dataset.press]]);
  fetch(form.action, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
});

setTimeout(follow, 2000);
