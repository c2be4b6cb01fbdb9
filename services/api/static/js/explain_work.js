// What is behind a figure of the work in the field: what counts and when, its arithmetic, and the records, counted anew.

import { h } from "/static/shared/dom.js";
import { view } from "./address.js";
import { get } from "./api.js";
import { checked, counts, formula, LENGTHS_MS, ofTarget, rows, section, word } from "./explain_region.js";
import { planOf, stateOf } from "./offices.js";
import { pct } from "./parts.js";
import { titleOf } from "./plans.js";
import { SOURCES } from "./sources.js";
import { activityName, costs } from "./work.js";
import { localDay, moment, nameOf, number, say, span } from "./words.js";

const MOST_RECORDS = 1000, SHOWN = 8;

// Each subject: the answer it stands in, its rows there, and how it is called.
const SUBJECTS = {
  office: { source: "offices", rows: (page) => page.offices, name: (row) => row.name ?? row.id },
  agent: { source: "agents", rows: (page) => page.agents, name: (row) => row.id },
  outreach: { source: "outreach", rows: (page) => page.activities, name: activityName },
  campaign: { source: "campaigns", rows: (page) => page.campaigns, name: (row) => row.name },
  group: { source: "groups", rows: (page) => page.groups, name: (row) => row.name },
  sponsor: { source: "sponsors", rows: (page) => page.sponsors, name: (row) => row.id },
};
const lastDay = (page) => view.date ?? localDay(page.as_of);
const earlier = (a, b) => (a < b ? a : b);
const textOf = (value) => (typeof value === "string" ? value : value === null ? "–" : number(value));
const bySchemes = (schemes) => ["schemes", Object.entries(schemes).map(([scheme, people]) => [say(scheme), number(people)])];

// Figures by subject: how it is called, its value, how that is made, what counts, its days, the records to count anew.
// `records`: questions to /v1/events; `since`: of their first day only what happened from that moment on.

function ownNew(kind, window) {
  return (row, { page }) => {
    const since = Date.parse(page.as_of) - LENGTHS_MS[window];
    return {
      label: `new_${window}`, value: row.new[window], counts: "a_own_new", period: `${moment(since)} – ${moment(page.as_of)}`, since,
      records: [{ [kind]: row.id, effect: "new", from: localDay(new Date(since).toISOString()), to: lastDay(page) }],
    };
  };
}

const ownYear = (kind) => (row, { page }) => {
  const to = lastDay(page), from = `${to.slice(0, 4)}-01-01`;
  const { records, ...outcomes } = row.year;
  return {
    label: "f_year", value: row.year.new, counts: "a_own_new", period: span(from, to), records: [{ [kind]: row.id, effect: "new", from, to }],
    parts: ["a_year", [...Object.entries(outcomes).filter(([, count]) => count).map(([name, count]) => [word("x", name), number(count)]), [say("x_records"), number(records)]]],
  };
};

const perActivity = (page, value) => ["o_activities", page.activities.map((a) => [activityName(a), value(a)])];
const activity = (label, why, value, made = () => null) => (row, { page, whole }) => ({
  label, value: value(row), made: made(row), counts: why, period: whole ? null : span(row.from, row.to),
  parts: whole ? perActivity(page, (a) => textOf(value(a))) : null,
});

function enrolments(row, { page, whole }) {
  const found = activity("o_enrolments", "a_enrolments", (a) => a.enrolments_total)(row, { page, whole });
  return { ...found, parts: found.parts ?? bySchemes(row.enrolments),
    records: whole ? null : [{ outreach: row.id, effect: "new", ...(view.date && { to: view.date }) }] };
}

const ofCampaign = (label, name, asked) => (row, { page }) => {
  const to = earlier(row.to, lastDay(page));
  return { label, value: row.running[name], counts: `a_${name}`, period: span(row.from, to), records: asked(row).map((one) => ({ ...one, effect: "new", from: row.from, to })) };
};

// Why the closing figure and the one of now are not the same.
function closing(row, { detail: c }) {
  const parts = row.closing && c?.changed_since_close ? ["a_after_close", [
    [say("c_closing"), number(row.closing.in_scope)], [say("a_late"), number(c.late_after_close.in_scope)],
    [say("a_changed"), number(c.changed_since_close.in_scope)], [say("c_in_scope"), number(row.running.in_scope)]]] : null;
  return { label: "c_closing", value: row.closing?.in_scope ?? null, counts: "a_closing", period: span(row.from, row.to), note: say("a_closes", { time: moment(row.closes_at) }), parts };
}

const inState = (order, label, why) => (_, { page }) => {
  const found = page.offices.map((office) => [office, stateOf(office, page.as_of)]).filter(([, state]) => state.order === order);
  return { label, value: found.length, counts: why, parts: ["f_offices", found.map(([office, state]) => [SUBJECTS.office.name(office), state.text])] };
};

