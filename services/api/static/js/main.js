// The live dashboard: what is looked at stands in the address, figures come from the live stream.

import { follow, get } from "./api.js";
import { flows, headline, plans } from "./cards.js";
import { Children } from "./children.js";
import { byId, h } from "./dom.js";
import { setUpSearch } from "./search.js";
import * as status from "./status.js";
import { trend } from "./trend.js";
import { currentLanguage, LANGUAGES, moment, nameOf, say, setLanguage } from "./words.js";

const SCHEMES = { VN: ["voluntary_si", "compulsory_si", "social_insurance", "health", "unemployment"], TH: ["section40", "compulsory_si", "health"] };
const COUNTRIES = [["VN", { vi: "Việt Nam", th: "เวียดนาม", en: "Viet Nam" }], ["TH", { vi: "Thái Lan", th: "ไทย", en: "Thailand" }]];
const PAGE_EVERY_MS = 2000, TREND_EVERY_MS = 15000;

const state = { region: "VN", scheme: "voluntary_si", coverage: null, page: null, series: null };
const children = new Children(byId("children"), (id) => address({ region: id }));
let stop = () => {}, timers = [], visit = 0;

// The address

function readAddress() {
  const asked = new URLSearchParams(location.search);
  state.region = asked.get("region") || "VN";
  state.scheme = asked.get("scheme") || SCHEMES[state.region.slice(0, 2)]?.[0] || "voluntary_si";
  setLanguage(asked.get("lang") || localStorage.getItem("lang") || navigator.language.slice(0, 2));
}

function address(change = {}) {
  const { region, scheme } = { ...state, ...change };
  return `?${new URLSearchParams({ region, scheme, lang: change.lang ?? currentLanguage() })}`;
}

function go(change) {
  if (change.region && !change.scheme && change.region.slice(0, 2) !== state.region.slice(0, 2)) {
    change.scheme = SCHEMES[change.region.slice(0, 2)]?.[0] ?? state.scheme;
  }
  history.pushState(null, "", address(change));
  readAddress();
  open();
}

// Reading

function open() {
  stop();
  timers.forEach(clearTimeout);
  timers = [];
  visit += 1;
  state.coverage = state.page = state.series = null;
  children.reset();
  fixed();
  const mine = visit;
  load(mine, PAGE_EVERY_MS, readPage);
  load(mine, TREND_EVERY_MS, readSeries);
  stop = follow(state.region, state.scheme, (coverage) => mine === visit && hearCoverage(coverage), () => mine === visit && status.lost());
}

// Ask at once, and again after a while as long as the figures go on changing.
function load(mine, every, read) {
  let seen;
  const again = async () => {
    if (mine !== visit) return;
    const changed = seen !== state.coverage?.as_of;
    seen = state.coverage?.as_of;
    if (changed || !seen) await read(mine);
    timers.push(setTimeout(again, every));
  };
  again();
}

async function readPage(mine) {
  try {
    const page = await get(`/v1/regions/${encodeURIComponent(state.region)}`, { scheme: state.scheme });
    if (mine !== visit) return;
    state.page = page;
    notice(null);
    showPage();
  } catch (error) {
    if (mine === visit) notice(error.status === 404 ? say("no_region") : say("trouble", { why: error.message }));
  }
}

async function readSeries(mine) {
  const path = `/v1/regions/${encodeURIComponent(state.region)}/series`;
  const series = await get(path, { scheme: state.scheme, grain: "day" }).catch(() => null);
  if (mine !== visit || !series) return;
  state.series = series;
  byId("trend").replaceChildren(...trend(series));
}

function hearCoverage(coverage) {
  const before = state.coverage;
  state.coverage = coverage;
  status.hear(coverage.freshness_ms);
  showCoverage(before);
}

// Showing

function showCoverage(before) {
  const c = state.coverage;
  if (!c) return;
  byId("board").hidden = false;
  byId("headline").replaceChildren(...headline(c).filter(Boolean));
  byId("flows").replaceChildren(...flows(c, before).filter(Boolean));
  byId("plans").replaceChildren(...plans(c.targets));
  byId("as-of").textContent = say("as_of", { time: moment(c.as_of) });
  document.title = `${nameOf(c.region)} · ${say(c.scheme)}`;
}

function showPage() {
  const { page } = state;
  byId("path").replaceChildren(h("ol", {},
    page.ancestors.map((region) => h("li", {}, h("a", { href: address({ region: region.id }), "data-region": region.id }, nameOf(region)))),
    h("li", { "aria-current": "page" }, nameOf(page.region)),
    otherCountries(page)));
  children.show(page);
}

function otherCountries(page) {
  if (page.ancestors.length) return null;
  return COUNTRIES.filter(([id]) => id !== page.region.id)
    .map(([id, names]) => h("li.other", {}, h("a", { href: address({ region: id }), "data-region": id }, names[currentLanguage()])));
}

function notice(text) {
  byId("notice").hidden = !text;
  byId("notice").textContent = text ?? "";
}

// What does not depend on figures
function fixed() {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  const text = byId("search-text");
  text.placeholder = say("search");
  text.setAttribute("aria-label", say("search"));
  byId("languages").setAttribute("aria-label", say("language"));
  byId("theme").setAttribute("aria-label", say("theme"));
  byId("path").setAttribute("aria-label", say("path"));
  byId("schemes").setAttribute("aria-label", say("schemes"));
  for (const button of byId("languages").children) button.setAttribute("aria-pressed", String(button.dataset.lang === currentLanguage()));
  const listed = SCHEMES[state.region.slice(0, 2)] ?? [];
  const schemes = listed.includes(state.scheme) ? listed : [...listed, state.scheme];
  byId("schemes").replaceChildren(...schemes.map((scheme) => h("button", {
    type: "button", "aria-pressed": String(scheme === state.scheme), onclick: () => go({ scheme }),
  }, say(scheme))));
  status.show();
}

function chooseLanguage(lang) {
  localStorage.setItem("lang", lang);
  history.replaceState(null, "", address({ lang }));
  readAddress();
  fixed();
  showCoverage(state.coverage);
  if (state.page) showPage();
  if (state.series) byId("trend").replaceChildren(...trend(state.series));
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function setUp() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  setTheme(chosen());
  dark.addEventListener("change", () => setTheme(chosen()));
  byId("theme").addEventListener("click", () => {
    localStorage.setItem("theme", chosen() === "dark" ? "light" : "dark");
    setTheme(chosen());
  });
  byId("languages").addEventListener("click", (event) => {
    const lang = event.target.dataset.lang;
    if (LANGUAGES.includes(lang)) chooseLanguage(lang);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-region]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go({ region: link.dataset.region });
    scrollTo({ top: 0 });
  });
  addEventListener("popstate", () => {
    readAddress();
    open();
  });
  setUpSearch((region) => go({ region }));
  status.watch();
}

readAddress();
setUp();
open();
