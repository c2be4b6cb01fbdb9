// The figures of one place: how many of how many, where the numbers come from, who is new.

import { h } from "/static/shared/dom.js";
import { bar, card, figure, growth, pct } from "./parts.js";
import { day, nameOf, number, percent, say, year } from "./words.js";

export const WINDOWS = ["1h", "24h", "7d", "30d"];

export function headline(c) {
  const covered = c.coverage_pct !== null;
  return h("section.card.headline", { "data-key": "headline", id: "headline", "aria-labelledby": "place-name" },
    h("div.lead", {}, h("header", {}, h("p.soft.small", {}, `${say(c.region.level)} · ${say(c.scheme)}`), h("h1", { id: "place-name" }, nameOf(c.region)),
      c.region.valid_to ? h("p.small", {}, h("span.pill", {}, say("until", { date: day(c.region.valid_to) }))) : null),
    h("p.big", {}, covered ? figure("coverage", percent(c.coverage_pct)) : figure("participants", number(c.participants)),
      h("span.soft", {}, say(covered ? "covered" : "participants"))),
    covered ? bar(c.coverage_pct, "large") : null, yoy(c)),
    h("ul.facts", {}, covered ? ofEligible(c) : h("li", { "data-key": "why", title: c.coverage_reason }, say("no_denominator")), baseline(c)));
}

function ofEligible(c) {
  return [
    h("li", { "data-key": "of" }, figure("participants", number(c.participants)), " / ", figure("eligible", number(c.eligible.count)), " ", say("eligible_people")),
    h("li", { "data-key": "source" }, say("denominator", { year: year(c.eligible.year), source: c.eligible.source })),
  ];
}

function baseline(c) {
  const b = c.baseline;
  if (b.of === "none") return null;
  return [
    h("li", { "data-key": "baseline" }, say(`baseline_${b.of}`, {
      count: number(b.count), date: b.date && day(b.date), source: b.source,
    })),
    b.unattributed > 0 ? h("li", { "data-key": "unattributed" }, say("unattributed", { n: number(b.unattributed) })) : null,
    h("li", { "data-key": "by-record" }, say("by_record", { n: number(c.active_by_record) })),
  ];
}

function yoy(c) {
  if (c.yoy.participants_pct === null) return null;
  return h("p.soft.growth", { "data-key": "yoy" }, figure("yoy", growth(c.yoy.participants_pct)), " ", say("yoy", { n: number(c.yoy.participants), date: day(c.yoy.date) }));
}

export function flows(c) {
  const tile = (name) => h("div.tile", { "data-key": name },
    h("span.label", {}, say(name)), figure(`new ${name}`, number(c.new[name]), { tag: "button.figure.amount" }),
    h("span.left", {}, c.left[name] ? figure(`left ${name}`, say("n_left", { n: number(c.left[name]) })) : ""));
  return card("flows", say("new_people"), h("div.tiles", {}, WINDOWS.map(tile)));
}

// The same as one line, for lists.
export const shortly = (c) => `${number(c.participants)}${c.eligible.count === null ? "" : ` / ${number(c.eligible.count)}`} · ${pct(c.coverage_pct)}`;
