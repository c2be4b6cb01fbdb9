// Work in the field: campaigns, outreach and what it brought, and what has been achieved.

import { h } from "/static/shared/dom.js";
import { link } from "./address.js";
import { card, empty, figure, pct, pill, regionLink } from "./parts.js";
import { known, money, nameOf, number, say, span } from "./words.js";

const word = (prefix, value) => (known(`${prefix}_${value}`) ? say(`${prefix}_${value}`) : value);
export const costs = (cost) => Object.entries(cost).map(([currency, amount]) => money(amount, currency)).join(" + ") || "–";

export const activityName = (a) => [word("kind", a.kind), a.audience, a.partner].filter(Boolean).join(" · ");

const TEXTS = new Set(["place", "when", "w_status", "f_complete", "f_offices", "schemes"]);

// On a phone each row stands on its own, every figure with its name before it: `data-head`.
export function table(label, heads, rows) {
  for (const row of rows) [...row.children].forEach((cell, i) => cell.setAttribute("data-head", say(heads[i])));
  return h("div.table-wrap", { "data-key": `table ${label}`, tabindex: "0", role: "region", "aria-label": label }, h("table.stacked", {},
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", class: TEXTS.has(head) ? "text" : "" }, say(head))))), h("tbody", {}, rows)));
}

// A large number with its name; `what` and `of` say what is opened by it.
export const tile = (label, value, what, of, small = "") => h("div.tile", { "data-key": label },
  h("span.label", {}, say(label)), figure(what, value, { of, tag: `button.figure.amount${value.length > 9 ? ".long" : ""}` }), h("span.left", {}, small));

// Cells of a row whose numbers open what is behind them: pairs of figure and text.
export const figures = (of, ...pairs) => pairs.map(([what, text]) => h("td", { "data-key": what }, text === "–" ? text : figure(what, text, { of })));

const PHASES = { running: "on_track", grace: "behind", closed: "met", not_started: "unknown" };

function campaignsCard(page) {
  if (!page?.campaigns.length) return null;
  return card("campaigns", say("c_campaigns"), table(say("c_campaigns"), ["c_campaign", "when", "w_status", "c_named", "c_in_scope", "c_closing"],
    page.campaigns.map((c) => h("tr", { "data-key": c.id },
      h("th", { scope: "row" }, c.name, h("small.soft.block", {}, c.schemes.map((scheme) => say(scheme)).join(" · "))),
      h("td.text", {}, span(c.from, c.to)), h("td.text", {}, pill(PHASES[c.status], say(`c_${c.status}`))),
      figures(`campaign:${c.id}`, ["named", number(c.running.named)], ["in_scope", number(c.running.in_scope)], ["closing", c.closing ? number(c.closing.in_scope) : "–"])))));
}

// What is shown of outreach: its name, what is opened by it, its text.
const orNone = (n) => (n === null ? "–" : number(n));
const OUTREACH = [
  ["o_sessions", "sessions", (a) => number(a.sessions)], ["o_attendees", "attendees", (a) => number(a.attendees)],
  ["o_enrolments", "enrolments", (a) => number(a.enrolments_total)], ["o_per_session", "per_session", (a) => orNone(a.per_session)],
  ["o_per_100", "per_100", (a) => orNone(a.per_100_attendees)], ["o_cost", "cost", (a) => costs(a.cost)],
];
const OF_ACTIVITY = OUTREACH.filter(([, what]) => what !== "per_100");

export function outreachTab({ outreach: page, campaigns }) {
  if (!page) return [];
  const { total, activities } = page;
  if (!activities.length) return [campaignsCard(campaigns), card("outreach", say("o_outreach"), empty(say("no_outreach")))];
  const schemes = Object.entries(total.enrolments).filter(([, n]) => n).map(([scheme, n]) => `${say(scheme)} ${number(n)}`).join(" · ");
  return [
    campaignsCard(campaigns),
    card("outreach-total", say("o_outreach"), h("div.tiles", {},
      OUTREACH.map(([label, what, value]) => tile(label, value(total), what, "outreach:", what === "enrolments" ? schemes : "")))),
    card("outreach", say("o_activities"), table(say("o_activities"), ["o_what", "place", "when", ...OF_ACTIVITY.map(([label]) => label)],
      activities.map((a) => h("tr", { "data-key": a.id },
        h("th", { scope: "row" }, activityName(a)),
        h("td.text", {}, a.region ? regionLink(a.region, nameOf(a.region)) : "–"),
        h("td.text", {}, span(a.from, a.to)),
        figures(`outreach:${a.id}`, ...OF_ACTIVITY.map(([, what, value]) => [what, value(a)])))))),
  ];
}

export function milestonesCard(page) {
  if (!page || (!page.complete.length && !page.targets_met.length)) return null;
  return card("milestones", say("milestones"), h("ul.achieved", {},
    page.complete.slice(0, 8).map((place) => h("li", { "data-key": `${place.region.id} ${place.scheme}` },
      h("span.medal", { "aria-hidden": "true" }, "★"), h("span", {}, regionLink(place.region, nameOf(place.region), { scheme: place.scheme }),
        h("small.soft", {}, figure("coverage", say("complete", { pct: pct(place.coverage_pct), n: number(place.participants), e: number(place.eligible) }), { of: `${place.region.id}/${place.scheme}` }))))),
    page.targets_met.slice(0, 8).map((t) => h("li", { "data-key": `${t.id} ${t.region}` },
      h("span.medal", { "aria-hidden": "true" }, "✓"), h("span", {}, h("a", { href: link({ region: t.region, scheme: t.scheme }) }, t.name ?? t.id),
        h("small.soft", {}, figure(`target ${t.id}`, pct(t.achieved_pct), { of: `${t.region}/${t.scheme}` }), ` · ${say(t.scheme)}`))))));
}
