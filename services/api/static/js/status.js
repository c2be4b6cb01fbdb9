// How fresh the figures are: live, delayed, or standing still since the connection broke. The stream says so every few
// seconds; what was said holds until then, and grows when nothing more is heard.

import { byId, h } from "/static/shared/dom.js";
import { view } from "./address.js";
import { patch } from "./patch.js";
import { age, clock, day, say } from "./words.js";

const SAID_EVERY_MS = 4000, SHOW_MS = 500, DELAYED_MS = 15000;

let told = null; // {freshness, at}: what was said last, and when
let heardAt = null; // when the stream gave its last sign of life
let broken = null; // since when it is broken

export function hear(freshness) {
  told = { freshness, at: performance.now() };
  heard();
}

export function heard() {
  heardAt = Date.now();
  broken = null;
  showStatus();
}

export function lost() {
  broken ??= heardAt ?? Date.now();
  showStatus();
}

export function restart() {
  told = heardAt = broken = null;
  showStatus();
}

export function showStatus() {
  const [state, text] = state_();
  const place = byId("freshness");
  place.className = `freshness ${state}`;
  patch(place, h("i", { "aria-hidden": "true" }), h("span", {}, text));
  document.documentElement.dataset.stream = state || "connecting";
  const strip = byId("stale");
  strip.hidden = state !== "lost";
  patch(strip, state === "lost" ? [h("strong", {}, say("stale_since", { time: clock(broken) })), " ", say("retrying")] : []);
}

function state_() {
  if (view.date) return ["dated", say("dated", { date: day(view.date) })];
  if (broken) return ["lost", say("lost")];
  if (!told) return ["", say("connecting")];
  if (told.freshness === null) return ["", say("nothing_counted")];
  const ms = told.freshness + Math.max(0, performance.now() - told.at - SAID_EVERY_MS);
  return ms < DELAYED_MS ? ["live", say("live", { age: age(ms) })] : ["delayed", say("delayed", { age: age(ms) })];
}

export function watchStatus() {
  setInterval(showStatus, SHOW_MS);
}
