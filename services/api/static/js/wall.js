// The wall screen: one place after another, large, without controls. `wall=VN,VN.91&every=20` in the address; Escape leaves.

import { h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { WINDOWS } from "./figures.js";
import { bar, pill } from "./parts.js";
import { chartCard } from "./chart.js";
import { mapCard } from "./map.js";
import { titleOf } from "./plans.js";
import { nameOf, number, percent, say, shortPercent } from "./words.js";

let timer, awake = null;

export function setUpWall(go) {
  clearInterval(timer);
  document.documentElement.toggleAttribute("data-wall", Boolean(view.wall));
  if (!view.wall) {
    awake?.release().catch(() => {});
    awake = null;
    return;
  }
  if (!awake) navigator.wakeLock?.request("screen").then((lock) => { awake = lock; }, () => {});
  if (view.wall.length > 1) timer = setInterval(() => {
    const next = view.wall[(view.wall.indexOf(view.region) + 1) % view.wall.length];
    go(link({ region: next, map: "auto" }), { replace: true });
  }, view.every * 1000);
}

// The places a wall screen begins with: this one, and the largest below it.
export const wallOf = (page) => [page.region.id, ...[...page.children].filter((c) => c.participants)
  .sort((a, b) => b.participants - a.participants).slice(0, 5).map((c) => c.region.id)];

export function wallBoard({ coverage: c, page, series }, then) {
  const covered = c.coverage_pct !== null;
  return [
    h("section.wall-head", { "data-key": "wall-head" },
      h("p.soft", {}, [say(c.region.level), say(c.scheme)].join(" · ")), h("h1", {}, nameOf(c.region)),
      h("p.huge", { "data-live": "", id: "headline" }, covered ? percent(c.coverage_pct) : number(c.participants)),
      covered ? bar(c.coverage_pct, "huge-bar") : null,
      h("p.wall-of", { "data-live": "" }, covered ? say("of_eligible", { n: number(c.participants), e: number(c.eligible.count) }) : say("participants"))),
    page ? mapCard(page, then) : null,
    h("section.wall-flows", { "data-key": "wall-flows" }, WINDOWS.map((name) => h("div.tile", { "data-key": name },
      h("span.label", {}, say(`new_${name}`)), h("strong.amount", { "data-live": "" }, number(c.new[name]))))),
    chartCard(c, series),
    h("section.wall-plans", { "data-key": "wall-plans" }, c.targets.slice(-3).map((t) => h("div.wall-plan", { "data-key": t.id },
      h("p", {}, h("span", {}, titleOf(t)), pill(t.status)),
      h("p.amount", { "data-live": "" }, t.achieved_pct === null ? "–" : shortPercent(t.achieved_pct)), bar(t.achieved_pct, "large")))),
    view.wall.length > 1 ? h("ol.wall-dots", { "data-key": "dots", "aria-label": say("wall") }, view.wall.map((id) => h("li", { "aria-current": id === view.region ? "true" : null, "data-key": id }))) : null,
  ];
}
