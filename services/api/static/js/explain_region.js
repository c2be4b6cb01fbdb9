// What is behind a figure of a place: its arithmetic, its records by kind, office, channel and place, and its sources.

import { h } from "/static/shared/dom.js";
import { view } from "./address.js";
import { empty, pct, regionLink } from "./parts.js";
import { titleOf } from "./plans.js";
import { day, known, localDay, moment, nameOf, number, percent, say, shortPercent, year } from "./words.js";

const SIGNS = [["baseline", ""], ["new", "+"], ["returned", "+"], ["moved_in", "+"], ["left", "−"], ["moved_out", "−"]];
export const LENGTHS_MS = { "1h": 3600e3, "24h": 24 * 3600e3, "7d": 7 * 24 * 3600e3, "30d": 30 * 24 * 3600e3 };
export const word = (prefix, key) => {
  const wanted = prefix === "x" && key === "new" ? "x_new_flow" : `${prefix}_${key}`;
  return known(wanted) ? say(wanted) : key;
};

export function section(key, title, ...children) {
  return h("section", { "data-key": key }, h("h3", {}, title), children);
}

export function rows(key, heads, lines) {
  return h("table", { "data-key": key }, h("thead", {}, h("tr", {}, heads.map((head, i) => h("th", { scope: "col", class: i ? "" : "text" }, head)))),
    h("tbody", {}, lines.map(([name, ...values], i) => h("tr", { "data-key": `${i}` }, h("th", { scope: "row" }, name), values.map((value) => h("td", {}, value))))));
}

// The figure in full: how it comes about, if it is made of others, and itself.
export const formula = (key, made, result) => h("p.formula", { "data-key": key }, made ? `${made} = ` : null, h("strong", {}, result));
export const counts = (text) => h("p", { "data-key": "counts" }, text);

// participants = baseline + new + returned + moved in - left - moved out
function sum({ chain, coverage: c }) {
  return h("dl.sum", { "data-key": "sum" },
    SIGNS.filter(([name]) => chain[name] || name === "new").map(([name, sign]) => [
      h("dt", {}, word("x", name)), h("dd", { "data-part": name }, `${sign} ${number(chain[name])}`)]),
    h("dt.total", {}, say("people_col")), h("dd.total", { "data-part": "participants" }, `= ${number(c.participants)}`));
}

export function division(c) {
  if (c.coverage_pct === null) return h("p", { "data-key": "division" }, `${say("no_denominator")}. `, view.lang === "en" ? h("span.soft", {}, c.coverage_reason) : null);
  return [
    formula("division", `${number(c.participants)} ÷ ${number(c.eligible.count)} × 100`, percent(c.coverage_pct)),
    h("p.soft.small", { "data-key": "source" }, say("denominator", { year: year(c.eligible.year), source: c.eligible.source })),
  ];
}

// Whether counting the records anew gives the figure.
export function checked(difference) {
  const same = difference === 0;
  return h("p", { "data-key": "checked", class: same ? "checked good" : "checked warn" },
    h("strong", {}, say("x_difference", { n: number(difference) })), " ", say(same ? "x_same" : "x_differs"));
}

function partsOfTree(x) {
  const name = (part) => (part.region ? part.part === "child" ? regionLink(part.region, nameOf(part.region), { explain: "participants" }) : say("x_itself") : word("x", part.part));
  return section("tree", say("x_by_region"), rows("tree", [say("place"), say("people_col")],
    [...x.by_region.filter((part) => part.participants).sort((a, b) => b.participants - a.participants).map((part) => [name(part), number(part.participants)]),
      [h("strong", {}, say("x_together")), h("strong", {}, number(x.by_region.reduce((total, part) => total + part.participants, 0)))]]));
}

