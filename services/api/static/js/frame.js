// What surrounds the figures: path, schemes, tabs, the day, the menu.

import { byId, h } from "/static/shared/dom.js";
import { countryOf, link, SCHEMES, TABS, view } from "./address.js";
import { choice, regionLink } from "./parts.js";
import { patch } from "./patch.js";
import { day, LANGUAGES, moment, nameOf, say } from "./words.js";
import { wallOf } from "./wall.js";

const COUNTRIES = [["VN", { vi: "Việt Nam", th: "เวียดนาม", en: "Viet Nam" }], ["TH", { vi: "Thái Lan", th: "ไทย", en: "Thailand" }]];
const FORMATS = ["csv", "parquet", "arrow"];
let trouble = null;

export function notice(error) {
  trouble = error;
  const place = byId("notice");
  place.hidden = !error;
  place.textContent = !error ? "" : error.status === 404 ? say("no_region") : say("trouble", { why: error.message });
}

function path(page) {
  if (!page) return [];
  const others = page.ancestors.length ? [] : COUNTRIES.filter(([id]) => id !== page.region.id);
  return h("ol", {},
    page.ancestors.map((region) => h("li", { "data-key": region.id }, regionLink(region, nameOf(region)))),
    h("li", { "aria-current": "page", "data-key": page.region.id }, nameOf(page.region)),
    others.map(([id, names]) => h("li.other", { "data-key": id }, h("a", { href: link({ region: id, map: "auto" }) }, names[view.lang]))));
}

function schemes() {
  const listed = SCHEMES[countryOf(view.region)] ?? [];
  const shown = listed.includes(view.scheme) ? listed : [...listed, view.scheme];
  return choice(say("schemes"), shown.map((value) => ({ value, text: say(value), to: link({ scheme: value, plan: null }) })), view.scheme, "schemes");
}

const tabs = () => choice(say("views"), TABS.map((value) => ({ value, text: say(`t_${value}`), to: link({ tab: value, plan: null }) })), view.tab, "tabs");

function menu(page) {
  const exported = (format) => `/v1/export?${new URLSearchParams({
    what: "coverage", format, region: view.region, scheme: view.scheme, ...(view.date && { date: view.date }), ...(format === "csv" && { bom: true }),
  })}`;
  return [
    page ? h("li", {}, h("a", { href: link({ wall: wallOf(page) }) }, say("wall"))) : null,
    FORMATS.map((format) => h("li", { "data-key": format }, h("a", { href: exported(format), download: "" }, say("export", { format: format.toUpperCase() })))),
    h("li", {}, h("a", { href: "/docs" }, say("api"))),
  ];
}

// Bring what is chosen into sight where a row of links is longer than the screen; once, then the reader moves it.
const revealed = {};
function reveal(id) {
  const row = byId(id).firstChild, chosen = row.querySelector("[aria-current]");
  if (!chosen || revealed[id] === chosen.dataset.key) return;
  revealed[id] = chosen.dataset.key;
  row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
}

export function frame({ coverage, page, fresh }) {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  byId("search-text").placeholder = say("search");
  patch(byId("path"), path(page));
  patch(byId("schemes"), schemes());
  patch(byId("tabs"), tabs());
  patch(byId("languages"), LANGUAGES.map((lang) => h("a", {
    href: link({ lang }), lang, hreflang: lang, "data-lang": lang, "aria-current": lang === view.lang ? "true" : null,
    "aria-label": { vi: "Tiếng Việt", th: "ไทย", en: "English" }[lang],
  }, lang.toUpperCase())));
  patch(byId("menu-list"), menu(page));
  byId("home").setAttribute("href", link({ region: countryOf(view.region), tab: "overview", date: null, wall: null }));
  byId("date").value = view.date ?? "";
  byId("choose-date").textContent = `${say("as_of_day")}: ${view.date ? day(view.date) : say("now")}`;
  patch(byId("to-live"), view.date ? h("a.button", { href: link({ date: null }) }, say("to_live")) : []);
  byId("as-of").textContent = coverage ? say("as_of", { time: moment((fresh ?? coverage).as_of) }) : "";
  ["schemes", "tabs"].forEach(reveal);
  document.title = coverage ? `${nameOf(coverage.region)} · ${say(coverage.scheme)}` : say("product");
  if (trouble) notice(trouble);
}
