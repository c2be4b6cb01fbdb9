// Small pieces that several cards share.

import { h } from "/static/shared/dom.js";
import { link } from "./address.js";
import { number, percent, say, shortPercent } from "./words.js";

// A number that opens its explanation. `of`: the region it is about, where it is not the one that is looked at.
export function figure(what, text, { of = null, tag = "button.figure", label = null } = {}) {
  return h(tag, { type: "button", "data-explain": what, "data-of": of, "data-live": "", "aria-label": label, "aria-haspopup": "dialog" }, text);
}

// A bar of `pct` %. What lies beyond 100 % is drawn in another colour on the same bar, which then stands for `pct`.
export function bar(pct, className = "", marks = []) {
  const fill = h("i"), over = h("b");
  const shown = Math.max(0, pct ?? 0);
  fill.style.setProperty("--part", `${Math.min(shown, 100)}%`);
  over.style.setProperty("--over", shown > 100 ? `${100 - 10000 / shown}%` : "0%");
  const signs = marks.map((at) => {
    const mark = h("s");
    mark.style.setProperty("--at", `${shown > 100 ? (at * 100) / shown : at}%`);
    return mark;
  });
  return h("div.bar", { class: className, "aria-hidden": "true" }, fill, shown > 100 ? over : null, signs);
}

export const pct = (value, long = false) => (value === null || value === undefined ? "–" : (long ? percent : shortPercent)(value));

// A row of links of which one is chosen.
export function choice(label, options, chosen, className = "") {
  return h("nav.choice", { "aria-label": label, class: className },
    options.map(({ value, text, to }) => h("a", { href: to, "aria-current": value === chosen ? "true" : null, "data-key": value }, text)));
}

export function regionLink(region, text, change = {}) {
  return h("a", { href: link({ region: region.id, ...change }) }, text);
}

const TONES = { met: "good", on_track: "good", ahead: "good", behind: "warn", missed: "bad" };
export const pill = (status, text = say(status)) => h("span.pill", { class: TONES[status] ?? "", "data-live": "" }, text);

export function card(key, title, ...children) {
  return h("section.card", { "data-key": key, class: key, "aria-labelledby": `${key}-title` }, h("h2", { id: `${key}-title` }, title), children);
}

export const empty = (text) => h("p.empty.soft", {}, text);

// The change of a figure against an earlier one.
export function growth(value) {
  if (value === null || value === undefined) return null;
  const [tone, sign] = value > 0 ? ["good", "▲ "] : value < 0 ? ["bad", "▼ "] : ["", "± "];
  return h("span.pill", { class: tone, "data-live": "" }, `${sign}${shortPercent(Math.abs(value))}`);
}

export const people = (n) => number(n);
