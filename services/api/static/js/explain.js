// What is behind a number: a drawer with its arithmetic, its records by kind, office, channel and place, and its sources.

import { byId, h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { get } from "./api.js";
import { patch } from "./patch.js";
import { empty, regionLink } from "./parts.js";
import { titleOf } from "./plans.js";
import { age, day, known, moment, nameOf, number, percent, say, shortPercent, year } from "./words.js";

const SIGNS = [["baseline", ""], ["new", "+"], ["returned", "+"], ["moved_in", "+"], ["left", "−"], ["moved_out", "−"]];
let told = null; // the explanation shown, and what of it; until it is counted only the coverage that is on the page
const word = (prefix, key) => {
  const wanted = prefix === "x" && key === "new" ? "x_new_flow" : `${prefix}_${key}`;
  return known(wanted) ? say(wanted) : key;
};

function section(key, title, ...children) {
  return h("section", { "data-key": key }, h("h3", {}, title), children);
}

function rows(key, heads, lines) {
  return h("table", { "data-key": key }, h("thead", {}, h("tr", {}, heads.map((head, i) => h("th", { scope: "col", class: i ? "" : "text" }, head)))),
    h("tbody", {}, lines.map(([name, ...values], i) => h("tr", { "data-key": `${i}` }, h("th", { scope: "row" }, name), values.map((value) => h("td", {}, value))))));
}

// participants = baseline + new + returned + moved in - left - moved out
function sum({ chain, coverage: c }) {
  return h("dl.sum", { "data-key": "sum" },
    SIGNS.filter(([name]) => chain[name] || name === "new").map(([name, sign]) => [
      h("dt", {}, word("x", name)), h("dd", { "data-part": name }, `${sign} ${number(chain[name])}`)]),
    h("dt.total", {}, say("people_col")), h("dd.total", { "data-part": "participants" }, `= ${number(c.participants)}`));
}

function division(c) {
  if (c.coverage_pct === null) return h("p", { "data-key": "division" }, `${say("no_denominator")}. `, h("span.soft", { lang: "en" }, c.coverage_reason));
  return [
    h("p.formula", { "data-key": "division" }, `${number(c.participants)} ÷ ${number(c.eligible.count)} × 100 = `, h("strong", {}, percent(c.coverage_pct))),
    h("p.soft.small", { "data-key": "source" }, say("denominator", { year: year(c.eligible.year), source: c.eligible.source })),
  ];
}

function checked(x) {
  const same = x.counters.difference === 0;
  return h("p", { "data-key": "checked", class: same ? "checked good" : "checked warn" },
    h("strong", {}, say("x_difference", { n: number(x.counters.difference) })), " ", say(same ? "x_same" : "x_differs"));
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
  const counts = (prefix, from) => Object.entries(from).filter(([, n]) => n).map(([name, n]) => [word(prefix, name), number(n)]);
  if (!r.total) return section("records", say("x_records"), empty(say("x_no_records")));
  return [
    section("kinds", say("x_by_kind"), rows("kinds", [say("x_kind"), say("x_records")], [...counts("k", r.by_kind), [h("strong", {}, say("x_together")), h("strong", {}, number(r.total))]])),
    section("outcomes", say("x_outcomes"), rows("outcomes", [say("x_outcome"), say("x_records")], counts("x", r.outcomes))),
    h("p.soft.small", { "data-key": "when" }, say("x_when", { first: day(r.first_day), last: day(r.last_day), moment: moment(r.last_recorded_at) })),
  ];
}

function ofTarget(t) {
  const amount = t.kind === "coverage_pct" ? shortPercent : number;
  return [
    h("p.formula", { "data-key": "target" }, `${t.achieved === null ? "–" : amount(t.achieved)} ÷ ${amount(t.target)} × 100 = `, h("strong", {}, t.achieved_pct === null ? "–" : shortPercent(t.achieved_pct))),
    h("p", { "data-key": "counts" }, say(`x_target_${t.kind}`, { from: day(t.from), to: day(t.to) })),
    t.expected_on ? h("p", { "data-key": "pace" }, say("x_pace", { date: day(t.expected_on) })) : null,
  ];
}

const counted = (x) => [section("sum", say("x_sum"), sum(x)), checked(x), partsOfTree(x),
  partsOfChange("by_office", x.by_office), partsOfChange("by_channel", x.by_channel), records(x)];

// The first lines answer what was asked: the figure itself, and what counts.
function answer(what, x) {
  const [name, rest] = what.split(/ (.*)/);
  const c = x.coverage;
  if (name === "target") {
    const t = c.targets.find((target) => target.id === rest);
    if (t) return [titleOf(t), ofTarget(t)];
  }
  if (name === "new") return [`${say("new_people")}, ${say(rest).toLowerCase()}`, [h("p.formula", { "data-key": "n" }, h("strong", {}, number(c.new[rest]))), h("p", { "data-key": "counts" }, say("x_new"))]];
  if (name === "eligible") return [say("eligible"), [h("p.formula", { "data-key": "n" }, h("strong", {}, number(c.eligible.count))), h("p", { "data-key": "counts" }, say("x_eligible"))]];
  return [say(name === "coverage" ? "coverage" : "people_col"), [h("p", { "data-key": "counts" }, say("x_counts"))]];
}

export function showExplanation() {
  const dialog = byId("explain");
  if (!told) return;
  const { what, x } = told;
  const c = x.coverage;
  const [title, first] = answer(what, x);
  patch(byId("explain-body"),
    h("header", { "data-key": "head" }, h("p.soft.small", {}, `${nameOf(c.region)} · ${say(c.scheme)}`), h("h2", { id: "explain-title" }, title)),
    first,
    section("division", say("coverage"), division(c)),
    x.chain ? counted(x) : h("p.soft.counting", { "data-key": "counting", role: "status" }, say("x_counting")),
    h("footer.soft.small", { "data-key": "foot" },
      h("p", {}, say("as_of", { time: moment(c.as_of) }), c.freshness_ms === null ? "" : ` · ${say("counted_up_to", { age: age(c.freshness_ms) })}`),
      x.events ? h("p", {}, h("a", { href: x.events, target: "_blank", rel: "noopener" }, say("x_events"))) : null));
  if (!dialog.open) dialog.showModal();
}

// Open what the address asks for: `explain=coverage`, or `explain=participants@VN.91` of another place.
export async function explain(shown) {
  const dialog = byId("explain");
  const [what, of] = view.explain?.split("@") ?? [];
  if (!what) {
    told = null;
    if (dialog.open) dialog.close();
    return;
  }
  const asked = view.explain;
  if (!of && shown && told?.what !== what) {
    told = { what, x: { coverage: shown } };
    showExplanation();
  } else if (!told) {
    patch(byId("explain-body"), h("header", { "data-key": "head" }, h("h2", { id: "explain-title" }, say("x_counting"))));
    dialog.showModal();
  }
  try {
    const x = await get(`/v1/coverage/${encodeURIComponent(of ?? view.region)}/${view.scheme}/explain`, { date: view.date });
    if (view.explain !== asked) return;
    told = { what, x };
    showExplanation();
  } catch (error) {
    if (view.explain !== asked) return;
    patch(byId("explain-body"), h("header", { "data-key": "head" }, h("h2", { id: "explain-title" }, say("trouble", { why: error.message }))));
    if (!dialog.open) dialog.showModal();
  }
}

export function setUpExplain(go) {
  document.addEventListener("click", (event) => {
    const figure = event.target.closest("[data-explain]");
    if (figure) go(link({ explain: figure.dataset.explain + (figure.dataset.of ? `@${figure.dataset.of}` : "") }));
  });
  const dialog = byId("explain");
  dialog.addEventListener("close", () => view.explain && go(link({ explain: null })));
  dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
}