const partsOfChange = (key, parts) => section(key, say(`x_${key}`), parts.length
  ? rows(key, [say("x_name"), say("x_records"), say("new_people"), say("x_net")],
    parts.map((part) => [part.name ?? (part.id === null ? say("x_unnamed") : word("channel", part.id)), number(part.records), number(part.new), number(part.net)]))
  : empty(say("x_no_records")));

function records({ records: r }) {
  const each = (prefix, from) => Object.entries(from).filter(([, n]) => n).map(([name, n]) => [word(prefix, name), number(n)]);
  if (!r.total) return section("records", say("x_records"), empty(say("x_no_records")));
  return [
    section("kinds", say("x_by_kind"), rows("kinds", [say("x_kind"), say("x_records")], [...each("k", r.by_kind), [h("strong", {}, say("x_together")), h("strong", {}, number(r.total))]])),
    section("outcomes", say("x_outcomes"), rows("outcomes", [say("x_outcome"), say("x_records")], each("x", r.outcomes))),
    h("p.soft.small", { "data-key": "when" }, say("x_when", { first: day(r.first_day), last: day(r.last_day), moment: moment(r.last_recorded_at) })),
  ];
}

export function ofTarget(t) {
  const amount = t.kind === "coverage_pct" ? shortPercent : number;
  return [
    formula("target", `${t.achieved === null ? "–" : amount(t.achieved)} ÷ ${amount(t.target)} × 100`, pct(t.achieved_pct)),
    counts(say(`x_target_${t.kind}`, { from: day(t.from), to: day(t.to) })),
    t.expected_on ? h("p", { "data-key": "pace" }, say("x_pace", { date: day(t.expected_on) })) : null,
  ];
}

function ofYear({ participants: now, yoy }) {
  return [
    formula("yoy", yoy.participants ? `(${number(now)} − ${number(yoy.participants)}) ÷ ${number(yoy.participants)} × 100` : null, pct(yoy.participants_pct)),
    counts(say("x_yoy", { date: day(yoy.date) })),
  ];
}

const ofWindow = (c, flow, window) => [
  formula("n", null, number(c[flow][window])), counts(say(`x_${flow === "new" ? "new" : "left_flow"}`)),
  h("p.soft.small", { "data-key": "period" }, say("x_period", { span: `${moment(Date.parse(c.as_of) - LENGTHS_MS[window])} – ${moment(c.as_of)}` })),
];

const ANSWERS = {
  target: (c, id) => {
    const t = c.targets.find((target) => target.id === id);
    return t ? [titleOf(t), ofTarget(t)] : null;
  },
  new: (c, window) => [`${say("new_people")}, ${say(window).toLowerCase()}`, ofWindow(c, "new", window)],
  left: (c, window) => [`${say("x_left")}, ${say(window).toLowerCase()}`, ofWindow(c, "left", window)],
  eligible: (c) => [say("eligible"), [formula("n", null, number(c.eligible.count)), counts(say("x_eligible"))]],
  yoy: (c) => [say("r_yoy_pct"), ofYear(c)],
  coverage: () => [say("coverage"), [counts(say("x_counts"))]],
};

// The first lines answer what was asked: the figure itself, and what counts.
export function answer(what, { coverage: c }) {
  const [name, rest] = what.split(/ (.*)/);
  return ANSWERS[name]?.(c, rest) ?? [say("people_col"), [formula("n", null, number(c.participants)), counts(say("x_counts"))]];
}

export const counted = (x) => [section("sum", say("x_sum"), sum(x)), checked(x.counters.difference), partsOfTree(x),
  partsOfChange("by_office", x.by_office), partsOfChange("by_channel", x.by_channel), records(x)];

// Where the records are: of a window only what it counts, by whole days.
export function recordsOf(what, x) {
  const [name, window] = what.split(" ");
  if (!LENGTHS_MS[window]) return x.events;
  const from = localDay(new Date(Date.parse(x.coverage.as_of) - LENGTHS_MS[window]).toISOString());
  return `${x.events}&${new URLSearchParams({ effect: name, from })}`;
}
