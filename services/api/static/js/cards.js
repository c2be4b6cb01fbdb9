// The headline, the flows and the plans of one region.

import { bar, h } from "./dom.js";
import { day, nameOf, number, percent, say, shortPercent, year } from "./words.js";

export function headline(c) {
  const known = c.coverage_pct !== null;
  return [
    h("div", {}, h("p.soft.small", {}, say(c.region.level)), h("h1", {}, nameOf(c.region))),
    h("p.big", {}, h("strong", {}, known ? percent(c.coverage_pct) : number(c.participants)),
      h("span.soft", {}, say(known ? "covered" : "participants"))),
    known ? bar(c.coverage_pct, "large") : null,
    h("ul.facts", {},
      known
        ? [h("li", {}, say("of_eligible", { n: number(c.participants), e: number(c.eligible.count) })),
           h("li", {}, say("denominator", { year: year(c.eligible.year), source: c.eligible.source }))]
        : h("li", { title: c.coverage_reason }, say("no_denominator")),
      baseline(c)),
  ];
}

function baseline(c) {
  const b = c.baseline;
  if (b.of === "none") return null;
  const own = b.of === "own";
  return [
    h("li", {}, say(own ? "baseline_own" : "baseline_children", {
      count: number(b.count), date: b.date && day(b.date), source: b.source,
    })),
    b.unattributed > 0 ? h("li", {}, say("unattributed", { n: number(b.unattributed) })) : null,
    h("li", {}, say("by_record", { n: number(c.active_by_record) })),
  ];
}

const WINDOWS = ["1h", "24h", "7d", "30d"];

export function flows(c, before) {
  const tile = (name) => h("div.tile", { class: before && before.new[name] < c.new[name] ? "changed" : "" },
    h("span.label", {}, say(name)),
    h("strong", {}, number(c.new[name])),
    c.left[name] ? h("span.left", {}, say("n_left", { n: number(c.left[name]) })) : null);
  return [h("h2", {}, say("new_people")), h("div.tiles", {}, WINDOWS.map(tile)), growth(c.yoy)];
}

function growth(yoy) {
  if (yoy.participants_pct === null) return null;
  const up = yoy.participants_pct >= 0;
  return h("p.growth", {},
    h("span.pill", { class: up ? "good" : "bad" }, `${up ? "▲" : "▼"} ${shortPercent(Math.abs(yoy.participants_pct))}`),
    h("span.soft", {}, say("yoy", { n: number(yoy.participants), date: day(yoy.date) })));
}

const TONES = { met: "good", on_track: "good", behind: "warn", missed: "bad" };
const TITLES = { new_count: "plan_new", participants: "plan_people", coverage_pct: "plan_pct" };

export function plans(targets) {
  return [...targets].sort((a, b) => (a.to < b.to ? 1 : -1)).map(plan);
}

function plan(t) {
  const amount = t.kind === "coverage_pct" ? shortPercent : number;
  const perDay = t.kind === "coverage_pct" ? say("points", { n: number(t.per_day_needed) }) : number(t.per_day_needed);
  const open = t.status === "on_track" || t.status === "behind" || t.status === "not_started";
  return h("article.card.plan", { title: t.reason },
    h("header", {}, h("h3", {}, t.name ?? say(TITLES[t.kind], { n: amount(t.target) })),
      h("span.pill", { class: TONES[t.status] ?? "" }, say(t.status))),
    h("p.figure", {}, h("strong", {}, t.achieved_pct === null ? "–" : shortPercent(t.achieved_pct)),
      h("span.soft", {}, t.achieved === null ? say("no_denominator") : `${amount(t.achieved)} / ${amount(t.target)}`)),
    bar(t.achieved_pct),
    h("ul", {},
      h("li", {}, say("window", { from: day(t.from), to: day(t.to) })),
      open && t.remaining ? h("li", {}, say("still", { n: number(t.remaining_people), d: perDay })) : null,
      t.status === "missed" ? h("li", {}, say("missing", { n: number(t.remaining_people) })) : null,
      t.expected_on ? h("li", {}, say("expected", { date: day(t.expected_on) })) : null,
      t.regions !== null ? h("li", {}, say("each", { met: number(t.regions_met), n: number(t.regions) })) : null,
      t.milestones.map(milestone)));
}

function milestone(m) {
  const state = say(m.status === "ahead" ? "ahead" : `m_${m.status}`);
  return h("li", {}, say("milestone", { pct: shortPercent(m.pct), date: day(m.on), state }));
}
