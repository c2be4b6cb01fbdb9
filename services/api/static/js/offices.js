// Offices and agents: who is silent or still holds records, and how agents stand against their own plans. Groups and sponsors.

import { h } from "/static/shared/dom.js";
import { view } from "./address.js";
import { bar, card, empty, figure, pct, pill, regionLink } from "./parts.js";
import { figures, table, tile } from "./work.js";
import { known, moment, nameOf, number, say } from "./words.js";

const SILENT_MS = 24 * 3600e3;
const schemesOf = (schemes) => Object.entries(schemes).filter(([, n]) => n).map(([scheme, n]) => `${say(scheme)} ${number(n)}`).join(" · ") || "–";
const kindOf = (kind) => (known(`office_${kind}`) ? say(`office_${kind}`) : kind);

// Worst first: unsent records, then silence, then the rest as they come (the busiest first).
export function stateOf(office, asOf) {
  const { unsynced_count: held, silent_since: since } = office.sync;
  if (held) return { order: 0, tone: "missed", text: say("f_unsynced", { n: number(held) }) };
  if (!since) return { order: 3, tone: "unknown", text: say("f_never") };
  if (Date.parse(asOf) - Date.parse(since) > SILENT_MS) return { order: 1, tone: "behind", text: say("f_silent", { time: moment(since) }) };
  return { order: 2, tone: "met", text: say("f_reporting") };
}

// The plan of an agent that is shown: of the scheme that is looked at, else the first.
export const planOf = (agent) => agent.targets.find((t) => t.scheme === view.scheme) ?? agent.targets[0];

const ownFigures = (of, row) => figures(of, ["new_24h", number(row.new["24h"])], ["new_7d", number(row.new["7d"])], ["year", number(row.year.new)]);

export function officesTab({ offices, agents }) {
  if (!offices) return [];
  const states = offices.offices.map((office) => [office, stateOf(office, offices.as_of)]);
  const count = (order) => number(states.filter(([, state]) => state.order === order).length);
  const now = !view.date; // what offices still hold is known of the present only
  const unsent = offices.offices.reduce((sum, office) => sum + (office.sync.unsynced_count ?? 0), 0);
  return [
    card("offices-total", say("t_offices"), h("div.tiles", { "data-key": "tiles" }, tile("f_offices", number(states.length), "all", "office:"), now ? [tile("f_now", count(2), "reporting", "office:"),
      tile("f_silent_n", count(1), "silent", "office:"), tile("f_unsent", number(unsent), "unsent", "office:", count(0) === "0" ? "" : say("f_in_offices", { n: count(0) }))] : null),
    now ? null : h("p.soft.small.note", { "data-key": "note" }, say("f_only_now"))),
    card("offices", say("f_offices"), states.length ? table(say("f_offices"), ["f_office", "place", ...(now ? ["w_status", "f_complete"] : []), "new_24h", "new_7d", "f_year"],
      (now ? states.sort((a, b) => a[1].order - b[1].order) : states).map(([office, state]) => h("tr", { "data-key": office.id },
        h("th", { scope: "row" }, office.name ?? office.id, office.kind ? h("small.soft.block", {}, kindOf(office.kind)) : null),
        h("td.text", {}, office.region ? regionLink(office.region, nameOf(office.region)) : "–"),
        now ? [h("td.text", {}, state.order ? pill(state.tone, state.text) : figure("unsynced", pill(state.tone, state.text), { of: `office:${office.id}` })),
        h("td.text", { title: office.sync.reason }, office.sync.complete_up_to ? moment(office.sync.complete_up_to) : "–")] : null,
        ownFigures(`office:${office.id}`, office)))) : empty(say("f_none"))),
    agents ? agentsCard(agents) : null,
  ];
}

function agentsCard(page) {
  const rows = page.agents.map((agent) => {
    const plan = planOf(agent), of = `agent:${agent.id}`;
    return h("tr", { "data-key": agent.id },
      h("th", { scope: "row" }, agent.id), h("td.text", {}, agent.offices.join(", ") || "–"),
      h("td.with-bar", {}, plan ? figure("plan", pct(plan.achieved_pct), { of }) : "–", plan ? bar(plan.achieved_pct) : null),
      h("td.text", {}, plan ? pill(plan.status) : "–"),
      ownFigures(of, agent));
  });
  return card("agents", say("f_agents"), rows.length
    ? table(say("f_agents"), ["f_agent", "f_offices", "m_plan", "w_status", "new_24h", "new_7d", "f_year"], rows) : empty(say("f_no_agents")),
  page.left_out ? h("p.soft.small", { "data-key": "left-out" }, say("f_left_out", { n: number(page.left_out) })) : null);
}

export function groupsTab({ groups, sponsors }) {
  if (!groups || !sponsors) return [];
  const { totals } = groups;
  return [
    card("groups", say("g_groups"), groups.groups.length ? [
      h("div.tiles", { "data-key": "totals" }, tile("g_groups", number(totals.groups), "all", "group:"), tile("g_complete", number(totals.complete), "complete", "group:"),
        tile("g_members", number(totals.members), "members", "group:"), tile("g_enrolled", number(totals.enrolled), "enrolled", "group:", figure("coverage", pct(totals.enrolled_pct), { of: "group:" }))),
      table(say("g_groups"), ["g_group", "place", "g_members", "g_enrolled", "coverage"], groups.groups.map((group) => h("tr", { "data-key": group.id },
        h("th", { scope: "row" }, group.name, group.complete ? [" ", pill("met", say("g_is_complete"))] : null),
        h("td.text", {}, group.region ? regionLink(group.region, nameOf(group.region)) : "–"),
        figures(`group:${group.id}`, ["members", number(group.members)], ["enrolled", number(group.enrolled)]),
        h("td.with-bar", {}, figure("coverage", pct(group.enrolled_pct), { of: `group:${group.id}` }), bar(group.enrolled_pct))))),
    ] : empty(say("g_none"))),
    card("sponsors", say("g_sponsors"), sponsors.sponsors.length
      ? table(say("g_sponsors"), ["g_sponsor", "g_paid_for", "schemes"], sponsors.sponsors.map((sponsor) => h("tr", { "data-key": sponsor.id },
        h("th", { scope: "row" }, sponsor.id), figures(`sponsor:${sponsor.id}`, ["enrolled", number(sponsor.enrolled)]), h("td.text", {}, schemesOf(sponsor.schemes)))))
      : empty(say("g_no_sponsors"))),
  ];
}
