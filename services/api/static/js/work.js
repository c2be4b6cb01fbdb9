// Work in the field: campaigns, outreach and what it brought, and what has been achieved.

import { h } from "/static/shared/dom.js";
import { link } from "./address.js";
import { card, empty, pct, pill, regionLink } from "./parts.js";
import { day, known, money, nameOf, number, say } from "./words.js";

const word = (prefix, value) => (known(`${prefix}_${value}`) ? say(`${prefix}_${value}`) : value);
const costs = (cost) => Object.entries(cost).map(([currency, amount]) => money(amount, currency)).join(" + ") || "–";

const TEXTS = new Set(["place", "when", "w_status", "f_complete", "f_offices", "schemes"]);

export function table(label, heads, rows) {
  return h("div.table-wrap", { "data-key": `table ${label}`, tabindex: "0", role: "region", "aria-label": label }, h("table", {},
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", class: TEXTS.has(head) ? "text" : "" }, say(head))))), h("tbody", {}, rows)));
}

export const tile = (label, value, small = "") => h("div.tile", { "data-key": label }, h("span.label", {}, say(label)), h("strong.amount", { "data-live": "" }, value), h("span.left", {}, small));

const PHASES = { running: "on_track", grace: "behind", closed: "met", not_started: "unknown" };

function campaignsCard(page) {
  if (!page?.campaigns.length) return null;
  return card("campaigns", say("c_campaigns"), table(say("c_campaigns"), ["c_campaign", "when", "w_status", "c_named", "c_in_scope", "c_closing"],
    page.campaigns.map((c) => h("tr", { "data-key": c.id },
      h("th", { scope: "row" }, c.name, h("small.soft.block", {}, c.schemes.map((scheme) => say(scheme)).join(" · "))),
      h("td.text", {}, `${day(c.from)} – ${day(c.to)}`), h("td.text", {}, pill(PHASES[c.status], say(`c_${c.status}`))),
      h("td", { "data-live": "" }, number(c.running.named)), h("td", { "data-live": "" }, number(c.running.in_scope)),
      h("td", { title: c.closing_reason }, c.closing ? number(c.closing.in_scope) : "–")))));
}

export function outreachTab({ outreach: page, campaigns }) {
  if (!page) return [];
  const { total, activities } = page;
  if (!activities.length) return [campaignsCard(campaigns), card("outreach", say("o_outreach"), empty(say("no_outreach")))];
  const schemes = Object.entries(total.enrolments).filter(([, n]) => n).map(([scheme, n]) => `${say(scheme)} ${number(n)}`).join(" · ");
  return [
    campaignsCard(campaigns),
    card("outreach-total", say("o_outreach"), h("div.tiles", {},
      tile("o_sessions", number(total.sessions)), tile("o_attendees", number(total.attendees)),
      tile("o_enrolments", number(total.enrolments_total), schemes),
      tile("o_per_session", total.per_session === null ? "–" : number(total.per_session)),
      tile("o_per_100", total.per_100_attendees === null ? "–" : number(total.per_100_attendees)),
      tile("o_cost", costs(total.cost)))),
    card("outreach", say("o_activities"), table(say("o_activities"), ["o_what", "place", "when", "o_sessions", "o_attendees", "o_enrolments", "o_per_session", "o_cost"],
      activities.map((a) => h("tr", { "data-key": a.id },
        h("th", { scope: "row" }, [word("kind", a.kind), a.audience, a.partner].filter(Boolean).join(" · ")),
        h("td.text", {}, a.region ? regionLink(a.region, nameOf(a.region)) : "–"),
        h("td.text", {}, a.from === a.to ? day(a.from) : `${day(a.from)} – ${day(a.to)}`),
        [number(a.sessions), number(a.attendees), number(a.enrolments_total), a.per_session === null ? "–" : number(a.per_session), costs(a.cost)]
          .map((text) => h("td", {}, text)))))),
  ];
}

export function milestonesCard(page) {
  if (!page || (!page.complete.length && !page.targets_met.length)) return null;
  return card("milestones", say("milestones"), h("ul.achieved", {},
    page.complete.slice(0, 8).map((place) => h("li", { "data-key": `${place.region.id} ${place.scheme}` },
      h("span.medal", { "aria-hidden": "true" }, "★"), h("span", {}, regionLink(place.region, nameOf(place.region), { scheme: place.scheme }),
        h("small.soft", {}, say("complete", { pct: pct(place.coverage_pct), n: number(place.participants), e: number(place.eligible) }))))),
    page.targets_met.slice(0, 8).map((t) => h("li", { "data-key": `${t.id} ${t.region}` },
      h("span.medal", { "aria-hidden": "true" }, "✓"), h("span", {}, h("a", { href: link({ region: t.region, scheme: t.scheme }) }, t.name ?? t.id),
        h("small.soft", {}, `${pct(t.achieved_pct)} · ${say(t.scheme)}`))))));
}
