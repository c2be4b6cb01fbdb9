// The places below as a table that can be sorted, and the ranking of all places of a level.

import { h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { bar, card, choice, empty, figure, growth, pct, regionLink } from "./parts.js";
import { compare, day, nameOf, number, say } from "./words.js";

const COLUMNS = [
  { key: "name", word: "place", of: (c) => nameOf(c.region) },
  { key: "people", word: "people_col", of: (c) => c.participants },
  { key: "eligible", word: "eligible", of: (c) => c.eligible.count ?? -1, wide: true },
  { key: "coverage", word: "coverage", of: (c) => c.coverage_pct ?? -1 },
  { key: "plan", word: "m_plan", of: (c) => c.plan?.achieved_pct ?? -1, wide: true },
  { key: "24h", word: "new_24h", of: (c) => c.new["24h"] },
  { key: "7d", word: "new_7d", of: (c) => c.new["7d"], wide: true },
  { key: "30d", word: "new_30d", of: (c) => c.new["30d"], wide: true },
];
const sorting = { key: "name", down: false };

export function sortBy(key) {
  sorting.down = sorting.key === key ? !sorting.down : key !== "name";
  sorting.key = key;
}

function sorted(children) {
  const { of } = COLUMNS.find((column) => column.key === sorting.key);
  const order = (a, b) => (typeof a === "string" ? compare(a, b) : a - b);
  return [...children].sort((a, b) => (sorting.down ? -1 : 1) * order(of(a), of(b)));
}

export function placesCard(page) {
  if (!page.children.length) return card("places", say("places"), empty(say("no_places")));
  return card("places", say("places"),
    h("p.soft.small", { "data-key": "itself" }, page.at_region_itself ? say("at_itself", { n: number(page.at_region_itself) }) : ""),
    h("div.table-wrap", { "data-key": "table", tabindex: "0", role: "region", "aria-label": say("places") },
      h("table", { id: "children" }, head(), h("tbody", {}, sorted(page.children).map((c) => row(c, page))))));
}

function head() {
  return h("thead", {}, h("tr", {}, COLUMNS.map(({ key, word, wide }) => h("th", {
    scope: "col", class: wide ? "wide" : "", "aria-sort": sorting.key === key ? (sorting.down ? "descending" : "ascending") : null,
  }, h("button", { type: "button", "data-sort": key }, say(word))))));
}

function row(c, page) {
  const { id, valid_to: ended } = c.region;
  const of = { of: id };
  return h("tr", { "data-key": id },
    h("th", { scope: "row" }, regionLink(c.region, nameOf(c.region)),
      ended && ended <= page.as_of.slice(0, 10) ? h("span.ended", {}, say("until", { date: day(ended) })) : null),
    h("td", {}, figure("participants", number(c.participants), of)),
    h("td.wide", {}, c.eligible.count === null ? "–" : figure("eligible", number(c.eligible.count), of)),
    h("td.with-bar", { title: c.coverage_reason }, c.coverage_pct === null ? "–" : figure("coverage", pct(c.coverage_pct), of),
      c.coverage_pct === null ? null : bar(c.coverage_pct)),
    h("td.wide", {}, c.plan ? figure(`target ${c.plan.id}`, pct(c.plan.achieved_pct), of) : "–"),
    ["24h", "7d", "30d"].map((name) => h("td", { class: name === "24h" ? "" : "wide" }, figure(`new ${name}`, number(c.new[name]), of))));
}

// Ranking

const METRICS = ["coverage_pct", "participants", "new_24h", "new_7d", "new_30d", "yoy_pct"];
const LEVELS = ["province", "district", "commune", "village", "group"];
const BEHIND = { coverage_pct: "coverage", participants: "participants", yoy_pct: "yoy" }; // others: new in a window
const valueText = (metric, value) => {
  if (metric === "yoy_pct") return growth(value);
  return metric === "coverage_pct" ? pct(value, true) : number(value);
};

// What places are ranked by: what is asked for; else coverage, or the people where no eligible population is known.
export const rankedBy = (page) => view.rank || (page.children.some((c) => c.coverage_pct !== null) ? "coverage_pct" : "participants");

// The level of the places just below, unless another is asked for.
export function rankingLevel(page) {
  return view.level || page?.children.find((c) => !c.region.valid_to)?.region.level || page?.children[0]?.region.level || null;
}

export function rankingCard(page, board, most = Infinity) {
  const short = most < Infinity;
  const title = say("t_ranking");
  if (!board) return card("ranking", title, empty(say("no_places")));
  const levels = LEVELS.slice(LEVELS.indexOf(page.region.level) + 1);
  const tools = [
    choice(say("rank_by"), METRICS.map((value) => ({ value, text: say(`r_${value}`), to: link({ rank: value }) })), board.metric, "small"),
    short || levels.length < 2 ? null : choice(say("rank_level"), levels.map((value) => ({ value, text: say(value), to: link({ level: value }) })), rankingLevel(page), "small"),
  ];
  const greatest = Math.max(1e-9, ...board.leaders.map((l) => l.value ?? 0));
  return card("ranking", title,
    h("div.card-tools", { "data-key": "tools" }, tools),
    board.leaders.some((leader) => leader.value !== null) ? h("ol.leaders", { "data-key": "leaders" }, board.leaders.slice(0, most).map((leader) => leaderRow(leader, board.metric, greatest))) : empty(say(board.leaders.length ? "no_figures" : "no_places")),
    short ? h("p", { "data-key": "more" }, h("a", { href: link({ tab: "ranking" }) }, say("see_all"))) : null);
}

function leaderRow({ rank, value, coverage: c }, metric, greatest) {
  return h("li", { "data-key": c.region.id },
    h("span.rank", {}, rank === null ? "–" : number(rank)),
    h("span.who", {}, regionLink(c.region, nameOf(c.region), { level: "", tab: "overview" }), bar(((value ?? 0) / greatest) * 100)),
    h("span.value", {}, value === null ? "–" : figure(BEHIND[metric] ?? metric.replace("_", " "), valueText(metric, value), { of: c.region.id })));
}
