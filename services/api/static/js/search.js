// The search for places: a text field with a list of what was found.

import { byId, h } from "/static/shared/dom.js";
import { get } from "./api.js";
import { patch } from "./patch.js";
import { nameOf, say } from "./words.js";

const WAIT_MS = 160;

export function setUpSearch(go) {
  const text = byId("search-text"), list = byId("search-found");
  let found = [], at = -1, timer, asked;

  const show = () => {
    patch(list, found.map(({ region, path }, i) => h("li", {
      id: `found-${i}`, role: "option", "aria-selected": String(i === at), "data-at": i,
    }, nameOf(region), h("span", {}, [say(region.level), ...path.toReversed().map(nameOf)].join(" · ")))),
    found.length ? null : h("li.soft", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, say("nothing_found")));
    list.hidden = !text.value.trim();
    text.setAttribute("aria-expanded", String(!list.hidden));
    if (at >= 0) text.setAttribute("aria-activedescendant", `found-${at}`);
    else text.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    list.hidden = true;
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  };
  const choose = (i) => {
    if (!found[i]) return;
    text.value = "";
    close();
    text.blur();
    go(found[i].region.id);
  };
  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    const q = text.value.trim();
    if (!q) return close();
    try {
      found = (await get("/v1/regions", { q, limit: 12 }, asked.signal)).regions;
      at = found.length ? 0 : -1;
      show();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(1, found.length);
    show();
  });
  text.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    choose(Number(event.target.closest("[data-at]")?.dataset.at ?? -1));
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    choose(Math.max(0, at));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    text.focus();
  });
}