const FIGURES = {
  office: {
    new_24h: ownNew("office", "24h"), new_7d: ownNew("office", "7d"), year: ownYear("office"),
    unsynced: ({ sync }) => ({ label: "f_unsent", value: sync.unsynced_count, counts: "a_unsynced",
      note: sync.reported_at && say(sync.oldest_unsynced_at ? "a_reported_oldest" : "a_reported", { time: moment(sync.reported_at), oldest: sync.oldest_unsynced_at && moment(sync.oldest_unsynced_at) }) }),
    all: (_, { page }) => ({ label: "f_offices", value: page.offices.length, counts: "a_offices" }),
    reporting: inState(2, "f_now", "a_reporting"),
    silent: inState(1, "f_silent_n", "a_silent"),
    unsent: (_, { page }) => ({ label: "f_unsent", value: page.offices.reduce((sum, o) => sum + (o.sync.unsynced_count ?? 0), 0), counts: "a_unsynced",
      parts: ["f_offices", page.offices.filter((o) => o.sync.unsynced_count).map((o) => [SUBJECTS.office.name(o), number(o.sync.unsynced_count)])] }),
  },
  agent: {
    new_24h: ownNew("agent", "24h"), new_7d: ownNew("agent", "7d"), year: ownYear("agent"),
    plan: (row, { page }) => {
      const t = planOf(row);
      return { label: "m_plan", title: titleOf(t), drawn: ofTarget(t), records: [{ agent: row.id, scheme: t.scheme, effect: "new", from: t.from, to: earlier(t.to, lastDay(page)) }], value: t.achieved };
    },
  },
  outreach: {
    sessions: activity("o_sessions", "a_entered", (a) => a.sessions),
    attendees: activity("o_attendees", "a_attendees", (a) => a.attendees),
    cost: activity("o_cost", "a_entered", (a) => costs(a.cost)),
    per_session: activity("o_per_session", "a_enrolments", (a) => a.per_session, (a) => `${number(a.enrolments_total)} ÷ ${number(a.sessions)}`),
    per_100: activity("o_per_100", "a_enrolments", (a) => a.per_100_attendees, (a) => `${number(a.enrolments_total)} ÷ ${number(a.attendees)} × 100`),
    enrolments,
  },
  campaign: {
    named: ofCampaign("c_named", "named", (row) => [{ campaign: row.id }]),
    in_scope: ofCampaign("c_in_scope", "in_scope", (row) => row.schemes.flatMap((scheme) => row.regions.map(({ id }) => ({ region: id, scheme })))),
    closing,
  },
  group: {
    members: (row, { whole }) => ({ label: "g_members", value: row.members, counts: whole ? "a_members_all" : "a_members" }),
    enrolled: (row, { page, whole }) => ({ label: "g_enrolled", value: row.enrolled, counts: "a_enrolled", parts: row.schemes && bySchemes(row.schemes),
      links: whole ? [] : [{ group: row.id, to: lastDay(page) }] }),
    coverage: (row) => ({ label: "coverage", value: pct(row.enrolled_pct), made: `${number(row.enrolled)} ÷ ${number(row.members)} × 100`, counts: "a_enrolled" }),
    all: (row) => ({ label: "g_groups", value: row.groups, counts: "a_groups" }),
    complete: (row) => ({ label: "g_complete", value: row.complete, counts: "a_complete" }),
  },
  sponsor: {
    enrolled: (row, { page }) => ({ label: "g_paid_for", value: row.enrolled, counts: "a_sponsored", parts: bySchemes(row.schemes),
      records: [{ sponsor: row.id, effect: "new", region: view.region, to: lastDay(page) }] }),
  },
};

// Find what a figure is made of, and tell it: at once from the page, then with its records.
export async function accountOf(what, of, held, tell) {
  const kind = of.slice(0, of.indexOf(":")), id = of.slice(kind.length + 1);
  const figure = FIGURES[kind]?.[what];
  if (!figure) throw new Error(say("nothing_found"));
  const { source, rows: rowsOf } = SUBJECTS[kind];
  const page = held[source] ?? await SOURCES[source].ask(held);
  const row = id ? rowsOf(page).find((one) => one.id === id) : page.total ?? page.totals ?? {};
  if (!row) throw new Error(say("nothing_found"));
  const account = { kind, row, page, figure, whole: !id };
  tell(account);
  const { records } = figure(row, account);
  const detail = what === "closing" && row.closing ? get(`/v1/campaigns/${encodeURIComponent(id)}`, { date: view.date }) : null;
  const found = records && await Promise.all(records.map((asked) => get("/v1/events", { ...asked, limit: MOST_RECORDS })));
  if (found || detail) tell({ ...account, found, detail: await detail });
}

function recordsSection(found, { value, since = 0 }) {
  if (!found) return h("p.soft.counting", { "data-key": "counting", role: "status" }, say("x_counting"));
  const all = new Map(found.flatMap((page) => page.events).filter((e) => Date.parse(e.occurred_at) >= since).map((e) => [e.registration_id, e]));
  const latest = [...all.values()].sort((a, b) => (a.occurred_at < b.occurred_at ? 1 : -1)).slice(0, SHOWN);
  return [
    found.every((page) => page.next === null) ? checked(value - all.size) : null,
    latest.length ? section("records", say("a_latest"), rows("records", [say("when"), say("schemes"), say("f_office")],
      latest.map((e) => [moment(e.occurred_at), say(e.scheme), e.office]))) : null,
  ];
}

// What stands above the title, the title, what follows, and where the records are.
export function drawAccount(account) {
  const { kind, row, page, whole, found } = account;
  const f = account.figure(row, account);
  const above = whole ? nameOf(page.region) : SUBJECTS[kind].name(row);
  const asked = f.records ?? f.links ?? [];
  return [above, f.title ?? say(f.label), [
    f.drawn ?? [formula("n", f.value === null || f.value === "–" ? null : f.made, textOf(f.value)), counts(say(f.counts))],
    f.period ? h("p.soft.small", { "data-key": "period" }, say("x_period", { span: f.period })) : null,
    f.note ? h("p.soft.small", { "data-key": "note" }, f.note) : null,
    f.parts?.[1].length ? section("parts", say(f.parts[0]), rows("parts", [say("x_name"), say("a_n")], f.parts[1])) : null,
    f.records ? recordsSection(found, f) : null,
  ], asked.map((one, i) => [`/v1/events?${new URLSearchParams(one)}`, asked.length > 1 ? `${say("x_events")} (${i + 1})` : say("x_events")])];
}
