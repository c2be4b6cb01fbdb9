// Plans: how far, how fast it must go on, when it is reached, and the parts due on the way.

import { h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { bar, card, empty, figure, pill, regionLink } from "./parts.js";
import { day, nameOf, number, say, shortPercent, span } from "./words.js";

const TITLES = { new_count: "plan_new", participants: "plan_people", coverage_pct: "plan_pct" };
const amountOf = (t) => (t.kind === "coverage_pct" ? shortPercent : number);
export const titleOf = (t) => t.name ?? say(TITLES[t.kind], { n: amountOf(t)(t.target) });
const tooFar = (t) => Number(t.expected_on.slice(0, 4)) > Number(t.to.slice(0, 4)) + 10;
const latestFirst = (targets) => [...targets].sort((a, b) => (a.to < b.to ? 1 : a.to > b.to ? -1 : a.id < b.id ? -1 : 1));

export function planCards(targets, most = Infinity) {
  const shown = latestFirst(targets).slice(0, most);
  if (!shown.length) return null;
  return h("section.plans", { "data-key": "plans", id: "plans", "aria-label": say("t_plans") }, shown.map(planCard));
}

function planCard(t) {
  const amount = amountOf(t);
  const open = ["on_track", "behind", "not_started"].includes(t.status);
  const perDay = t.kind === "coverage_pct" ? say("points", { n: number(t.per_day_needed) }) : number(Math.ceil(t.per_day_needed));
  return h("article.card.plan", { "data-key": t.id, title: t.reason },
    h("header", {}, h("h3", {}, titleOf(t)), pill(t.status)),
    h("p.amount", {}, figure(`target ${t.id}`, t.achieved_pct === null ? "–" : shortPercent(t.achieved_pct)),
      h("span.soft", {}, t.achieved === null ? say("no_denominator") : figure(`target ${t.id}`, `${amount(t.achieved)} / ${amount(t.target)}`))),
    bar(t.achieved_pct, "", t.milestones.map((m) => m.pct)),
    h("ul", {},
      h("li", { "data-key": "window" }, span(t.from, t.to)),
      open && t.remaining ? h("li", { "data-key": "still" }, say("still", { n: number(t.remaining_people), d: perDay })) : null,
      t.status === "missed" ? h("li", { "data-key": "missing" }, say("missing", { n: number(t.remaining_people) })) : null,
      t.expected_on ? h("li", { "data-key": "expected" }, tooFar(t) ? say("expected_far") : say("expected", { date: day(t.expected_on) })) : null,
      t.regions !== null ? h("li", { "data-key": "each" }, h("a", { href: link({ tab: "plans", plan: t.id }) }, say("each", { met: number(t.regions_met), n: number(t.regions) }))) : null,
      t.milestones.map(milestone)));
}

function milestone(m) {
  const state = say(m.status === "ahead" ? "ahead" : `m_${m.status}`);
  const sign = { met: "✓", ahead: "✓", missed: "✕", open: "○" }[m.status];
  return h("li.milestone", { "data-key": `m ${m.on}`, class: m.status },
    h("span", { "aria-hidden": "true" }, sign), " ", say("milestone", { pct: shortPercent(m.pct), date: day(m.on), state }));
}

// The tab: all plans of the place; a plan for each place of a level is opened place by place.
export function plansTab(coverage, target) {
  const opened = view.plan && target?.regions.length ? [eachCard(target)] : [];
  return coverage.targets.length ? [...opened, planCards(coverage.targets)] : [empty(say("no_plans"))];
}

function eachCard(page) {
  const names = page.names ?? {};
  const rows = [...page.regions].sort((a, b) => (b.achieved_pct ?? -1) - (a.achieved_pct ?? -1));
  return card("each-plan", titleOf(page.target),
    h("p", {}, h("a", { href: link({ plan: null }) }, say("close"))),
    h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": titleOf(page.target) }, h("table", {},
      h("thead", {}, h("tr", {}, ["place", "w_achieved", "m_plan", "w_status"].map((word) => h("th", { scope: "col" }, say(word))))),
      h("tbody", {}, rows.map((t) => h("tr", { "data-key": t.region },
        h("th", { scope: "row" }, names[t.region] ? regionLink(names[t.region], nameOf(names[t.region])) : h("a", { href: link({ region: t.region, plan: null }) }, t.region)),
        h("td", {}, t.achieved === null ? "–" : figure(`target ${t.id}`, `${amountOf(t)(t.achieved)} / ${amountOf(t)(t.target)}`, { of: `${t.region}/${t.scheme}` })),
        h("td.with-bar", {}, t.achieved_pct === null ? "–" : figure(`target ${t.id}`, shortPercent(t.achieved_pct), { of: `${t.region}/${t.scheme}` }), bar(t.achieved_pct)),
        h("td", {}, pill(t.status))))))));
}
