// The live dashboard: what is looked at stands in the address, figures come from the live stream.

import { byId } from "/static/shared/dom.js";
import { countryOf, link, readAddress, view } from "./address.js";
import { download, follow, get, hasKey } from "./api.js";
import { drawChart } from "./chart.js";
import { explain, setUpExplain, showExplanation } from "./explain.js";
import { frame, notice } from "./frame.js";
import { sortBy } from "./places.js";
import { patch } from "./patch.js";
import { setUpRoving } from "./rove.js";
import { setUpSearch } from "./search.js";
import { keepAsking, SOURCES } from "./sources.js";
import * as status from "./status.js";
import { boardOf } from "./tabs.js";
import { setUpWall } from "./wall.js";
import { setLanguage } from "./words.js";

const held = {};
let leave = () => {}, asking = null, waiting = false;

// Showing: at most once per frame, whatever came in between.
function show() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    frame(held);
    patch(byId("board"), boardOf(held, show));
    byId("board").hidden = !held.coverage;
    byId("board").dataset.tab = view.wall ? "wall" : view.tab;
    draw();
  });
}

const draw = () => drawChart(byId("board"), view.wall ? Math.round(innerHeight * 0.29) : undefined);

// A place and scheme: the stream is followed, the rest asked for as long as the figures change.
function open() {
  leave();
  for (const name of Object.keys(held)) delete held[name];
  status.restart();
  notice(null);
  const tell = (name, answer, error) => {
    if (error && name === "page") notice(error);
    if (error) return;
    if (name === "page") notice(null);
    held[name] = answer;
    show();
  };
  asking = keepAsking(held, tell);
  const stop = view.date ? readDated(tell) : follow(view.region, view.scheme, {
    freshness: (fresh) => {
      held.fresh = fresh;
      status.hear(fresh.freshness_ms);
      show();
    },
    coverage: (coverage) => {
      const first = !held.coverage;
      held.fresh = coverage;
      status.hear(coverage.freshness_ms);
      tell("coverage", coverage, null);
      if (first) asking.soon("series");
      if (first && view.explain) explain(held);
    },
    heard: status.heard,
    lost: status.lost,
  });
  leave = () => {
    stop();
    asking.stop();
  };
  show();
}

function readDated(tell) {
  const abort = new AbortController();
  const { region, scheme, date } = view;
  get("/v1/coverage", { region, scheme, date }, abort.signal).then((coverage) => {
    tell("coverage", coverage, null);
    asking.soon("series");
  }, (error) => error.name !== "AbortError" && notice(error));
  return () => abort.abort();
}

// The address

const place = () => [view.region, view.scheme, view.date].join("|");
const asked = () => [view.span, view.rank, view.level, view.plan, view.tab, view.map].join("|");

function arrive() {
  const before = place(), askedBefore = asked(), tabBefore = view.tab;
  readAddress();
  setLanguage(view.lang);
  setUpWall(go);
  if (place() !== before) open();
  else if (asked() !== askedBefore) Object.keys(SOURCES).forEach((name) => asking.soon(name));
  if (view.tab !== tabBefore) delete held.ranking;
  show();
  status.showStatus();
  showExplanation();
  explain(held);
}

function go(href, { replace = false } = {}) {
  const top = new URLSearchParams(href).get("region") !== view.region;
  history[replace ? "replaceState" : "pushState"](null, "", href);
  arrive();
  if (top && !view.wall) scrollTo({ top: 0 });
}

function setUp() {
  document.addEventListener("click", (event) => {
    const sort = event.target.closest("[data-sort]");
    if (sort) {
      sortBy(sort.dataset.sort);
      show();
    }
    const a = event.target.closest("a");
    const href = a?.getAttribute("href");
    if (a?.hasAttribute("download") && hasKey()) {
      event.preventDefault();
      download(href).catch(notice);
      return;
    }
    if (!href?.startsWith("?") || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (a.dataset.lang) localStorage.setItem("lang", a.dataset.lang);
    go(href, { replace: "lang" in a.dataset });
  });
  byId("date").addEventListener("change", (event) => go(link({ date: event.target.value || null })));
  byId("choose-date").addEventListener("click", () => {
    byId("date").max = new Date().toISOString().slice(0, 10);
    byId("date").showPicker();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && view.wall && go(link({ wall: null })));
  addEventListener("popstate", arrive);
  addEventListener("resize", show);
  matchMedia("print").addEventListener("change", draw); // on paper it is always light
  new MutationObserver(show).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  setUpSearch((region) => go(link({ region, map: "auto", level: "", plan: null, scheme: countryOf(region) === countryOf(view.region) ? view.scheme : null })));
  setUpExplain(go);
  setUpRoving();
  status.watchStatus();
}

setUp();
arrive();
