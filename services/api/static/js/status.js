// How fresh the figures are: live, delayed, or the connection lost. The age grows while nothing is heard.

import { get } from "./api.js";
import { byId, h } from "./dom.js";
import { age, say } from "./words.js";

const ASK_MS = 3000, SHOW_MS = 500, STALE_MS = 10000;

let heard = null; // {freshness, at}: what was said last, and when
let connected = null;

export function hear(freshness) {
  heard = { freshness, at: performance.now() };
  connected = true;
  show();
}

export function lost() {
  connected = false;
  show();
}

export function show() {
  const [state, text] = say_();
  const place = byId("freshness");
  place.className = `freshness ${state}`;
  const words = place.querySelector("span");
  if (words) words.textContent = text;
  else place.replaceChildren(h("i", { "aria-hidden": "true" }), h("span", {}, text));
}

function say_() {
  if (connected === false) return ["lost", say("lost")];
  if (!heard) return ["", say("connecting")];
  if (heard.freshness === null) return ["", say("nothing_counted")];
  const ms = heard.freshness + performance.now() - heard.at;
  return ms < STALE_MS ? ["live", say("live", { age: age(ms) })] : ["stale", say("stale", { age: age(ms) })];
}

export function watch() {
  setInterval(show, SHOW_MS);
  setInterval(async () => {
    if (document.hidden || connected === false) return;
    try {
      hear((await get("/v1/freshness", {})).freshness_ms);
    } catch {
      lost();
    }
  }, ASK_MS);
}
