// The charts of a Views page: point or use the arrow keys to read values, drag or Shift and arrows to zoom, tick to hide.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 60; // from one edge of a chart to the other, by arrow keys

// The index of the sample nearest to a moment; samples are in order of time.
const nearest = (samples, moment) => {
  let low = 0;
  let high = samples.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (samples[middle][0] < moment) low = middle;
    else high = middle;
  }
  return moment - samples[low]?.[0] <= samples[high]?.[0] - moment ? low : high;
};

const makeReadable = (part) => {
  const data = JSON.parse(document.getElementById(part.dataset.readings).textContent);
  const svg = part.querySelector("svg");
  const panel = part.closest(".panel");
  const [readout, live] = panel.querySelectorAll(".readout, [aria-live]");
  const hint = readout.textContent;
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: part.dataset.zone, dateStyle: "short", timeStyle: "medium" });
  const near = Math.max((data.end - data.start) / 40, 1);
  let at = null; // the moment read, in epoch seconds
  let anchor = null; // where a selection began
  let dragged = false;
  let telling = 0;

  const add = (tag, name, attributes) => {
    const made = document.createElementNS(SVG, tag);
    made.setAttribute("class", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.setAttribute("hidden", "");
    made.setAttribute("pointer-events", "none");
    return svg.appendChild(made);
  };
  const chosen = add("rect", "chosen", { y: data.top, height: data.bottom - data.top });
  const cross = add("line", "cross", { y1: data.top, y2: data.bottom });

  const xOf = (moment) => data.left + ((moment - data.start) / (data.end - data.start)) * (data.right - data.left);
  const within = (moment) => Math.min(Math.max(moment, data.start), data.end);
  const xToMoment = (x) => within(data.start + ((x - data.left) / (data.right - data.left)) * (data.end - data.start));
  const momentOf = (event) => {
    const box = svg.getBoundingClientRect();
    return xToMoment(((event.clientX - box.left) / box.width) * data.width);
  };
  const shown = (number) => panel.querySelector(`[data-shows="${number}"]`)?.checked;
  const inWords = () => {
    const words = [];
    data.lines.forEach((line, number) => {
      const sample = line.points[nearest(line.points, at)];
      if (shown(number) && sample && Math.abs(sample[0] - at) <= near) words.push(`${line.name} ${Number(sample[1].toPrecision(6))}`);
    });
    const time = clock.format(new Date(at * 1000));
    const span = anchor === null || anchor === at ? "" : ` (from ${clock.format(new Date(anchor * 1000))}; Enter zooms)`;
    return `${time}${span}: ${words.join(", ") || "no values"}`;
  };
  const draw = () => {
    cross.toggleAttribute("hidden", at === null);
    chosen.toggleAttribute("hidden", anchor === null || at === null);
    if (at === null) {
      readout.textContent = hint;
      return;
    }
    cross.setAttribute("x1", xOf(at));
    cross.setAttribute("x2", xOf(at));
    if (anchor !== null) {
      chosen.setAttribute("x", xOf(Math.min(at, anchor)));
      chosen.setAttribute("width", xOf(Math.max(at, anchor)) - xOf(Math.min(at, anchor)));
    }
    readout.textContent = inWords();
    clearTimeout(telling);
    telling = setTimeout(() => { if (at !== null) live.textContent = inWords(); }, 400);
  };
  const end = () => {
    at = anchor = null;
    dragged = false;
    draw();
  };
  const zoom = () => {
    const [from, to] = [Math.min(at, anchor), Math.max(at, anchor)];
    if (to - from < 60) return end();
    const address = new URL(part.dataset.address, location.href);
    address.searchParams.delete("range");
    address.searchParams.set("from", new Date(from * 1000).toISOString());
    address.searchParams.set("to", new Date(to * 1000).toISOString());
    location.assign(address);
  };

  const mark = svg.querySelector(".mark");
  const middle = mark ? (mark.getAttribute("x1") / data.width) * part.scrollWidth - part.clientWidth / 2 : part.scrollWidth;
  part.scrollLeft = middle; // where a chart is wider than the screen
  svg.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    at = momentOf(event);
    dragged = dragged || (anchor !== null && Math.abs(xOf(at) - xOf(anchor)) > 6);
    draw();
  });
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    at = momentOf(event);
    if (event.pointerType !== "touch") anchor = at;
    dragged = false;
    draw();
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault()); // of a band's link
  svg.addEventListener("click", (event) => {
    if (dragged) event.preventDefault(); // the end of a drag over a band is no visit to its alert
    dragged = false;
  }, true);
  document.addEventListener("pointerup", () => {
    if (anchor === null || !dragged) anchor = null;
    else zoom();
  });
  svg.addEventListener("pointerleave", () => {
    if (anchor === null) end();
  });
  part.addEventListener("focusout", (event) => {
    if (!part.contains(event.relatedTarget)) end();
  });
  part.addEventListener("keydown", (event) => {
    const step = (data.end - data.start) / STEPS;
    const from = at ?? (mark ? xToMoment(Number(mark.getAttribute("x1"))) : data.end);
    const to = { ArrowLeft: from - step, ArrowRight: from + step, Home: data.start, End: data.end }[event.key];
    if (event.key === "Escape") end();
    else if (event.key === "Enter" && anchor !== null && at !== null && event.target === part) zoom();
    else if (to !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      anchor = event.shiftKey ? anchor ?? from : null;
      at = within(to);
      draw();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && anchor !== null) end();
  });
};

document.querySelectorAll("[data-readings]").forEach(makeReadable);
// Charts that are wider than the screen keep one time line.
const wide = [...document.querySelectorAll(".wide")];
document.addEventListener("scroll", (event) => {
  if (!wide.includes(event.target)) return;
  for (const each of wide) if (each.scrollLeft !== event.target.scrollLeft) each.scrollLeft = event.target.scrollLeft;
}, true);
document.addEventListener("change", (event) => {
  const number = event.target.dataset?.shows;
  if (number === undefined) return;
  const line = event.target.closest(".panel").querySelector(`[data-line="${number}"]`);
  line?.toggleAttribute("hidden", !event.target.checked);
});
